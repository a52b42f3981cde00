from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stranglerfig.cli.launch import is_alive
from tests.cli.command_line import ROOT, Fig
from tests.cli.stub_daemon import Server


@pytest.fixture
def startable(home: Path) -> Iterator[Fig]:
    """A fig whose daemon is a stand-in; whatever was started is ended."""
    path = os.pathsep.join((str(ROOT / "tests" / "cli" / "standin"), str(ROOT)))
    yield Fig(home, {"PYTHONPATH": path, "STANDIN": "answers"})
    for pid in started(home):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def started(home: Path) -> list[int]:
    starts = home / "starts"
    return [int(line.split()[0]) for line in starts.read_text().splitlines()] if starts.exists() else []


def test_a_command_starts_the_daemon_that_is_not_there(startable: Fig, home: Path) -> None:
    result = startable("proxy", "ls", "--json")

    assert result.json() == []
    [pid] = started(home)
    assert f"Started the fig daemon (pid {pid})" in result.stderr
    assert startable("proxy", "ls").stderr == "There are no proxies.\nRecommended follow-up: " + (
        "fig proxy create NAME --to http://127.0.0.1:8000\n"
    )
    assert started(home) == [pid]


def test_the_daemon_has_a_session_of_its_own_and_holds_no_folder(startable: Fig, home: Path) -> None:
    startable("proxy", "ls")

    pid, group, folder = (home / "starts").read_text().split()
    assert (group, folder) == (pid, "/")


def test_many_commands_at_once_start_one_daemon(startable: Fig, home: Path) -> None:
    commands = [
        subprocess.Popen(
            startable.argv("proxy", "ls", "--json"),
            env=startable.env(STANDIN="slow"),
            stdout=subprocess.PIPE,
            stderr=-3,
        )
        for _ in range(6)
    ]

    assert [command.communicate(timeout=90)[0] for command in commands] == [b"[]\n"] * 6
    assert len(started(home)) == 1


def test_a_reason_not_to_start_reaches_the_user_with_hint_and_status(startable: Fig) -> None:
    result = startable("status", STANDIN="refuses")

    assert result.status == 8
    assert result.stderr == "✘ the state is corrupt: page 7\n  Move fig.sqlite3 aside.\n"


def test_a_daemon_that_is_just_ending_is_waited_for(startable: Fig, home: Path) -> None:
    result = startable("proxy", "ls", "--json", STANDIN="finds the state held twice")

    assert result.json() == []
    assert len(started(home)) == 3


def test_a_reason_out_of_a_group_of_tasks_is_the_reason_all_the_same(startable: Fig) -> None:
    result = startable("status", STANDIN="refuses in a group")

    assert (result.status, result.stderr) == (8, "✘ the disk is full\n")


def test_an_old_reason_is_not_taken_for_that_of_the_next_start(startable: Fig) -> None:
    assert startable("proxy", "ls", STANDIN="refuses").status == 8
    assert startable("proxy", "ls", STANDIN="dies").status == 6
    assert startable("proxy", "ls").status == 0


def test_a_long_log_is_moved_aside_once(startable: Fig, home: Path) -> None:
    log = home / "log" / "daemon.log"
    log.write_bytes(b"x" * (4 * 1024**2 + 1))

    startable("proxy", "ls")

    assert log.stat().st_size == 0
    assert log.with_suffix(".log.1").stat().st_size > 4 * 1024**2


def test_a_daemon_that_dies_without_a_word_shows_the_end_of_its_output(startable: Fig, home: Path) -> None:
    result = startable("status", STANDIN="dies")

    assert result.status == 6
    assert "ended with status 3" in result.stderr
    assert "something went up in smoke" in result.stderr
    assert str(home / "log" / "daemon.log") in result.stderr


def test_a_fault_in_the_daemon_leads_to_its_traceback(startable: Fig, home: Path) -> None:
    result = startable("status", STANDIN="faulty")

    assert result.status == 6
    assert "a fault of its own" in result.stderr
    [written] = (home / "log").glob("fault-*.txt")
    assert "RuntimeError: a fault of its own" in written.read_text()


def test_a_home_that_cannot_be_written_is_named_before_anything_starts(startable: Fig, home: Path) -> None:
    (home / "file").write_text("")

    result = startable("status", FIG_HOME=str(home / "file" / "below"))

    assert result.status in {2, 8}
    assert str(home / "file") in result.stderr
    assert started(home) == []


def test_a_home_whose_sockets_would_not_open_is_refused(startable: Fig, home: Path) -> None:
    result = startable("status", FIG_HOME=str(home / ("x" * 100)))

    assert result.status == 2
    assert "FIG_HOME" in result.stderr


def test_status_and_stop_never_start_it(startable: Fig, home: Path) -> None:
    absent = startable("daemon", "status", "--json")

    assert absent.status == 6
    assert absent.json() == {"daemon": "absent", "home": str(home)}
    assert startable("daemon", "stop").status == 0
    assert started(home) == []


def test_stopping_returns_when_it_is_gone_and_the_next_command_starts_another(startable: Fig, home: Path) -> None:
    startable("proxy", "ls", STANDIN="lingers")

    stopped = startable("daemon", "stop")

    assert not is_alive(started(home)[0])
    assert (stopped.status, "traffic goes on" in stopped.stderr) == (0, True)
    assert startable("daemon", "status").status == 6
    assert startable("proxy", "ls").status == 0
    assert len(set(started(home))) == 2


def test_down_asks_first_then_ends_the_daemon_too(startable: Fig, home: Path) -> None:
    assert startable("down").status == 5

    result = startable("down", "--purge", "--yes")

    assert result.status == 0
    assert "forgotten" in result.stderr
    assert startable("daemon", "status").status == 6


def test_up_says_what_is_now_true(fig: Fig, daemon: Server) -> None:
    daemon.books.running = False

    assert "are starting" in fig("up").stderr
    assert daemon.books.running


def test_a_daemon_of_another_version_is_pointed_out_and_served(fig: Fig, daemon: Server) -> None:
    daemon.books.version = "9.9.9"

    result = fig("proxy", "ls", "--json")

    assert result.json() == []
    assert "the daemon that runs is fig 9.9.9" in result.stderr
    assert "`fig daemon stop`" in result.stderr
    assert fig("daemon", "status", "--json").json()["version"] == "9.9.9"


def test_a_daemon_of_another_api_version_is_refused(fig: Fig, daemon: Server) -> None:
    daemon.books.api_version = "2"

    result = fig("proxy", "ls")

    assert (result.status, result.stdout) == (5, "")
    assert "API version 2" in result.stderr


def test_running_in_the_foreground_ends_with_the_reason(startable: Fig, home: Path) -> None:
    result = startable("daemon", "run", STANDIN="refuses")

    assert result.status == 8
    assert "the state is corrupt" in (home / "run" / "daemon-problem.json").read_text()
