"""Latencies that add up in few bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.ledger.latencies import HIGHEST, LOWEST, Latencies

times = st.lists(st.floats(0, 10_000_000, allow_nan=False), max_size=60)


def latencies_of(found: list[float]) -> Latencies:
    latencies = Latencies()
    for ms in found:
        latencies.add(ms)
    return latencies


@given(times)
def test_they_come_back_as_they_were_written(found: list[float]) -> None:
    latencies = latencies_of(found)

    assert Latencies.decode(latencies.encode()) == latencies


@given(times, times)
def test_two_together_are_as_if_they_had_been_one(some: list[float], others: list[float]) -> None:
    together = latencies_of(some)
    together.merge(latencies_of(others))

    assert together == latencies_of(some + others)


@given(st.lists(st.floats(0.1, 3_000_000), min_size=1), st.sampled_from([0.5, 0.9, 0.99]))
def test_a_quantile_is_at_most_a_fifth_too_high(found: list[float], share: float) -> None:
    exact = sorted(found)[max(0, -int(-len(found) * share // 1) - 1)]
    told = latencies_of(found).quantile(share)

    assert told is not None
    assert exact * 0.999 <= told <= exact * 1.2 or exact < 0.1


@given(times)
def test_however_much_comes_it_stays_small(found: list[float]) -> None:
    assert len(latencies_of(found).counts) <= HIGHEST - LOWEST + 1
    assert len(latencies_of(found * 1000).encode()) <= 4 * (HIGHEST - LOWEST + 1)


def test_of_nothing_there_is_no_quantile() -> None:
    assert Latencies().quantile(0.5) is None


@pytest.mark.parametrize("damaged", [b"\x01", b"\x01\x80", b"\xff"])
def test_what_was_never_written_is_refused(damaged: bytes) -> None:
    with pytest.raises(ValueError, match="cut off"):
        Latencies.decode(damaged)
