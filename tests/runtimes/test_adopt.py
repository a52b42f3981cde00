from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from stranglerfig.core.observed import TaskIdentity, TaskState
from stranglerfig.errors import Unavailable
from stranglerfig.runtimes.free_ports import PortPool
from stranglerfig.runtimes.process import ProcessRuntime
from tests.runtimes.programs import (
    GROUP,
    SERVER,
    SLEEPER,
    STUBBORN,
    TASK,
    a_command,
    a_parent,
    a_runtime,
    a_spec,
    is_zombie_of_ours,
    printed_pid,
    runs,
    start,
    the_task,
    until,
    until_healthy,
    written,
)

COUNTER = """
    import time

    for number in range(100_000):
        print(number, flush=True)
        time.sleep(0.002)
"""


@dataclass(frozen=True)
class Orphan:
    """A task whose control plane was killed -9."""

    port: int
    identity: TaskIdentity


def an_orphan(folder: Path, source: str = SERVER) -> Orphan:
    command = (sys.executable, "-m", "tests.runtimes.starter", str(folder / "logs"), str(folder))
    root = Path(__file__).parents[2]
    with subprocess.Popen((*command, *a_command(folder, source)), stdout=subprocess.PIPE, cwd=root) as starter:
        assert starter.stdout is not None
        port, pid, ticks = json.loads(starter.stdout.readline())
        starter.kill()
    return Orphan(port, TaskIdentity(pid, ticks))


def a_stranger() -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "60"], start_new_session=True)


async def adopt(runtime: ProcessRuntime, orphan: Orphan) -> TaskState:
    return (await runtime.adopt(TASK, GROUP, 1, orphan.port, orphan.identity)).state


async def test_a_task_survives_its_control_plane_and_is_adopted(tmp_path: Path) -> None:
    orphan = an_orphan(tmp_path)
    async with a_runtime(tmp_path) as runtime:
        assert await adopt(runtime, orphan) is TaskState.STARTING
        await until_healthy(runtime)
        assert the_task(runtime).identity == orphan.identity
        stopped = await runtime.stop(TASK, 5.0)
        assert (stopped.state, stopped.exit_status) == (TaskState.EXITED, None)
        assert not runs(orphan.identity.pid)


async def test_no_output_is_lost_when_the_control_plane_is_killed(tmp_path: Path) -> None:
    orphan = an_orphan(tmp_path, COUNTER)
    async with a_runtime(tmp_path) as runtime:
        await adopt(runtime, orphan)
        size = len(written(tmp_path))
        await until(lambda: len(written(tmp_path)) > size + 200)
        await runtime.stop(TASK, 5.0)
        numbers = [int(line) async for _, line in runtime.logs(GROUP, tail=1_000_000, follow=False)]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) > 50


async def test_the_end_of_an_adopted_task_is_seen_and_its_children_are_ended(tmp_path: Path) -> None:
    orphan = an_orphan(tmp_path, a_parent(SLEEPER))
    child = await printed_pid(tmp_path)
    async with a_runtime(tmp_path) as runtime:
        await adopt(runtime, orphan)
        os.kill(orphan.identity.pid, signal.SIGKILL)
        await until(lambda: the_task(runtime).state is TaskState.EXITED)
        await until(lambda: not runs(child))


async def test_a_task_that_ended_while_nobody_looked_is_exited_and_what_it_left_is_ended(tmp_path: Path) -> None:
    orphan = an_orphan(tmp_path, a_parent(STUBBORN))
    child = await printed_pid(tmp_path)
    os.kill(orphan.identity.pid, signal.SIGKILL)
    await until(lambda: not runs(orphan.identity.pid))
    async with a_runtime(tmp_path) as runtime:
        assert await adopt(runtime, orphan) is TaskState.EXITED
        assert (await runtime.stop(TASK, 0.2)).exit_status is None
        assert not runs(child)


async def test_a_stranger_with_the_same_pid_is_neither_adopted_nor_harmed(tmp_path: Path) -> None:
    with a_stranger() as stranger:
        stat = Path(f"/proc/{stranger.pid}/stat").read_text(encoding="ascii")
        ticks = int(stat.rpartition(")")[2].split()[19])
        async with a_runtime(tmp_path) as runtime:
            for identity in (TaskIdentity(stranger.pid, ticks - 1), TaskIdentity(stranger.pid, ticks)):
                assert await adopt(runtime, Orphan(29_999, identity)) is TaskState.EXITED
                await runtime.stop(TASK, 0.5)
                runtime.forget(TASK)
        assert runs(stranger.pid)
        stranger.kill()


async def test_adopting_twice_changes_nothing(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        task = await start(runtime, a_spec(tmp_path, SLEEPER))
        assert isinstance(task.identity, TaskIdentity)
        assert await runtime.adopt(TASK, GROUP, 1, task.port, task.identity) == task


async def test_the_port_of_an_adopted_task_is_given_to_no_other(tmp_path: Path) -> None:
    orphan = an_orphan(tmp_path, SLEEPER)
    async with a_runtime(tmp_path, PortPool([orphan.port])) as runtime:
        await adopt(runtime, orphan)
        with pytest.raises(Unavailable):
            await start(runtime, a_spec(tmp_path, SLEEPER), "posts-1-1-2")
        await runtime.stop(TASK, 5.0)
        runtime.forget(TASK)
        assert (await start(runtime, a_spec(tmp_path, SLEEPER), "posts-1-1-2")).port == orphan.port


async def test_strays_that_no_book_knows_are_ended_and_named(tmp_path: Path) -> None:
    orphan = an_orphan(tmp_path, SLEEPER)
    async with a_runtime(tmp_path) as runtime:
        known = await start(runtime, a_spec(tmp_path, SLEEPER), "posts-1-1-2")
        assert await runtime.stop_strays(5.0) == (TASK,)
        assert not runs(orphan.identity.pid)
        assert isinstance(known.identity, TaskIdentity)
        assert runs(known.identity.pid)
        assert await runtime.stop_strays(5.0) == ()


async def test_tasks_of_another_fig_home_are_no_strays(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    async with a_runtime(tmp_path) as runtime, a_runtime(tmp_path / "other") as other:
        theirs = await start(other, a_spec(tmp_path, SLEEPER))
        assert await runtime.stop_strays(0.0) == ()
        assert isinstance(theirs.identity, TaskIdentity)
        assert runs(theirs.identity.pid)


async def test_closing_lets_tasks_run_on_and_they_can_be_adopted_again(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        task = await start(runtime, a_spec(tmp_path, SLEEPER))
        assert isinstance(task.identity, TaskIdentity)
        runtime.close()
        assert runtime.observe() == ()
        assert runs(task.identity.pid)
        await runtime.adopt(TASK, GROUP, 1, task.port, task.identity)
        assert (await runtime.stop(TASK, 5.0)).exit_status == -signal.SIGTERM
        assert not is_zombie_of_ours(task.identity.pid)
