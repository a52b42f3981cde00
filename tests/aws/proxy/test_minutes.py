"""Figures by the minute as evidence: what they say, and that nothing passes on figures that are not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from stranglerfig.aws.proxies.minutes import (
    PERCENTILES,
    Minute,
    count_errors,
    judge_minutes,
    to_figures,
    window_begin,
    window_end,
)
from stranglerfig.core.shift.evidence import SideFigures
from stranglerfig.core.shift.plan import Limits, Plan
from stranglerfig.core.shift.record import ShiftRecord
from stranglerfig.core.shift.shift import Shift
from stranglerfig.core.shift.verdict import Kind, Measure

BEGIN = 1_200_000_000
ALIKE = dict.fromkeys(PERCENTILES, 20.0)


def minutes(count: int, requests: int, errors: int = 0, ms: float = 20.0, first: int = 0) -> list[Minute]:
    latencies = dict.fromkeys(PERCENTILES, ms)
    return [
        Minute(BEGIN + 60 * at, requests, errors, requests - errors, latencies) for at in range(first, first + count)
    ]


def unanswered(count: int, requests: int, lost: int, ms: float = 20.0) -> list[Minute]:
    """What a balancer has answered with 502 or 504 itself is no group's."""
    return [replace(one, answered=requests - lost) for one in minutes(count, requests, ms=ms)]


def shifted(step: int = 0, steps: tuple[int, ...] = (1_000, 10_000), bake_s: float = 300) -> ShiftRecord:
    shift = Shift(Plan(steps, bake_s, Limits(minimum_requests=50)), float(BEGIN), step)
    return ShiftRecord("s", "forum.test.shop", "users", "/users", "users", "monolith", shift, float(BEGIN))


def verdict(record: ShiftRecord, candidate: Sequence[Minute], legacy: Sequence[Minute]) -> Kind:
    return judge_minutes(record, candidate, legacy).verdict.kind


def test_a_step_passes_once_there_are_figures_of_its_whole_bake_time() -> None:
    assert verdict(shifted(), minutes(4, 400), minutes(4, 3_600)) is Kind.INCONCLUSIVE
    assert verdict(shifted(), minutes(5, 400), minutes(5, 3_600)) is Kind.PASS


def test_time_without_figures_is_no_bake_time() -> None:
    """Whether CloudWatch is late, or nobody asked."""
    found = judge_minutes(shifted(), minutes(2, 4_000), minutes(9, 3_600))

    assert found.baked_s == 120
    assert (found.verdict.kind, found.verdict.reason.partition(";")[0]) == (Kind.INCONCLUSIVE, "120 of 300 s")


@pytest.mark.parametrize(
    ("candidate", "legacy", "missing"),
    [([], minutes(9, 3_600), "users"), (minutes(9, 400), [], "monolith"), (minutes(9, 0), minutes(9, 3_600), "users")],
    ids=["candidate", "legacy", "no-requests"],
)
def test_nothing_passes_without_figures_of_both_sides(
    candidate: list[Minute], legacy: list[Minute], missing: str
) -> None:
    found = judge_minutes(shifted(), candidate, legacy).verdict

    assert (found.kind, found.reason) == (
        Kind.INCONCLUSIVE,
        f"CloudWatch has no figures of {missing} in this step yet",
    )


def test_a_candidate_that_fails_is_taken_back_at_once() -> None:
    assert verdict(shifted(), minutes(1, 400, errors=40), minutes(1, 3_600)) is Kind.FAIL
    assert verdict(shifted(), minutes(2, 400, errors=4), minutes(2, 3_600, errors=36)) is Kind.INCONCLUSIVE


def test_a_candidate_that_answers_nothing_is_taken_back_by_its_second_minute() -> None:
    """Before that, its answers may only be late."""
    assert verdict(shifted(), unanswered(1, 400, lost=400), minutes(1, 3_600)) is Kind.INCONCLUSIVE
    assert verdict(shifted(), unanswered(2, 400, lost=400), minutes(2, 3_600)) is Kind.FAIL
    assert verdict(shifted(), unanswered(2, 400, lost=40), minutes(2, 3_600)) is Kind.FAIL


def test_what_is_under_way_when_a_minute_ends_is_no_error() -> None:
    first, last = minutes(2, 600)
    assert count_errors([replace(first, answered=580), replace(last, answered=620)]) == 0
    assert count_errors([first, replace(last, answered=580)]) == 0
    # Ten a second, each of which takes half a minute.
    assert count_errors(unanswered(1, 600, lost=300, ms=30_000) + minutes(2, 600, ms=30_000, first=1)) == 0
    assert count_errors(unanswered(3, 600, lost=300, ms=30_000)) == 300


def test_answers_of_a_minute_without_requests_belong_to_those_before() -> None:
    late = Minute(BEGIN + 60, answered=40)
    assert count_errors([*unanswered(1, 400, lost=40), late]) == 0


def test_a_candidate_that_is_slow_is_taken_back() -> None:
    found = judge_minutes(shifted(), minutes(2, 400, ms=100), minutes(2, 3_600)).verdict

    assert [one.measure for one in found.findings if one.kind is Kind.FAIL] == [Measure.LATENCY]


def test_with_all_of_it_the_candidate_is_compared_with_what_legacy_did_before() -> None:
    reference = to_figures(minutes(5, 3_600))
    record = replace(shifted(step=1), reference=reference)

    assert judge_minutes(record, minutes(5, 4_000), []).evidence.legacy == reference
    assert verdict(record, minutes(5, 4_000), []) is Kind.PASS
    assert verdict(replace(record, reference=SideFigures()), minutes(5, 4_000), []) is Kind.ERROR


def test_percentiles_become_as_many_latencies_as_there_were_requests() -> None:
    grown = {percentile: percentile for percentile in PERCENTILES}
    found = to_figures([Minute(BEGIN, 1_000, 0, 1_000, grown), Minute(BEGIN + 60, 1_000, 0, 1_000, ALIKE)]).latencies

    assert found.total == 2_000
    assert found.above(75) == 250
    p99 = to_figures([Minute(BEGIN, 1_000, 0, 1_000, grown)]).latencies.quantile(0.99)
    assert p99 == pytest.approx(99, rel=0.05)


def test_a_window_has_whole_minutes_of_its_step_alone() -> None:
    assert window_begin(BEGIN + 0.0) == BEGIN
    assert window_begin(BEGIN + 0.1) == BEGIN + 60
    assert window_end(BEGIN + 179.9) == BEGIN
    assert window_end(BEGIN + 180.0) == BEGIN + 60
