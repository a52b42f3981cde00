from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stranglerfig.core.observed import TaskState
from stranglerfig.runtimes.lines import MAX_LINE_BYTES, LineCutter, LogReader, find_tail, read_last_lines
from stranglerfig.runtimes.logs import TaskLog
from stranglerfig.runtimes.process import ProcessRuntime
from tests.runtimes.programs import GROUP, TASK, a_runtime, a_spec, log_path, start, the_task, until, written

MIB = 1024 * 1024
#: 300 MB in a second and a half
FLOOD = """
    import os, time

    block = b"x" * 99 + b"\\n"
    for _ in range(300):
        os.write(1, block * 10_000)
        time.sleep(0.005)
    os.write(1, b"the end\\n")
"""
NUMBER_WRITER = """
import os, sys
out = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
for number in range(200_000):
    os.write(out, b"%d\\n" % number)
"""
LINES = "import time\nfor line in {lines}: print(line)\ntime.sleep(60)"


def printing(*lines: str) -> str:
    return LINES.format(lines=repr(lines))


async def collect(lines: AsyncIterator[tuple[str, str]], count: int) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    async with asyncio.timeout(60):
        while len(found) < count:
            found.append(await anext(lines))
    return found


async def run_to_end(runtime: ProcessRuntime, folder: Path, source: str, task_id: str) -> None:
    await start(runtime, a_spec(folder, source), task_id)
    await until(lambda: the_task(runtime, task_id).state is TaskState.EXITED)


def disk_bytes(folder: Path) -> int:
    blocks = 0
    for path in folder.glob("logs/*/*"):
        # A part is renamed while we look.
        with contextlib.suppress(FileNotFoundError):
            blocks += path.stat().st_blocks
    return blocks * 512


async def test_a_flood_of_output_is_bounded_on_disk(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, FLOOD))
        most = 0
        while the_task(runtime).state is not TaskState.EXITED:
            most = max(most, disk_bytes(tmp_path))
            await asyncio.sleep(0.01)
        path = log_path(tmp_path)
        await until(lambda: path.stat().st_size <= 8 * MIB)
        await asyncio.sleep(0)
        assert disk_bytes(tmp_path) <= 4 * 8 * MIB + 64 * 1024
        assert most < 200 * MIB
        assert sorted(file.name for file in path.parent.iterdir() if not file.name.endswith(".new")) == [
            f"{TASK}.log",
            f"{TASK}.log.1",
            f"{TASK}.log.2",
            f"{TASK}.log.3",
            f"{TASK}.log.times",
        ]
        assert [line async for line in runtime.logs(GROUP, tail=1, follow=False)] == [(TASK, "the end")]


def test_rotating_under_a_fast_writer_loses_and_doubles_nothing(tmp_path: Path) -> None:
    log = TaskLog(tmp_path / "t.log", max_bytes=400_000)
    reader = LogReader(log)
    numbers: list[str] = []
    rotations = 0
    with subprocess.Popen([sys.executable, "-c", NUMBER_WRITER, str(log.path)]) as writer:
        while writer.poll() is None or reader.has_more():
            numbers += reader.read_lines()
            if log.look(0.0):
                log.rotate()
                rotations += 1
    assert numbers == [str(number) for number in range(200_000)]
    assert rotations >= 2


def test_a_reader_that_falls_behind_reads_on_in_the_older_parts(tmp_path: Path) -> None:
    log = TaskLog(tmp_path / "t.log", max_bytes=10_000)
    reader = LogReader(log)
    with open(log.path, "ab", buffering=0) as file:
        for start_number in range(0, 3000, 1000):
            file.write(b"".join(b"%05d\n" % number for number in range(start_number, start_number + 1000)))
            log.rotate()
    lines: list[str] = []
    while reader.has_more():
        lines += reader.read_lines()
    assert lines == [f"{number:05d}" for number in range(3000)]


def test_a_reader_that_falls_too_far_behind_goes_on_with_what_is_kept(tmp_path: Path) -> None:
    log = TaskLog(tmp_path / "t.log", max_bytes=8192)
    reader = LogReader(log)
    with open(log.path, "ab", buffering=0) as file:
        for start_number in range(0, 20_000, 5000):
            file.write(b"".join(b"%07d\n" % number for number in range(start_number, start_number + 5000)))
            log.rotate()
    lines: list[str] = []
    while reader.has_more():
        lines += reader.read_lines()
    assert lines[-1] == "0019999"
    assert 2048 < len(lines) < 5000


def test_a_log_that_was_rotated_earlier_is_read_as_one_stream(tmp_path: Path) -> None:
    for name, text in (("t.log.2", "a\nb"), ("t.log.1", "b\nc\n"), ("t.log", "d\ne\n")):
        (tmp_path / name).write_text(text, encoding="ascii")
    log = TaskLog(tmp_path / "t.log")
    assert read_last_lines(log, 100) == ["a", "bb", "c", "d", "e"]
    assert read_last_lines(log, 4) == ["bb", "c", "d", "e"]
    assert read_last_lines(log, 0) == []


def test_the_tail_is_found_without_reading_everything(tmp_path: Path) -> None:
    log = TaskLog(tmp_path / "t.log")
    log.path.write_bytes(b"".join(b"%08d\n" % number for number in range(500_000)) + b"unfinished")
    assert log.end() - find_tail(log, 10, 0, log.end()) == 10 * 9 + len("unfinished")
    assert read_last_lines(log, 3) == ["00499998", "00499999", "unfinished"]


def test_bytes_that_are_no_utf8_and_lines_that_are_too_long_are_still_lines() -> None:
    cutter = LineCutter()
    assert cutter.cut(b"\xc3\xa9 \xff\r\nx") == ["é �"]
    lines = cutter.cut(b"y" * (2 * MAX_LINE_BYTES)) + cutter.cut(b"z" * 10 + b"\nnext\nlast")
    assert [len(line) for line in lines] == [MAX_LINE_BYTES, 4]
    assert cutter.end() == ["last"]
    assert cutter.end() == []


async def test_running_tasks_share_the_tail_and_ended_ones_get_the_rest(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await run_to_end(runtime, tmp_path, "print('a1\\na2\\na3')", "posts-1-0-1")
        runtime.forget("posts-1-0-1")
        await start(runtime, a_spec(tmp_path, printing(*"bcdefg")), "posts-1-0-2")
        await until(lambda: "g" in written(tmp_path, "posts-1-0-2"))
        await start(runtime, a_spec(tmp_path, printing("only")), "posts-1-1-3")
        await until(lambda: "only" in written(tmp_path, "posts-1-1-3"))
        lines = [line async for line in runtime.logs(GROUP, tail=4, follow=False)]
        assert lines == [*(("posts-1-0-2", line) for line in "efg"), ("posts-1-1-3", "only")]
        lines = [line async for line in runtime.logs(GROUP, tail=20, follow=False)]
        assert [line for _, line in lines] == ["a1", "a2", "a3", *"bcdefg", "only"]


async def test_following_shows_new_lines_of_old_and_new_tasks(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        echo = "import sys, time\nprint('up')\nwhile not open('go').read(): time.sleep(0.01)\nprint('went', end='')"
        (tmp_path / "go").touch()
        await start(runtime, a_spec(tmp_path, echo))
        await until(lambda: "up" in written(tmp_path))
        lines = runtime.logs(GROUP, tail=10, follow=True)
        assert await collect(lines, 1) == [(TASK, "up")]
        (tmp_path / "go").write_text("go", encoding="ascii")
        assert await collect(lines, 1) == [(TASK, "went")]
        await start(runtime, a_spec(tmp_path, printing("new here")), "posts-2-0-2")
        assert await collect(lines, 1) == [("posts-2-0-2", "new here")]


async def test_following_from_now_on_shows_nothing_of_before(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await run_to_end(runtime, tmp_path, "print('old\\nold, too', end='')", "posts-1-0-1")
        repeat = "import time\nwhile True:\n    print('new')\n    time.sleep(0.05)"
        await start(runtime, a_spec(tmp_path, repeat), "posts-1-0-2")
        lines = runtime.logs(GROUP, tail=0, follow=True)
        assert await collect(lines, 1) == [("posts-1-0-2", "new")]


async def test_logs_of_a_group_that_never_ran_are_empty(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        assert [line async for line in runtime.logs("nobody", tail=10, follow=False)] == []


async def test_pruning_keeps_the_last_ones_and_all_that_are_under_watch(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        for serial in range(1, 6):
            await run_to_end(runtime, tmp_path, "print('bye')", f"posts-1-0-{serial}")
            os.utime(log_path(tmp_path, f"posts-1-0-{serial}"), (serial, serial))
            if serial > 1:
                runtime.forget(f"posts-1-0-{serial}")
        log_path(tmp_path, "posts-1-0-2").with_suffix(".log.1").write_text("older", encoding="ascii")
        assert await runtime.prune(GROUP, keep=2) == ("posts-1-0-2", "posts-1-0-3")
        names = sorted(path.name for path in (tmp_path / "logs" / GROUP).iterdir())
        # the marks of what was written when come when a log has been looked at
        left = [name for name in names if not name.endswith(".times")]
        assert left == ["posts-1-0-1.log", "posts-1-0-4.log", "posts-1-0-5.log"]
        runtime.forget("posts-1-0-1")
        await runtime.prune(GROUP, keep=0)
        assert not (tmp_path / "logs" / GROUP).exists()


def test_a_file_system_without_collapsing_is_truncated_instead() -> None:
    folder = Path("/dev/shm")
    if not os.access(folder, os.W_OK):
        pytest.skip("no tmpfs to try it on")
    log = TaskLog(folder / f"fig-test-{os.getpid()}.log", max_bytes=8192)
    try:
        log.path.write_bytes(b"".join(b"%07d\n" % number for number in range(1000)))
        log.rotate()
        assert log.path.stat().st_size < 4096
        assert read_last_lines(log, 5000) == [f"{number:07d}" for number in range(1000)]
    finally:
        log.remove()
