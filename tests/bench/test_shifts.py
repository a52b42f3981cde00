"""The simulation in short: what docs/benchmarks.md says of thousands of shifts holds for a few."""

from __future__ import annotations

from random import Random
from statistics import mean, variance

import pytest
from bench.report import renew
from bench.shift_table import render
from bench.shifts import Case, Lognormal, Outcome, Side, draw, run_case
from bench.values import ShiftRun

from stranglerfig.core.shift.phases import Phase
from stranglerfig.core.shift.plan import Limits, Plan

ERRORS_ONLY = Plan(limits=Limits(latency_ratio=None))


def shifts(ours: Side, theirs: Side, plan: Plan = ERRORS_ONLY, runs: int = 40, rate: float = 100) -> list[Outcome]:
    return run_case(Case("a short run", rate, ours, theirs), plan, runs, seed=1)


def back(outcomes: list[Outcome]) -> int:
    return sum(outcome.phase is Phase.ROLLED_BACK for outcome in outcomes)


@pytest.mark.parametrize("errors", [0.0, 0.001, 0.01])
def test_a_candidate_that_is_as_good_gets_all_traffic(errors: float) -> None:
    found = shifts(Side(errors), Side(errors))

    assert back(found) <= 1
    assert sum(outcome.phase is Phase.FINISHED for outcome in found) >= 39


def test_a_doubled_error_rate_is_caught_before_half_of_the_traffic() -> None:
    found = shifts(Side(0.02), Side(0.01))

    assert sum(outcome.phase is Phase.ROLLED_BACK and outcome.weight < 5_000 for outcome in found) >= 39


@pytest.mark.parametrize("rate", [10, 1_000])
def test_a_broken_candidate_is_back_within_a_few_requests_at_any_rate(rate: float) -> None:
    found = shifts(Side(0.5), Side(0.01), rate=rate)

    assert back(found) == 40
    assert all(outcome.weight == 100 for outcome in found)
    assert max(outcome.requests for outcome in found) <= 60


def test_latency_that_doubled_is_caught_and_the_same_is_not() -> None:
    usual, slow = Side(0.001, Lognormal(20, 1.0)), Side(0.001, Lognormal(40, 1.0))

    assert back(shifts(slow, usual, Plan(), runs=10)) == 10
    assert back(shifts(usual, usual, Plan(), runs=10)) == 0


@pytest.mark.parametrize("expected", [0.3, 8.0, 400.0])
def test_requests_arrive_at_random(expected: float) -> None:
    rng = Random(3)
    found = [draw(rng, expected) for _ in range(4_000)]

    assert mean(found) == pytest.approx(expected, rel=0.08)
    assert variance(found) == pytest.approx(expected, rel=0.12)


def test_a_part_replaces_its_own_table_in_the_page_and_no_other() -> None:
    def table(head: object, rows: object) -> str:
        return "a table"

    run = ShiftRun("equal", 10, 2_000, 1, 0, 1_999, 300, 400, 10, 0)
    old = "# Benchmarks\n\nThe head.\n\n## Throughput on one core\n\nkept\n\n## Shifts in simulated time\n\nold\n"
    page = renew(old, render([run], "today", table))

    assert page.startswith(
        "# Benchmarks\n\nThe head.\n\n## Throughput on one core\n\nkept\n\n## Shifts in simulated time"
    )
    assert "2,000 shifts for each line" in page
    assert "\nold\n" not in page
    assert renew(page, render([run], "today", table)) == page
    assert page.count("## How to run it") == 1
