from __future__ import annotations

import resource
from pathlib import Path

import pytest

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


async def test_a_limit_that_cannot_be_set_is_a_usage_error(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        with pytest.raises(UsageError, match="cannot limit open files to 2000000000"):
            await start(runtime, a_spec(tmp_path, "pass", open_files=2_000_000_000))
        assert runtime.observe() == ()
