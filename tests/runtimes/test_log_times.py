"""When a task wrote what. Files are dated here as if the tasks had written at these moments."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stranglerfig.core.excerpts import Excerpt
from stranglerfig.runtimes.lines import LogReader
from stranglerfig.runtimes.log_folder import LogFolder
from stranglerfig.runtimes.log_times import RECORD_BYTES, LogTimes, Mark
from stranglerfig.runtimes.logs import KEPT_PARTS, TaskLog
from stranglerfig.runtimes.process import ProcessRuntime
from tests.runtimes.programs import GROUP, TASK, a_runtime, a_spec, log_path, start, until, written

START = 1_700_000_000.0


def write(log: TaskLog, text: str, at: float, *, seen: bool = True) -> None:
    """``seen``: somebody looked right after."""
    log.path.parent.mkdir(parents=True, exist_ok=True)
    with open(log.path, "a", encoding="utf-8") as file:
        file.write(text)
    os.utime(log.path, (START + at, START + at))
    if seen:
        log.look(START + at + 0.1)


def between(log: TaskLog, since: float | None, until: float | None = None, count: int = 100) -> list[str]:
    reader = LogReader(log)
    span = log.span(None if since is None else START + since, None if until is None else START + until)
    return reader.read_tail(count, span) + reader.rest()


@pytest.fixture
def log(tmp_path: Path) -> TaskLog:
    found = TaskLog(tmp_path / "t.log")
    for at, text in ((0, "a\n"), (10, "b\nc\n"), (20, "d\n")):
        write(found, text, at)
    return found


def test_lines_are_those_of_the_time_that_is_asked_for(log: TaskLog) -> None:
    assert between(log, 10) == ["b", "c", "d"]
    assert between(log, 10.5) == ["d"]
    assert between(log, 21) == []
    assert between(log, None, 10) == ["a"]
    assert between(log, None, 0) == []
    assert between(log, 5, 20) == ["b", "c"]
    assert between(log, 5, 20, count=1) == ["c"]
    assert between(log, None, None) == ["a", "b", "c", "d"]
    assert between(log, 20, 10) == []


def test_a_line_written_in_two_goes_belongs_to_the_time_of_its_beginning(log: TaskLog) -> None:
    write(log, "begun ", 30)
    write(log, "and ended\ne", 40)

    assert between(log, 40) == ["e"]
    assert between(log, 30) == ["begun and ended", "e"]
    assert between(log, 30, 40) == ["begun and ended"]


def test_what_nobody_has_looked_at_yet_has_the_time_of_the_last_write(log: TaskLog) -> None:
    write(log, "e\nf\n", 30, seen=False)

    assert between(log, 25) == ["e", "f"]
    assert between(log, 31) == []
    assert between(log, None, 30) == ["a", "b", "c", "d"]


def test_a_later_daemon_knows_the_times_that_an_earlier_one_marked(log: TaskLog) -> None:
    write(log, "e\n", 30, seen=False)
    write(log, "f\n", 40, seen=False)

    later = TaskLog(log.path)
    later.look(START + 50)

    assert between(later, 10, 20) == ["b", "c"]
    assert between(later, 25, 40) == [], "what came while nobody looked counts as written with the last of it"
    assert between(later, 40) == ["e", "f"]


def test_times_are_known_of_lines_in_older_parts_too(tmp_path: Path) -> None:
    log = TaskLog(tmp_path / "t.log", max_bytes=1 << 20)
    for part in range(KEPT_PARTS + 2):
        write(log, f"{part} {'x' * 10_000}\n", part * 100)
        log.rotate()
    write(log, "end\n", 1000)

    for known in (log, TaskLog(log.path, max_bytes=1 << 20)):
        assert [line[0] for line in between(known, 300)] == ["3", "4", "e"]
        assert [line[0] for line in between(known, 250, 350)] == ["3"]
        assert [line[0] for line in between(known, 999)] == ["e"]


def test_a_log_that_was_cut_by_a_daemon_that_then_died_goes_on_with_true_times(tmp_path: Path) -> None:
    log = TaskLog(tmp_path / "t.log")
    write(log, "x" * 9999 + "\n", 0)
    log.path.write_text("rest\n", encoding="utf-8")

    later = TaskLog(log.path)
    write(later, "new\n", 50)

    assert between(later, 50)[-1] == "new"
    assert between(later, 51) == []


def test_a_log_that_somebody_empties_goes_on_with_true_times(log: TaskLog) -> None:
    log.path.write_text("", encoding="utf-8")
    log.look(START + 25)
    write(log, "e\n", 30)

    assert between(log, 25) == ["e"]
    assert between(log, None, None) == ["e"]


def test_a_busy_log_is_marked_once_a_second(tmp_path: Path) -> None:
    log = TaskLog(tmp_path / "t.log")
    for tenth in range(30):
        write(log, f"{tenth}\n", tenth / 10)

    assert (tmp_path / "t.log.times").stat().st_size <= 4 * RECORD_BYTES
    assert between(log, 2)[-1] == "29"


def test_marks_are_bounded_and_the_newest_stay_the_finest(tmp_path: Path) -> None:
    times = LogTimes(tmp_path / "t.times", most=100)
    for second in range(1000):
        times.add(Mark(second * 1000, second + 1, 0))

    assert times.path.stat().st_size <= 100 * RECORD_BYTES
    assert times.position_at(999) == 999
    assert times.position_at(990) == 990
    assert times.position_at(500) <= 500


@pytest.mark.parametrize("damage", [b"", b"torn", b"x" * 3 * RECORD_BYTES])
def test_marks_that_cannot_be_read_are_begun_anew(log: TaskLog, damage: bytes) -> None:
    log.path.with_name("t.log.times").write_bytes(damage)

    later = TaskLog(log.path)
    write(later, "e\n", 30)

    assert between(later, 30)[-1] == "e"
    assert between(later, 31) == []


def test_half_a_mark_is_written_over(log: TaskLog) -> None:
    marks = log.path.with_name("t.log.times")
    with open(marks, "ab") as file:
        file.write(b"  17000")

    later = TaskLog(log.path)
    write(later, "e\n", 30)

    assert marks.stat().st_size == 4 * RECORD_BYTES
    assert between(later, 10, 20) == ["b", "c"]
    assert between(later, 25) == ["e"]


async def test_marks_go_with_their_log(tmp_path: Path) -> None:
    folder = LogFolder(tmp_path)
    write(folder.log(GROUP, TASK), "a\n", 0)
    assert len(list((tmp_path / GROUP).iterdir())) == 2

    folder.remove(GROUP, [TASK])

    assert list(tmp_path.iterdir()) == []


async def test_a_watched_task_is_marked_while_it_writes(tmp_path: Path) -> None:
    async with a_runtime(tmp_path) as runtime:
        await start(runtime, a_spec(tmp_path, "print('early', flush=True)\ninput()\n"))
        marks = log_path(tmp_path).with_name(f"{TASK}.log.times")
        await until(marks.exists)
        assert "early" in written(tmp_path)
        moment = log_path(tmp_path).stat().st_mtime

        assert (await told(runtime, Excerpt(since=moment - 60)))[0] == "early"
        assert await told(runtime, Excerpt(until=moment - 60)) == []
        assert await told(runtime, Excerpt(since=moment + 60)) == []


async def told(runtime: ProcessRuntime, excerpt: Excerpt) -> list[str]:
    return [line async for _, line in runtime.logs(GROUP, tail=9, follow=False, excerpt=excerpt)]
