"""Verdicts on figures that were chosen to have only one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from stranglerfig.core.shift.evidence import Evidence, Histogram, SideFigures, bucket_of
from stranglerfig.core.shift.plan import Limits, Plan
from stranglerfig.core.shift.verdict import Kind, Measure, Verdict, judge

ERRORS_ONLY = Plan(limits=Limits(latency_ratio=None))
HALF, WHOLE = 3, 4
BAKED = 60.0
NO_LATENCIES = Histogram()


def verdict(
    candidate: tuple[int, int],
    legacy: tuple[int, int],
    plan: Plan = ERRORS_ONLY,
    step: int = HALF,
    baked_s: float = BAKED,
) -> Verdict:
    """Sides as errors and requests."""
    return judge(Evidence(side(*candidate), side(*legacy)), plan, step, baked_s)


def side(errors: int, requests: int, latencies: Histogram = NO_LATENCIES) -> SideFigures:
    return SideFigures(requests, errors, latencies)


def latencies(fast: int, slow: int, slow_ms: float) -> Histogram:
    return Histogram.of(Counter({bucket_of(10.0): fast, bucket_of(slow_ms): slow}))


def test_a_candidate_that_is_as_good_passes() -> None:
    found = verdict((10, 10_000), (10, 10_000))

    assert found.kind is Kind.PASS
    assert found.reason == "0.1 % of the candidate's 10,000 requests failed, 0.1 % of legacy's 10,000"


def test_a_candidate_that_fails_more_often_fails() -> None:
    found = verdict((100, 5_000), (50, 5_000))

    assert found.kind is Kind.FAIL
    assert found.reason == (
        "2 % of the candidate's 5,000 requests failed, 1 % of legacy's 5,000: 0.5 % more are allowed"
    )


def test_a_candidate_that_is_surely_worse_by_less_than_the_limit_does_not_fail() -> None:
    found = verdict((1_300, 100_000), (1_000, 100_000))

    assert found.kind is Kind.PASS


def test_a_candidate_that_has_bad_luck_does_not_fail() -> None:
    found = verdict((3, 100), (1, 100))

    assert found.kind is Kind.INCONCLUSIVE
    assert found.reason.startswith("3 % of the candidate's 100 requests failed, 1 % of legacy's 100: ")
    assert found.reason.endswith(" more are possible, 0.5 % would do for the next step")


@pytest.mark.parametrize(("step", "errors"), [(0, 3), (2, 7), (3, 16)])
def test_a_broken_candidate_is_found_at_its_first_requests(step: int, errors: int) -> None:
    share = ERRORS_ONLY.steps[step] / 10_000
    requests = 2 * errors

    assert verdict((errors, requests), (0, round(requests / share) - requests), step=step).kind is Kind.FAIL


def test_a_candidate_fails_before_it_has_baked_and_passes_only_after() -> None:
    assert verdict((100, 200), (0, 200), baked_s=1.0).kind is Kind.FAIL
    found = verdict((0, 10_000), (0, 10_000), baked_s=12.0)
    assert (found.kind, found.reason) == (Kind.INCONCLUSIVE, "12 of 60 s")


def test_a_candidate_passes_with_the_least_of_requests_only() -> None:
    found = verdict((0, 49), (0, 4_900), step=0)

    assert (found.kind, found.reason) == (Kind.INCONCLUSIVE, "49 of at least 50 requests")
    assert verdict((0, 50), (0, 4_950), step=0).kind is Kind.PASS


def test_the_larger_the_next_step_the_more_must_be_sure() -> None:
    def least(step: int) -> int:
        share = ERRORS_ONLY.steps[step] / 10_000
        return next(
            requests
            for requests in range(50, 2_000, 10)
            if verdict((0, requests), (0, round(requests / share) - requests), step=step).kind is Kind.PASS
        )

    assert [least(step) for step in range(4)] == [50, 230, 450, 900]


def test_the_last_step_is_judged_by_what_legacy_did_before() -> None:
    assert verdict((60, 6_000), (30, 3_000), step=WHOLE).kind is Kind.PASS
    assert verdict((600, 6_000), (30, 3_000), step=WHOLE).kind is Kind.FAIL
    assert verdict((96, 6_000), (30, 3_000), step=WHOLE).kind is Kind.INCONCLUSIVE


def test_without_anything_of_legacy_the_whole_is_an_error_and_a_share_waits() -> None:
    found = verdict((0, 1_000), (0, 0), step=WHOLE)

    assert found.kind is Kind.ERROR
    assert found.reason == "legacy has answered nothing that the candidate could be compared with"
    assert verdict((0, 1_000), (0, 0), step=HALF).kind is Kind.INCONCLUSIVE


def test_figures_that_cannot_be_had_are_an_error_whatever_they_are() -> None:
    found = judge(Evidence(side(900, 1_000), side(0, 1_000), problem="HAProxy does not answer"), ERRORS_ONLY, HALF, 60)

    assert (found.kind, found.reason, found.findings) == (Kind.ERROR, "HAProxy does not answer", ())


def test_a_tail_that_is_twice_as_slow_fails() -> None:
    ours, theirs = latencies(4_800, 200, 40.0), latencies(4_900, 100, 20.0)
    found = judge(Evidence(side(0, 5_000, ours), side(0, 5_000, theirs)), Plan(), HALF, BAKED)

    assert found.kind is Kind.FAIL
    assert found.reason == "99 % within 41.5 ms, within 20.7 ms by legacy: 31.1 ms are allowed"
    assert [finding.kind for finding in found.findings] == [Kind.PASS, Kind.FAIL]
    assert found.findings[1].measure is Measure.LATENCY


def test_more_slow_answers_than_legacy_has_pass_while_they_are_few() -> None:
    """0.6 % against 0.1 % beyond 1.5 times legacy's 99th percentile: surely more, and still not one in a hundred."""
    ours = Histogram.of({bucket_of(10.0): 99_400, bucket_of(40.0): 600})
    theirs = Histogram.of({bucket_of(10.0): 98_000, bucket_of(15.0): 1_900, bucket_of(40.0): 100})
    found = judge(Evidence(side(0, 100_000, ours), side(0, 100_000, theirs)), Plan(), HALF, BAKED)

    assert found.kind is Kind.PASS


def test_the_same_tail_passes_with_enough_latencies_only() -> None:
    ours = theirs = latencies(4_900, 100, 20.0)
    evidence = Evidence(side(0, 5_000, ours), side(0, 5_000, theirs))
    few = replace(evidence, candidate=side(0, 5_000, latencies(98, 2, 20.0)))

    assert judge(evidence, Plan(), HALF, BAKED).kind is Kind.PASS
    found = judge(few, Plan(), HALF, BAKED)
    assert found.kind is Kind.INCONCLUSIVE
    assert found.reason.endswith("100 latencies are too few to be sure that 31.1 ms will be kept")


def test_without_latencies_of_both_sides_latency_waits() -> None:
    found = verdict((0, 5_000), (0, 5_000), plan=Plan())

    assert (found.kind, found.reason) == (Kind.INCONCLUSIVE, "no latencies of both sides yet")


@pytest.mark.parametrize(
    ("different", "compared", "kind"),
    [(0, 49, Kind.INCONCLUSIVE), (0, 50, Kind.PASS), (6, 500, Kind.INCONCLUSIVE), (50, 500, Kind.FAIL)],
)
def test_answers_that_differ_are_counted_against_their_limit(different: int, compared: int, kind: Kind) -> None:
    plan = Plan(limits=Limits(latency_ratio=None, mismatch=0.01))
    evidence = Evidence(side(0, 5_000), side(0, 5_000), compared=compared, different=different)

    assert judge(evidence, plan, HALF, BAKED).kind is kind


def test_a_single_difference_is_too_many_where_none_is_allowed() -> None:
    plan = Plan(limits=Limits(latency_ratio=None, mismatch=0.0))
    evidence = Evidence(side(0, 5_000), side(0, 5_000), compared=10_000, different=1)

    found = judge(evidence, plan, HALF, BAKED)
    assert (found.kind, found.reason) == (Kind.FAIL, "0.01 % of 10,000 compared answers differ, 0 % may")
