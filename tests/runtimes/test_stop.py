from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest

from stranglerfig.core.observed import TaskIdentity, TaskState
from stranglerfig.runtimes.process import ProcessRuntime
from tests.runtimes.programs import (
    SLEEPER,
    STUBBORN,
    TASK,
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

#: less than any grace that is not to be waited for, and more than a busy machine needs
PATIENCE_S = 30.0

COUNT_SIGTERMS = """
    import signal, time

    signal.signal(signal.SIGTERM, lambda *_: print("told", flush=True))
    print("up", flush=True)
    time.sleep(1.0)
    time.sleep(0.3)
"""
#: forks twice, leaves session, group and directory, and closes every file: a daemon by the book
DAEMON = """
    import os, time

    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            with open("daemon.pid", "w") as file:
                file.write(str(os.getpid()))
            os.closerange(0, 100)
            time.sleep(60)
        os._exit(0)
    time.sleep(60)
"""
#: leaves the task's output and environment, but not its group
UNMARKED = "{'stdout': subprocess.DEVNULL, 'stderr': subprocess.DEVNULL, 'env': {}}"
STUBBORN_TELLER = STUBBORN.replace("print('up', flush=True)", "open('told', 'w')")
#: what setproctitle does: the environment's memory is overwritten
DISGUISED = """
    import ctypes, os, time

    def wipe():
        fields = open("/proc/self/stat").read().rpartition(")")[2].split()
        start, end = int(fields[47]), int(fields[48])
        ctypes.memset(start, 0, end - start)

    if os.fork() == 0:
        os.setsid()
        wipe()
        print(os.getpid(), flush=True)
        time.sleep(60)
    time.sleep(60)
"""


async def test_a_task_that_obeys_is_gone_at_once(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        task = await start(runtime, a_spec(tmp_path, SLEEPER))
        await until(lambda: "up" in written(tmp_path))
        before = time.monotonic()
        stopped = await runtime.stop(TASK, 60.0)
        assert time.monotonic() - before < PATIENCE_S
        assert (stopped.state, stopped.exit_status) == (TaskState.EXITED, -signal.SIGTERM)
        assert isinstance(task.identity, TaskIdentity)
        assert not runs(task.identity.pid)
        assert not is_zombie_of_ours(task.identity.pid)


async def test_a_task_that_ignores_sigterm_is_killed_after_its_grace(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, STUBBORN))
        await until(lambda: "up" in written(tmp_path))
        before = time.monotonic()
        stopped = await runtime.stop(TASK, 0.4)
        assert 0.4 <= time.monotonic() - before < PATIENCE_S
        assert stopped.exit_status == -signal.SIGKILL


async def test_every_process_is_told_exactly_once(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, a_parent(COUNT_SIGTERMS.replace("\n    ", "\n"))))
        await until(lambda: "up" in written(tmp_path))
        await runtime.stop(TASK, 30.0)
        assert written(tmp_path).count("told") == 1


async def test_children_that_ignore_sigterm_go_with_their_parent(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, a_parent(STUBBORN)))
        child = await printed_pid(tmp_path)
        await until(lambda: "up" in written(tmp_path))
        stopped = await runtime.stop(TASK, 0.3)
        assert stopped.exit_status == -signal.SIGTERM
        assert not runs(child)


@pytest.mark.parametrize("options", ["{'process_group': 0}", "{'start_new_session': True}"])
async def test_children_that_left_the_group_or_session_are_found(tmp_path: Path, options: str) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, a_parent(STUBBORN, options)))
        child = await printed_pid(tmp_path)
        await until(lambda: "up" in written(tmp_path))
        assert os.getpgid(child) == child
        await runtime.stop(TASK, 0.3)
        assert not runs(child)


async def test_a_daemon_that_left_everything_behind_is_found(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, DAEMON))
        pid_file = tmp_path / "daemon.pid"
        await until(lambda: pid_file.exists() and pid_file.read_text(encoding="ascii").isdigit())
        daemon = int(pid_file.read_text(encoding="ascii"))
        await until(lambda: not os.listdir(f"/proc/{daemon}/fd"))
        await runtime.stop(TASK, 5.0)
        assert not runs(daemon)


async def test_a_program_that_overwrites_its_environment_is_found_by_its_output(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    async with a_runtime(tmp_path / "link") as runtime:
        await start(runtime, a_spec(tmp_path, DISGUISED))
        child = await printed_pid(tmp_path / "link")
        assert b"FIG_TASK" not in Path(f"/proc/{child}/environ").read_bytes()
        await runtime.stop(TASK, 5.0)
        assert not runs(child)


@pytest.mark.parametrize("options", ["{}", "{'start_new_session': True}"])
async def test_what_a_killed_task_leaves_is_ended_by_itself(tmp_path: Path, options: str) -> None:
    async with a_runtime(tmp_path) as runtime:
        task = await start(runtime, a_spec(tmp_path, a_parent(SLEEPER, options)))
        child = await printed_pid(tmp_path)
        assert isinstance(task.identity, TaskIdentity)
        os.kill(task.identity.pid, signal.SIGKILL)
        await until(lambda: the_task(runtime).state is TaskState.EXITED)
        await until(lambda: not runs(child))


async def test_the_group_of_a_killed_task_is_told_before_its_number_is_free_again(tmp_path: Path) -> None:
    runtime = ProcessRuntime(tmp_path / "logs")
    task = await start(runtime, a_spec(tmp_path, a_parent(SLEEPER, UNMARKED)))
    child = await printed_pid(tmp_path)
    assert isinstance(task.identity, TaskIdentity)
    os.kill(task.identity.pid, signal.SIGKILL)
    await until(lambda: not runs(child))
    runtime.close()


async def test_children_without_a_mark_are_found_by_their_group_after_their_parent_has_died(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        task = await start(runtime, a_spec(tmp_path, a_parent(STUBBORN_TELLER, UNMARKED)))
        child = await printed_pid(tmp_path)
        await until(lambda: (tmp_path / "told").exists())
        assert isinstance(task.identity, TaskIdentity)
        os.kill(task.identity.pid, signal.SIGKILL)
        await until(lambda: the_task(runtime).state is TaskState.EXITED)
        await runtime.stop(TASK, 0.2)
        assert not runs(child)


async def test_another_task_and_its_children_are_left_alone(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, SLEEPER))
        await start(runtime, a_spec(tmp_path, a_parent(SLEEPER)), "posts-1-1-2")
        child = await printed_pid(tmp_path, "posts-1-1-2")
        await runtime.stop(TASK, 5.0)
        assert runs(child)
        assert the_task(runtime, "posts-1-1-2").state is TaskState.STARTING


async def test_stops_at_the_same_time_share_one_wait_and_the_shortest_grace(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, STUBBORN))
        await until(lambda: "up" in written(tmp_path))
        before = time.monotonic()
        patient = asyncio.create_task(runtime.stop(TASK, 60.0))
        await until(lambda: the_task(runtime).state is TaskState.STOPPING)
        hasty = await runtime.stop(TASK, 0.2)
        assert await patient == hasty
        assert time.monotonic() - before < PATIENCE_S
        assert await runtime.stop(TASK, 60.0) == hasty


async def test_a_stop_that_is_cancelled_can_be_taken_up_again(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, STUBBORN))
        await until(lambda: "up" in written(tmp_path))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await runtime.stop(TASK, 60.0)
        assert (await runtime.stop(TASK, 0.0)).exit_status == -signal.SIGKILL


async def test_a_task_that_stops_is_not_healthy_again(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path))
        await until_healthy(runtime)
        stopping = asyncio.create_task(runtime.stop(TASK, 5.0))
        await asyncio.sleep(0)
        assert the_task(runtime).state is TaskState.STOPPING
        await stopping


async def test_many_tasks_stop_together_in_little_time(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        ids = [f"posts-1-{index}-{index}" for index in range(20)]
        for task_id in ids:
            await runtime.start(task_id, "posts", 1, type(a_spec(tmp_path))(command=("sleep", "60"), cwd="/"))
        before = time.monotonic()
        stopped = await asyncio.gather(*(runtime.stop(task_id, 60.0) for task_id in ids))
        assert time.monotonic() - before < PATIENCE_S
        assert {task.exit_status for task in stopped} == {-signal.SIGTERM}
