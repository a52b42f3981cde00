"""Tasks start, serve, are replaced and recover, under a real HAProxy."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from stranglerfig.core.observed import TaskIdentity
from tests.control.world import Plane, a_home, a_plane, a_target, an_upstream, ask, until


@asynccontextmanager
async def a_moved_path(replicas: int = 1) -> AsyncIterator[tuple[Plane, str]]:
    """A proxy whose ``/posts`` is answered by tasks, in force; and its URL."""
    async with a_home() as home, an_upstream("monolith") as monolith, a_plane(home) as plane:
        url = str((await plane.post("/v1/proxies", {"name": "shop", "to": monolith}))["url"])
        await plane.post("/v1/targets", a_target("posts", replicas=replicas), status=202)
        await plane.until_state("posts", "ACTIVE")
        await plane.post("/v1/proxies/shop/routes", {"path": "/posts", "to": "posts"})
        yield plane, url


def pids_of(target: dict[str, object]) -> list[int]:
    servers = target["servers"]
    assert isinstance(servers, list)
    return [server["pid"] for server in servers]


@asynccontextmanager
async def steady_requests(url: str) -> AsyncIterator[list[str]]:
    """Who answered, one keep-alive request after another; a failure is an answer too."""
    answers: list[str] = []
    stop = asyncio.Event()

    async def send() -> None:
        async with httpx.AsyncClient(timeout=60) as client:
            while not stop.is_set():
                try:
                    answer = await client.get(url)
                    answers.append(answer.json()["name"] if answer.status_code == 200 else str(answer.status_code))
                except httpx.HTTPError as error:
                    answers.append(repr(error))

    async with asyncio.TaskGroup() as group:
        group.create_task(send())
        yield answers
        stop.set()


async def test_a_replaced_target_is_rolled_without_a_failed_request() -> None:
    async with a_moved_path(replicas=2) as (plane, url):
        async with steady_requests(f"{url}/posts/1") as answers:
            await plane.post("/v1/targets", a_target("posts", says="posts-new", replicas=2), status=202)
            await plane.until_state("posts", "ACTIVE")
            await until(lambda: answers and answers[-1] == "posts-new")
        await until(lambda: len(plane.control.fleet.of("posts")) == 2)
    assert set(answers) == {"posts", "posts-new"}


async def test_a_request_under_way_is_finished_by_the_task_that_leaves() -> None:
    async with a_moved_path() as (plane, url), asyncio.TaskGroup() as group:
        slow = group.create_task(ask(f"{url}/posts/wait=1.5"))
        await until(lambda: has_sessions(plane))
        await plane.post("/v1/targets", a_target("posts", says="posts-new"), status=202)
        await plane.until_state("posts", "ACTIVE")
        assert await ask(f"{url}/posts/2") == "posts-new"
        assert await slow == "posts"


async def has_sessions(plane: Plane) -> bool:
    return (await plane.target("posts"))["in_flight"] != 0


@pytest.mark.parametrize("mode", ["ends", "sick"])
async def test_a_bad_revision_is_taken_back_and_says_why(mode: str) -> None:
    async with a_moved_path() as (plane, url):
        async with steady_requests(f"{url}/posts/1") as answers:
            bad = a_target("posts", mode=mode, says="posts-bad") | {"start_timeout_s": 4.0}
            await plane.post("/v1/targets", bad, status=202)
            await until(lambda: plane.control.histories.failed_revision("posts") == 2)
            target = await plane.until_state("posts", "ACTIVE")
        assert set(answers) == {"posts"}
        assert (target["revision"], target["failed_revision"]) == (1, 2)
        assert "posts-bad begins" in str(target["problem"])
        assert ("exit status 3" if mode == "ends" else "503") in str(target["problem"])


async def test_a_first_revision_that_never_works_is_failed() -> None:
    async with a_home() as home, a_plane(home) as plane:
        await plane.post("/v1/targets", a_target("posts", mode="ends"), status=202)
        target = await plane.until_state("posts", "FAILED")
        assert "exit status 3" in str(target["problem"])


async def test_a_command_that_does_not_exist_is_failed_at_once() -> None:
    async with a_home() as home, a_plane(home) as plane:
        await plane.post("/v1/targets", a_target("posts") | {"command": ["no-such-program"]}, status=202)
        target = await plane.until_state("posts", "FAILED")
        assert "command not found" in str(target["problem"])


async def test_the_answer_to_an_order_names_its_revision_even_if_that_is_taken_back_already() -> None:
    async with a_moved_path() as (plane, _):
        wrong = a_target("posts") | {"command": ["no-such-program"]}
        answer = await plane.post("/v1/targets", wrong, status=202)
        assert answer["ordered_revision"] == 2
        await until(lambda: plane.control.histories.failed_revision("posts") == 2)
        scaled = await plane.post("/v1/targets/posts/scale", {"replicas": 1}, status=202)
        assert scaled["ordered_revision"] == 1
        assert "ordered_revision" not in await plane.target("posts")


async def test_the_logs_of_the_last_ten_tasks_that_ended_are_kept() -> None:
    async with a_moved_path() as (plane, _):
        folder = Path(plane.control.home) / "log" / "posts"
        for serial in range(15):
            log = folder / f"posts-1-0-{serial}.log"
            log.write_text("it was long ago")
            os.utime(log, (serial, serial))
        [ended] = pids_of(await plane.target("posts"))
        os.kill(ended, signal.SIGKILL)
        # What marks the times of a log stands beside it once the log has been looked at.
        await until(lambda: len(list(folder.glob("*.log"))) == 11 and is_replaced(plane, ended))
        kept = {path.stem for path in folder.glob("*.log")}
        assert kept >= {f"posts-1-0-{serial}" for serial in range(6, 15)}
        assert {record.task.id for record in plane.control.fleet.of("posts")} < kept


async def test_a_killed_task_is_replaced_and_no_get_fails() -> None:
    async with a_moved_path(replicas=2) as (plane, url):
        before = pids_of(await plane.target("posts"))
        async with steady_requests(f"{url}/posts/1") as answers:
            os.kill(before[0], signal.SIGKILL)
            await until(lambda: len(plane.control.fleet.servers("posts")) == 2 and is_replaced(plane, before[0]))
        assert set(answers) == {"posts"}


def is_replaced(plane: Plane, pid: int) -> bool:
    identities = [record.task.identity for record in plane.control.fleet.of("posts")]
    return all(isinstance(identity, TaskIdentity) and identity.pid != pid for identity in identities)


async def test_scaling_changes_the_number_of_tasks_and_not_the_revision() -> None:
    async with a_moved_path() as (plane, _):
        first = pids_of(await plane.target("posts"))
        await plane.post("/v1/targets/posts/scale", {"replicas": 3}, status=202)
        more = await plane.until_state("posts", "ACTIVE")
        assert len(pids_of(more)) == 3
        assert more["revision"] == 1
        await plane.post("/v1/targets/posts/scale", {"replicas": 1}, status=202)
        await until(lambda: len(plane.control.fleet.of("posts")) == 1)
        assert pids_of(await plane.until_state("posts", "ACTIVE")) == first


async def test_a_rollback_rolls_to_the_revision_before() -> None:
    async with a_moved_path() as (plane, url):
        await plane.post("/v1/targets", a_target("posts", says="posts-new"), status=202)
        await plane.until_state("posts", "ACTIVE")
        await plane.post("/v1/targets/posts/rollback", status=202)
        target = await plane.until_state("posts", "ACTIVE")
        assert target["revision"] == 1
        assert await ask(f"{url}/posts/1") == "posts"
        await plane.post("/v1/targets", a_target("posts", says="third"), status=202)
        assert (await plane.until_state("posts", "ACTIVE"))["revision"] == 3
