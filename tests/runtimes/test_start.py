from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import signal
from pathlib import Path

import pytest

from stranglerfig.core.desired import ProcessTargets
from stranglerfig.core.observed import TaskIdentity, TaskState
from stranglerfig.errors import Conflict, NotFound, StateUnusable, Unavailable, UsageError
from stranglerfig.runtimes.process import ProcessRuntime
from stranglerfig.runtimes.spawn import to_start_error
from tests.runtimes.programs import (
    GROUP,
    HEALTH,
    SLEEPER,
    TASK,
    a_runtime,
    a_spec,
    is_zombie_of_ours,
    log_path,
    start,
    the_task,
    until,
    until_healthy,
    written,
)

PRINT_ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)))"


async def test_a_task_listens_on_the_port_it_is_given_and_becomes_healthy(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        started = await start(runtime, a_spec(tmp_path))
        assert started.state is TaskState.STARTING
        await until_healthy(runtime)
        assert the_task(runtime).state is TaskState.HEALTHY
        assert f"listening on {started.port}" in written(tmp_path)


async def test_a_task_leads_its_own_session_and_has_no_pipe_to_us(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        task = await start(runtime, a_spec(tmp_path, SLEEPER))
        assert isinstance(task.identity, TaskIdentity)
        pid = task.identity.pid
        assert os.getsid(pid) == os.getpgid(pid) == pid
        await until(lambda: "up" in written(tmp_path))
        links = {os.readlink(f"/proc/{pid}/fd/{number}") for number in (0, 1, 2)}
        assert links == {"/dev/null", str(log_path(tmp_path))}


async def test_the_environment_is_ours_without_our_internals_and_with_the_tasks_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIG_HOME", "/somewhere")
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv("LANG", "C.UTF-8")
    async with a_runtime(tmp_path) as runtime:
        spec = a_spec(tmp_path, PRINT_ENVIRONMENT, env=(("DB", "a=b"), ("odd.name", "1")), open_files=100)
        task = await start(runtime, spec)
        await until(lambda: the_task(runtime).state is TaskState.EXITED)
        seen = json.loads(written(tmp_path))
    assert "FIG_HOME" not in seen
    assert {name: seen.get(name) for name in ("PORT", "HOST", "LANG", "DB", "odd.name")} == {
        "PORT": str(task.port),
        "HOST": "127.0.0.1",
        "LANG": "C.UTF-8",
        "DB": "a=b",
        "odd.name": "1",
    }
    assert (seen["FIG_TASK"], seen["FIG_TARGET"], seen["FIG_REVISION"]) == (TASK, GROUP, "1")


async def test_the_port_cannot_be_set_by_the_user(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        with pytest.raises(UsageError, match="PORT"):
            await start(runtime, a_spec(tmp_path, env=(("PORT", "80"),)))


@pytest.mark.parametrize("open_files", [None, 64], ids=["directly", "through the launcher"])
@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("no-such-command-anywhere",), "command not found"),
        (("./missing",), "command not found"),
        (("./plain.txt",), "not executable"),
        (("./bad-interpreter",), "interpreter in its first line does not exist"),
        (("./no-interpreter",), "neither a program for this machine nor a script"),
        (("sh", "nul\0byte"), "null byte"),
        ((), "empty"),
    ],
)
async def test_a_command_that_cannot_run_is_refused_and_leaves_nothing(
    tmp_path: Path, command: tuple[str, ...], why: str, open_files: int | None
) -> None:
    (tmp_path / "plain.txt").write_text("#!/bin/sh\n", encoding="utf-8")
    for name, text in (("bad-interpreter", "#!/no/such/thing\n"), ("no-interpreter", "\x01\x02")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    before, zombies_before = set(os.listdir("/proc/self/fd")), our_zombies()
    async with a_runtime(tmp_path) as runtime:
        with pytest.raises(UsageError, match=why) as caught:
            await start(runtime, ProcessTargets(command=command, cwd=str(tmp_path), open_files=open_files))
        assert caught.value.hint
        assert runtime.observe() == ()
        assert len(set(os.listdir("/proc/self/fd")) - before) == 0
    assert our_zombies() <= zombies_before


def our_zombies() -> set[int]:
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii").split()
    return {int(pid) for pid in children if is_zombie_of_ours(int(pid))}


def test_a_machine_that_is_short_of_something_is_worth_another_try() -> None:
    spec = ProcessTargets(command=("true",), cwd="/")
    assert isinstance(to_start_error(spec, errno.EAGAIN), Unavailable)
    assert isinstance(to_start_error(spec, errno.E2BIG), UsageError)


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        with pytest.raises(UsageError, match="gone: there is no such folder"):
            await start(runtime, ProcessTargets(command=("true",), cwd=str(tmp_path / "gone")))


async def test_an_id_is_started_once(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, SLEEPER))
        with pytest.raises(Conflict):
            await start(runtime, a_spec(tmp_path, SLEEPER))


async def test_ids_cannot_leave_the_log_folder(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        with pytest.raises(UsageError):
            await runtime.start("../../evil", GROUP, 1, a_spec(tmp_path, SLEEPER))


@pytest.mark.parametrize(
    ("source", "status"),
    [("raise SystemExit(3)", 3), ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL)],
)
async def test_the_end_of_a_task_is_seen_at_once_with_its_status(tmp_path: Path, source: str, status: int) -> None:
    async with a_runtime(tmp_path) as runtime:
        task = await start(runtime, a_spec(tmp_path, source))
        await until(lambda: the_task(runtime).state is TaskState.EXITED)
        assert the_task(runtime).exit_status == status
        assert isinstance(task.identity, TaskIdentity)
        assert not is_zombie_of_ours(task.identity.pid)
        assert not await runtime.probe(TASK, HEALTH)


async def test_the_owner_hears_of_every_end(tmp_path: Path) -> None:
    heard: list[str] = []
    runtime = ProcessRuntime(tmp_path / "logs", on_change=lambda: heard.append("ended"))
    await start(runtime, a_spec(tmp_path, "pass"))
    await until(lambda: bool(heard))
    assert the_task(runtime).exit_status == 0
    runtime.close()


async def test_an_ended_task_is_kept_until_it_is_forgotten(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, SLEEPER))
        with pytest.raises(Conflict, match="still runs"):
            runtime.forget(TASK)
        await runtime.stop(TASK, 5.0)
        runtime.forget(TASK)
        assert runtime.observe() == ()
        with pytest.raises(NotFound):
            await runtime.stop(TASK, 5.0)


@pytest.mark.parametrize("open_files", [None, 64], ids=["directly", "through the launcher"])
async def test_a_start_that_is_cancelled_leaves_no_process(tmp_path: Path, open_files: int | None) -> None:
    async with a_runtime(tmp_path) as runtime:
        for _ in range(5):
            starting = asyncio.create_task(start(runtime, a_spec(tmp_path, SLEEPER, open_files=open_files)))
            await asyncio.sleep(0)
            starting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await starting
                await runtime.stop(TASK, 5.0)
                runtime.forget(TASK)
        assert await runtime.stop_strays(0.0) == ()
        assert runtime.observe() == ()


async def test_strays_are_told_from_tasks_that_are_about_to_start(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        starting = asyncio.create_task(start(runtime, a_spec(tmp_path, SLEEPER, open_files=64)))
        await asyncio.sleep(0)
        assert await runtime.stop_strays(0.0) == ()
        assert (await starting).state is TaskState.STARTING
        await until(lambda: "up" in written(tmp_path))


async def test_a_log_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("in the way", encoding="ascii")
    async with a_runtime(tmp_path) as runtime:
        with pytest.raises(StateUnusable, match="cannot open the log file"):
            await start(runtime, a_spec(tmp_path, SLEEPER))
