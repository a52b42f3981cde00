"""The whole demo, for real."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from stranglerfig.demo.asking import fetch
from stranglerfig.demo.story import AREAS, PHASES
from tests.demo.demo_run import Run, demo, processes_of

FAST = ("--seconds-per-step", "0.3", "--json")
#: where the clients do not matter
QUIET = ("--seconds-per-step", "0.1", "--rate", "100")


def require_nothing_left(run: Run, folder: Path) -> None:
    assert run.home.name.startswith("fig-demo-")
    assert processes_of(run.home) == []
    assert not run.home.exists()
    assert not (folder / "users-own").exists()


def test_the_forum_moves_without_a_failed_request_and_is_kept_as_long_as_one_likes(tmp_path: Path) -> None:
    with demo(tmp_path, *FAST, "--keep") as run:
        assert run.finish() == 0, run.said
    try:
        require_moved(run)
        try_what_it_says(run)
    finally:
        down(run)


def require_moved(run: Run) -> None:
    result = run.document()
    assert result["passed"] is True
    assert result["faults"] == []
    assert sum(result["failures"].values()) == 0
    assert result["requests"] == result["answers_compared"] > 500
    assert result["posts"]["accepted"] == result["posts"]["found"] > 20
    assert result["latency"]["before"]["p99_ms"] >= result["latency"]["before"]["p50_ms"] > 0
    assert result["latency"]["after"]["requests"] > 20
    assert [step["seen"] for step in result["steps"] if step["weight"] == 100] == [100] * 4
    assert [step["seen"] for step in result["steps"] if step["weight"] == 0] == [0]
    assert {cutover["area"] for cutover in result["cutovers"]} == {area.name for area in AREAS}
    assert [cutover["late"] for cutover in result["cutovers"]] == [0] * 5
    draft, service = result["shadows"]
    assert (draft["candidate"], service["candidate"]) == ("users-draft", "users")
    assert (draft["worst"].endswith("bio"), service["different"]) == (True, 0)
    assert draft["different"] > 0
    assert [(one["candidate"], one["phase"]) for one in result["shifts"]] == [
        ("posts-draft", "ROLLED_BACK"),
        ("posts", "FINISHED"),
    ]
    assert result["sticky_flaps"] == 0
    assert sum(line.startswith("✔") for line in run.said) == len(PHASES) + 1


def test_a_haproxy_that_is_killed_under_the_clients_fails_the_demo(tmp_path: Path) -> None:
    with demo(tmp_path, "--json", "--seconds-per-step", "0.1", "--rate", "300") as run:
        for _ in run.lines():
            for pid in processes_of(run.home, "haproxy"):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        assert run.finish() == 1, run.said
    result = run.document()
    assert result["passed"] is False
    assert sum(result["failures"].values()) > 0
    assert result["failed"]
    require_nothing_left(run, tmp_path)


@pytest.mark.parametrize("moment", ["The demo runs in", PHASES[0].title, PHASES[3].title])
def test_interrupted_at_any_moment_it_leaves_nothing(tmp_path: Path, moment: str) -> None:
    with demo(tmp_path, *QUIET) as run:
        run.read_until(moment)
        run.interrupt()
        assert run.finish() == 130, run.said
    require_nothing_left(run, tmp_path)


def test_ended_by_a_signal_it_leaves_nothing(tmp_path: Path) -> None:
    with demo(tmp_path, *QUIET, "--keep") as run:
        run.read_until(PHASES[1].title)
        run.process.terminate()
        assert run.finish() == 128 + signal.SIGTERM, run.said
    require_nothing_left(run, tmp_path)


def try_what_it_says(run: Run) -> None:
    assert f"  export FIG_HOME={run.home}" in run.said
    assert run.document()["home"] == str(run.home)
    for told in ("target rollback monolith", "route set forum api-posts --weight 0"):
        assert any(f"fig {told.removesuffix(' 0')}" in line for line in run.said)
        fig(run.home, told)
    answer, served_by = fetch(address_of(run), "/api/posts/in-thread/1")
    assert (answer.status, served_by) == (200, "monolith")


def down(run: Run) -> None:
    assert any("fig down --purge --yes" in line for line in run.said)
    fig(run.home, "down --purge --yes")
    assert processes_of(run.home) == []
    shutil.rmtree(run.home)


def fig(home: Path, command: str) -> None:
    argv = [sys.executable, "-m", "stranglerfig", *command.split()]
    mine = {**os.environ, "FIG_HOME": str(home)}
    subprocess.run(argv, env=mine, check=True, timeout=60, capture_output=True)


def address_of(run: Run) -> str:
    curl = next(line for line in run.said if line.startswith("  curl -i http://"))
    return curl.split("/")[2]


def test_a_daemon_that_cannot_start_is_quoted_and_nothing_is_left(tmp_path: Path) -> None:
    with demo(tmp_path, *FAST, FIG_HAPROXY="/nonexistent/haproxy") as run:
        assert run.finish() == 9
    assert any("FIG_HAPROXY names /nonexistent/haproxy" in line for line in run.said)
    assert run.output.read_text() == ""
    require_nothing_left(run, tmp_path)


def test_clients_that_are_gone_end_the_demo_rather_than_pass_it(tmp_path: Path) -> None:
    with demo(tmp_path, *FAST) as run:
        run.read_until(PHASES[1].title)
        os.kill(processes_of(run.home, "python", "stranglerfig.demo.clients")[0], signal.SIGKILL)
        assert run.finish() == 6, run.said
    assert run.document()["passed"] is False
    assert "clients ended with status -9" in run.document()["problem"]
    require_nothing_left(run, tmp_path)
