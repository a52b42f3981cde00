"""Evidence grows with what speaks for it, and is rare where nothing does: bounds that hold for every draw."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stranglerfig.core.shift.sequential import (
    SURE,
    Tally,
    evidence_against_excess,
    evidence_of_less_than,
    evidence_of_more,
    evidence_of_more_than,
    largest_excess,
)


@st.composite
def tallies(draw: st.DrawFn) -> Tally:
    requests = draw(st.integers(1, 100_000))
    return Tally(draw(st.integers(0, requests)), requests)


@pytest.mark.parametrize("events", [1, 4, 20])
@pytest.mark.parametrize("requests", [1, 30, 99])
def test_evidence_of_more_is_believed_too_often_by_nobody(events: int, requests: int) -> None:
    """Of 100 requests that are alike, ``requests`` went to the candidate: the mean of the ratio is at most 1."""
    total = 100
    ways = {
        hits: math.comb(requests, hits) * math.comb(total - requests, events - hits) / math.comb(total, events)
        for hits in range(events + 1)
    }
    mean = sum(
        chance * math.exp(evidence_of_more(Tally(hits, requests), Tally(events - hits, total - requests)))
        for hits, chance in ways.items()
        if chance
    )

    assert mean <= 1 + 1e-9


@given(candidate=tallies(), legacy=tallies())
def test_an_error_in_place_of_an_answer_never_speaks_for_the_candidate(candidate: Tally, legacy: Tally) -> None:
    worse = Tally(min(candidate.events + 1, candidate.requests), candidate.requests)

    assert evidence_of_more(worse, legacy) >= evidence_of_more(candidate, legacy) - 1e-6
    assert evidence_against_excess(worse, legacy, 0.01) <= evidence_against_excess(candidate, legacy, 0.01) + 1e-6


@given(candidate=tallies(), legacy=tallies(), excess=st.floats(1e-6, 1.0))
def test_evidence_against_an_excess_is_finite_and_grows_with_it(candidate: Tally, legacy: Tally, excess: float) -> None:
    less = evidence_against_excess(candidate, legacy, excess / 2)
    more = evidence_against_excess(candidate, legacy, excess)

    assert -1e-6 <= less <= more + 1e-6 < math.inf


@given(candidate=tallies(), legacy=tallies(), excess=st.floats(0.001, 1.0), guess=st.floats(1e-6, 1.0))
def test_the_nearest_rates_that_are_too_far_apart_are_nearer_than_any_guess(
    candidate: Tally, legacy: Tally, excess: float, guess: float
) -> None:
    assume(candidate.rate < legacy.rate + excess)
    found = evidence_against_excess(candidate, legacy, excess)

    assert found <= distance(candidate, guess + excess) + distance(legacy, guess) + 1e-6


@pytest.mark.parametrize(("candidate", "legacy"), [((0, 900), (9, 900)), ((3, 500), (2, 100)), ((1, 50), (40, 4_950))])
def test_the_nearest_rates_that_are_too_far_apart_are_among_all_of_them(
    candidate: tuple[int, int], legacy: tuple[int, int]
) -> None:
    ours, theirs, excess = Tally(*candidate), Tally(*legacy), 0.02
    nearest = min(distance(ours, rate / 1e5 + excess) + distance(theirs, rate / 1e5) for rate in range(1, 10_000))

    assert evidence_against_excess(ours, theirs, excess) == pytest.approx(nearest, abs=1e-3)


def distance(tally: Tally, rate: float) -> float:
    """How much less likely ``tally`` is at ``rate`` than at its own (Poisson)."""
    expected = tally.requests * rate
    return (tally.events * math.log(tally.events / expected) if tally.events else 0.0) - tally.events + expected


@given(candidate=tallies(), legacy=tallies())
def test_the_largest_excess_is_the_least_that_is_ruled_out(candidate: Tally, legacy: Tally) -> None:
    found = largest_excess(candidate, legacy)

    if found < 1:
        assert evidence_against_excess(candidate, legacy, found) >= SURE
    if found > 1e-5:
        assert evidence_against_excess(candidate, legacy, found * 0.93) < SURE


def test_no_error_at_all_rules_out_what_would_have_been_seen() -> None:
    """The rule of three, at three standard deviations: nothing in N means less than 4.5 in N."""
    assert evidence_against_excess(Tally(0, 900), Tally(0, 900), 0.005) == pytest.approx(4.5)
    assert evidence_of_less_than(Tally(0, 900), 0.005) == pytest.approx(4.5)
    assert evidence_of_less_than(Tally(9, 900), 0.005) == 0


def test_where_nothing_was_seen_nothing_is_known() -> None:
    nothing = Tally(0, 0)

    assert evidence_of_more(nothing, Tally(3, 10)) == 0
    assert evidence_of_more(Tally(3, 10), nothing) == pytest.approx(0)
    assert evidence_against_excess(nothing, Tally(3, 10), 0.5) == 0
    assert evidence_against_excess(Tally(0, 10), nothing, 0.5) == 0
    assert largest_excess(nothing, nothing) == 1
    assert evidence_of_more_than(nothing, 0.1) == 0


def test_what_is_allowed_never_is_seen_at_once() -> None:
    assert evidence_of_more_than(Tally(1, 1_000_000), 0.0) == math.inf
    assert evidence_of_more_than(Tally(0, 1_000_000), 0.0) == 0
    assert evidence_of_more_than(Tally(30, 1_000), 0.01) > 6 > evidence_of_more_than(Tally(12, 1_000), 0.01)


def test_evidence_of_more_needs_three_errors_that_legacy_does_not_have() -> None:
    """At 1 % of the traffic each error of the candidate's would have been legacy's in 99 of 100 cases."""
    found = [evidence_of_more(Tally(events, 10), Tally(0, 990)) for events in (1, 2, 3)]

    assert found[0] < math.log(500) < found[2]
    assert found == sorted(found)
