"""The whole demo, for real."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest

from stranglerfig.demo.story import AREAS, PHASES
from tests.demo.demo_run import Run, demo, processes_of

FAST = ("--seconds-per-step", "0.3", "--json")


def require_nothing_left(run: Run, folder: Path) -> None:
    assert run.home.name.startswith("fig-demo-")
    assert processes_of(run.home) == []
    assert not run.home.exists()
    assert not (folder / "users-own").exists()


def test_the_forum_moves_without_a_failed_request_and_nothing_is_left(tmp_path: Path) -> None:
    with demo(tmp_path, *FAST) as run:
        assert run.finish() == 0, run.said
    result = run.document()
    assert result["passed"] is True
    assert result["faults"] == []
    assert sum(result["failures"].values()) == 0
    assert result["requests"] == result["answers_compared"] > 2000
    assert result["posts"]["accepted"] == result["posts"]["found"] > 50
    assert result["latency"]["before"]["p99_ms"] >= result["latency"]["before"]["p50_ms"] > 0
    assert result["latency"]["after"]["requests"] > 100
    assert [step["seen"] for step in result["steps"] if step["weight"] == 100] == [100] * 5
    assert [step["seen"] for step in result["steps"] if step["weight"] == 0] == [0]
    assert {cutover["area"] for cutover in result["cutovers"]} == {area.name for area in AREAS}
    assert [cutover["late"] for cutover in result["cutovers"]] == [0] * 6
    assert result["sticky_flaps"] == 0
    assert sum(line.startswith("✔") for line in run.said) == len(PHASES) + 1
    require_nothing_left(run, tmp_path)


def test_a_haproxy_that_is_killed_under_the_clients_fails_the_demo(tmp_path: Path) -> None:
    with demo(tmp_path, *FAST, "--rate", "1000") as run:
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


@pytest.mark.parametrize("moment", ["The demo runs in", PHASES[0].title, PHASES[2].title, PHASES[-3].title])
def test_interrupted_at_any_moment_it_leaves_nothing(tmp_path: Path, moment: str) -> None:
    with demo(tmp_path, "--seconds-per-step", "0.1") as run:
        run.read_until(moment)
        run.interrupt()
        assert run.finish() == 130, run.said
    require_nothing_left(run, tmp_path)
