"""The forum on the real engine: its own Dockerfiles, limits, a sidecar, a shared file system, a container killed."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from docker import APIClient

from stranglerfig.runtimes.docker.engine import connect
from stranglerfig.runtimes.docker.labels import GROUP, HOME, NAME, TASK
from tests.acceptance.conftest import Say
from tests.acceptance.machine import a_machine, wait_until
from tests.acceptance.workspaces import Folder, a_forum, ask
from tests.docker_engine import docker_engine  # noqa: F401
from tests.docker_image import BASE, ensure_image

ENGINE_TIMEOUT_S = 30.0
#: FIG_RUNTIME empty: as if it were not set.
UNDECIDED = {"FIG_RUNTIME": ""}
MEMORY_MIB = 192
CPU_UNITS = 512
#: "within seconds", on a machine that has more to do
REPLACED_S = 15.0
SIDECAR = f"""
sidecars:
  neighbour:
    image: {BASE}
    command: [sleep, "600"]
"""
#: what the tutorial asks with curl, the service that answers, and its words
ANSWERS = {
    "/api/users/3": (
        "users",
        '{"id":3,"username":"pb","name":"Bonnibel Bubblegum",'
        '"bio":"Scientist, bearer of candy power, ruler of the candy kingdom"}',
    ),
    "/api/threads/2": ("threads", '{"id":2,"title":"Party at the candy kingdom tomorrow","createdBy":3}'),
    "/api/posts/in-thread/1": (
        "posts",
        '[{"thread":1,"text":"Has anyone checked on the lich recently?","user":4},'
        '{"thread":1,"text":"I\'ll stop by and see how he\'s doing tomorrow!","user":2}]',
    ),
    "/api/posts/by-user/2": (
        "posts",
        '[{"thread":1,"text":"I\'ll stop by and see how he\'s doing tomorrow!","user":2},'
        '{"thread":2,"text":"Mathematical!","user":2}]',
    ),
}


@dataclass(frozen=True)
class Scene:
    """``api`` is the engine's own word on what fig made there."""

    folder: Folder
    api: APIClient

    def deploy(self) -> None:
        flags = ("--env", "test", "--init-env", "--runtime", "docker")
        result = self.folder.try_fig("deploy", "--all", *flags, **UNDECIDED)
        assert result.status == 0, result.stderr

    def tasks(self, service: str = "") -> dict[str, str]:
        """By the containers that run; of one service, its own without sidecars."""
        labels = [f"{HOME}={self.folder.machine.home}"]
        if service:
            labels += [f"{GROUP}=forum.test.{service}", f"{NAME}={service}"]
        found = self.api.containers(filters={"label": labels})
        return {one["Id"]: one["Labels"][TASK] for one in found}

    def containers(self, service: str = "") -> list[dict[str, Any]]:
        return [self.api.inspect_container(found) for found in self.tasks(service)]

    def left(self) -> dict[str, list[str]]:
        """Whatever there is of this fig, running or not."""
        mine = {"label": f"{HOME}={self.folder.machine.home}"}
        return {
            "containers": [one["Id"] for one in self.api.containers(all=True, filters=mine)],
            "networks": [one["Name"] for one in self.api.networks(filters=mine)],
            "volumes": [one["Name"] for one in self.api.volumes(filters=mine)["Volumes"] or []],
        }


@contextlib.contextmanager
def a_scene(host: str) -> Iterator[Scene]:
    with (
        pytest.MonkeyPatch.context() as patch,
        a_machine(environ={"DOCKER_HOST": host}) as machine,
    ):
        patch.setenv("DOCKER_HOST", host)
        ensure_image("python:3.11-slim", "pip", "starlette", "uvicorn")
        scene = Scene(a_forum(machine), connect(ENGINE_TIMEOUT_S))
        manifest = scene.folder.path / "copilot" / "posts" / "manifest.yml"
        text = manifest.read_text().replace("memory: 512", f"memory: {MEMORY_MIB}")
        manifest.write_text(text.replace("cpu: 256", f"cpu: {CPU_UNITS}") + SIDECAR)
        try:
            yield scene
        finally:
            scene.folder.try_fig("app", "delete", "--yes")
            scene.api.close()


@pytest.fixture(scope="module")
def forum(docker_engine: str) -> Iterator[Scene]:  # noqa: F811
    with a_scene(docker_engine) as scene:
        scene.deploy()
        yield scene


def test_the_forum_answers_from_containers_byte_for_byte(forum: Scene) -> None:
    url = forum.folder.url()

    found = {path: ask(url, path) for path in ANSWERS}

    assert {path: (answer.by, answer.text) for path, answer in found.items()} == ANSWERS
    assert {answer.status for answer in found.values()} == {200}


def test_limits_hold_for_the_service_and_its_sidecar(forum: Scene) -> None:
    posts = [one for one in forum.containers() if one["Config"]["Labels"][GROUP] == "forum.test.posts"]

    limits = {
        one["Config"]["Labels"][NAME]: (one["HostConfig"]["Memory"], one["HostConfig"]["NanoCpus"])
        for one in posts
        if one["Config"]["Labels"].get(NAME) in ("posts", "neighbour")
    }
    both = (MEMORY_MIB * 1024 * 1024, CPU_UNITS * 1_000_000_000 // 1024)
    assert limits == {"posts": both, "neighbour": both}


def test_ports_are_published_on_this_machine_alone(forum: Scene) -> None:
    bound = [
        binding["HostIp"]
        for one in forum.containers()
        for bindings in one["NetworkSettings"]["Ports"].values()
        for binding in bindings or []
    ]

    assert bound == ["127.0.0.1"] * 5, "a port for each task"


def test_a_post_is_seen_by_monolith_and_service_alike(forum: Scene) -> None:
    (monolith,) = forum.containers("api")
    alone = f"127.0.0.1:{monolith['NetworkSettings']['Ports']['3000/tcp'][0]['HostPort']}"
    through = forum.folder.url()

    send_post(through, {"thread": 3, "text": "through the service", "user": 1})
    send_post(alone, {"thread": 3, "text": "through the monolith", "user": 1})

    seen = [ask(url, "/api/posts/in-thread/3") for url in (through, alone)]
    assert [answer.by for answer in seen] == ["posts", "monolith"]
    assert seen[0].text == seen[1].text
    assert [post["text"] for post in json.loads(seen[0].text)[1:]] == ["through the service", "through the monolith"]


def send_post(url: str, post: dict[str, object]) -> None:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
    with contextlib.closing(connection):
        connection.request("POST", "/api/posts", json.dumps(post), {"Content-Type": "application/json"})
        response = connection.getresponse()
        assert (response.status, json.loads(response.read())) == (201, post)


def test_a_killed_container_is_replaced_and_no_get_fails_but_an_answer_that_had_begun(forum: Scene, say: Say) -> None:
    before = forum.tasks("posts")
    killed = min(before)

    def is_replaced() -> bool:
        now = forum.tasks("posts")
        return killed not in now and len(now) == 2 and set(now.values()) == healthy_tasks(forum, "posts")

    assert len(before) == 2
    with readers(forum.folder.url()) as tally:
        wait_until(lambda: tally.answered > 50, "readers are at work")
        since = time.monotonic()
        forum.api.kill(killed, "SIGKILL")
        wait_until(is_replaced, "a new container serves")
        took_s = time.monotonic() - since
        enough = tally.answered + 50
        wait_until(lambda: tally.answered > enough, "readers are at work still")

    say(
        f"a new container served {took_s:.1f} s after the kill; {tally.answered} GETs, {len(tally.failures)} failed, "
        f"{len(tally.cut)} cut short"
    )
    assert tally.failures == []
    # uvicorn sends headers and body apart: whoever has the first of them cannot be helped.
    assert len(tally.cut) <= len(READERS), tally.cut
    assert took_s < REPLACED_S


def healthy_tasks(forum: Scene, service: str) -> set[str]:
    found = forum.folder.fig("svc", "status", "--name", service, "--env", "test", "--json").json()
    return {server["task"] for server in found["target"]["servers"] if server["health"] == "UP"}


@dataclass
class Tally:
    answered: int = 0
    failures: list[str] = field(default_factory=list)
    #: answers that had begun
    cut: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)


#: query, and whether the connection is kept; each has one request in flight
READERS = [("", True), ("", False), ("?delay=0.3", True), ("?delay=0.3", False)]


@contextlib.contextmanager
def readers(url: str) -> Iterator[Tally]:
    """Some keep their connection, some take a new one each time, and some are being answered at any moment."""
    tally = Tally()
    threads = [threading.Thread(target=read_on, args=(tally, url, *reader)) for reader in READERS]
    for thread in threads:
        thread.start()
    try:
        yield tally
    finally:
        tally.over.set()
        for thread in threads:
            thread.join()


def read_on(tally: Tally, url: str, query: str, keeps: bool) -> None:
    path = f"/api/posts/in-thread/1{query}"
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
    # Two processors for all: the readers leave something for the engine.
    while not tally.over.wait(0.01):
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            text = response.read().decode()
        except http.client.IncompleteRead as trouble:
            tally.cut.append(f"{path}: {trouble!r}")
            connection.close()
            continue
        except (OSError, http.client.HTTPException) as trouble:
            tally.failures.append(f"{path}: {trouble!r}")
            connection.close()
            continue
        if (response.status, text) != (200, ANSWERS["/api/posts/in-thread/1"][1]):
            tally.failures.append(f"{path}: {response.status} {text}")
        tally.answered += 1
        if not keeps:
            connection.close()
    connection.close()


def test_nothing_is_left_in_the_engine_when_the_application_is_deleted(forum: Scene) -> None:
    """It comes last, for it takes away what the others ask."""
    before = {kind: len(found) for kind, found in forum.left().items()}
    forum.folder.fig("app", "delete", "--yes")

    assert before == {"containers": 9, "networks": 1, "volumes": 1}, "there was something to remove"
    assert forum.left() == {"containers": [], "networks": [], "volumes": []}
