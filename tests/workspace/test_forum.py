"""The forum as a workspace: its manifests are right, and what they compile to runs."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from stranglerfig.core.application import Kind, Runtime
from stranglerfig.core.routing.rules import PathPrefix
from stranglerfig.workspace.compile import Compiled, compile_workload
from stranglerfig.workspace.dockerfile import find_dockerfile, read_dockerfile
from stranglerfig.workspace.find import find_workspace
from stranglerfig.workspace.gather import read_parts
from stranglerfig.workspace.read import read_environment, read_workload
from stranglerfig.workspace.values import LocalContext
from tests.ports import free_port
from tests.workspace.builders import process_of

FORUM = Path(__file__).resolve().parents[2] / "examples" / "forum"
NAMES = ("api", "posts", "threads", "users")
PATIENCE_S = 60.0


def compiled(name: str, state: Path) -> Compiled:
    workspace = find_workspace(FORUM / "posts")
    found = read_workload(workspace, name, "test", environ={})
    assert found.warnings == ()
    parts = read_parts(FORUM, found.manifest, Runtime.PROCESS, state)
    context = LocalContext("forum", "test", Runtime.PROCESS, "http://127.0.0.1:8080", parts)
    return compile_workload(found.manifest, context)


def test_the_forum_has_four_services_and_an_environment_on_this_machine() -> None:
    workspace = find_workspace(FORUM)

    assert workspace.app == "forum"
    assert [(file.name, file.kind) for file in workspace.workloads] == [(name, Kind.LOAD_BALANCED) for name in NAMES]
    assert read_environment(workspace, "test", environ={}).manifest.target == "local"


@pytest.mark.parametrize("name", NAMES)
def test_a_manifests_port_is_the_one_that_its_dockerfile_exposes(name: str) -> None:
    main = read_workload(find_workspace(FORUM), name, "test", environ={}).manifest.containers[0]
    assert main.image.build is not None
    dockerfile, context = find_dockerfile(FORUM, main.image.build)

    assert read_dockerfile(dockerfile, context=context).ports == (main.port,)


def test_the_monolith_takes_what_no_service_takes(tmp_path: Path) -> None:
    paths = {}
    for name in NAMES:
        group = compiled(name, tmp_path).group
        assert group is not None
        paths[name] = group.ingress[0].conditions.paths

    assert paths == {"api": (), **{name: (PathPrefix(f"/api/{name}"),) for name in NAMES[1:]}}


@pytest.mark.parametrize("name", NAMES)
def test_a_service_runs_as_it_was_compiled_and_is_healthy(tmp_path: Path, name: str) -> None:
    found = compiled(name, tmp_path)
    assert found.group is not None
    with running(found) as port:
        assert found.group.health.path is not None
        assert ask(port, "GET", found.group.health.path)[0] == 200


def test_a_post_that_one_side_takes_is_there_on_the_other(tmp_path: Path) -> None:
    post = json.dumps({"thread": 2, "text": "On my way", "user": 4})
    with running(compiled("api", tmp_path)) as monolith, running(compiled("posts", tmp_path)) as posts:
        assert ask(posts, "POST", "/api/posts", post)[0] == 201
        assert b"On my way" in ask(monolith, "GET", "/api/posts")[1]
    assert (tmp_path / "volumes" / "efs.fs-forum" / "forum.sqlite3").exists()


@contextlib.contextmanager
def running(found: Compiled) -> Iterator[int]:
    """One task, on a free port, with nothing of this test's own variables but what it cannot do without."""
    targets = process_of(found)
    port = free_port()
    for folder in found.folders:
        Path(folder).mkdir(parents=True, exist_ok=True)
    env = {"HOME": os.environ.get("HOME", "/"), **dict(targets.env), "PORT": str(port)}
    process = subprocess.Popen(targets.command, cwd=targets.cwd, env=env, stderr=subprocess.DEVNULL)
    try:
        wait_for(process, port)
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def ask(port: int, method: str, path: str, body: str | None = None) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert process.poll() is None, "the program has ended"
            assert time.monotonic() < deadline, "the program does not listen"
            time.sleep(0.05)
        else:
            return
