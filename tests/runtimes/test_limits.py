from __future__ import annotations

import resource
from pathlib import Path

import pytest

from stranglerfig.core.desired import ProcessTargets
from stranglerfig.core.observed import TaskState
from stranglerfig.errors import UsageError
from tests.runtimes.programs import TASK, a_runtime, a_spec, start, the_task, until, written

MIB = 1024 * 1024
EAT_MEMORY = """
    print("started", flush=True)
    block = bytearray(300 * 1024 * 1024)
    print("ate it all", flush=True)
"""
OPEN_FILES = """
    import os
    opened = 3
    try:
        while True:
            os.dup(0)
            opened += 1
    except OSError:
        print("could open", opened)
"""
SHELL_SIGPIPE = ("sh", "-c", "kill -PIPE $$; echo survived")


@pytest.mark.parametrize(("limit", "ate_it"), [(200 * MIB, False), (None, True)])
async def test_memory_is_limited_on_request(tmp_path: Path, limit: int | None, ate_it: bool) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, EAT_MEMORY, memory_bytes=limit))
        await until(lambda: the_task(runtime).state is TaskState.EXITED)
        assert "started" in written(tmp_path)
        assert ("ate it all" in written(tmp_path)) is ate_it
        if not ate_it:
            assert "MemoryError" in written(tmp_path)
            assert f"memory limit of {limit} bytes" in await runtime.diagnose(TASK)


async def test_open_files_are_limited_on_request(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, OPEN_FILES, open_files=50))
        await until(lambda: the_task(runtime).state is TaskState.EXITED)
        assert written(tmp_path) == "could open 50\n"


async def test_a_limit_does_not_change_how_signals_are_treated(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        spec = a_spec(tmp_path, "pass", open_files=100)
        await start(runtime, type(spec)(command=SHELL_SIGPIPE, cwd=spec.cwd, open_files=100))
        await until(lambda: the_task(runtime).state is TaskState.EXITED)
        assert the_task(runtime).exit_status == -13
        assert "survived" not in written(tmp_path)


async def test_our_own_limits_stay_as_they_are(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_AS)
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, "pass", open_files=50, memory_bytes=500 * MIB))
    assert (resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_AS)) == before


@pytest.mark.parametrize(
    ("limits", "why"),
    [
        ({"open_files": 2_000_000_000}, "cannot limit open files to 2000000000"),
        ({"memory_bytes": 10**30}, "cannot limit memory"),
        ({"open_files": 0}, "at least 1"),
        ({"memory_bytes": -1}, "at least 1"),
    ],
)
async def test_a_limit_that_cannot_be_kept_is_a_usage_error(tmp_path: Path, limits: dict[str, int], why: str) -> None:
    async with a_runtime(tmp_path) as runtime:
        with pytest.raises(UsageError, match=why):
            await start(runtime, a_spec(tmp_path, "pass", **limits))
        assert runtime.observe() == ()
        assert written(tmp_path) == ""


async def test_memory_too_small_to_begin_with_is_named_as_the_cause(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, "pass", memory_bytes=4096))
        await until(lambda: the_task(runtime).state is TaskState.EXITED)
        said = await runtime.diagnose(TASK)
        assert "(it has a memory limit of 4096 bytes)" in said
        assert "launch.py" not in said


async def test_the_programs_folder_is_found_on_the_tasks_own_path(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "greet"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho hello\n", encoding="ascii")
    program.chmod(0o755)
    (tmp_path / "dud").mkdir()
    (tmp_path / "dud" / "greet").touch()
    path = f"{tmp_path}/nowhere:{tmp_path}/dud:{program.parent}"
    async with a_runtime(tmp_path) as runtime:
        for serial, open_files in enumerate((None, 64)):
            spec = ProcessTargets(command=("greet",), cwd="/", env=(("PATH", path),), open_files=open_files)
            await start(runtime, spec, f"posts-1-0-{serial}")
            await until(lambda: "hello" in written(tmp_path, f"posts-1-0-{serial}"))  # noqa: B023
