"""Latencies by bucket lose no more than the width of one."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.shift.evidence import PER_DOUBLING, Histogram, bucket_of

WIDTH = 2 ** (1 / PER_DOUBLING)
LATENCIES = st.lists(st.floats(0.01, 1e6), min_size=1, max_size=200)


def histogram(values: list[float]) -> Histogram:
    return Histogram.of(Counter(map(bucket_of, values)))


@given(values=LATENCIES, share=st.floats(0.01, 1.0))
def test_a_quantile_is_the_values_own_but_for_a_bucket(values: list[float], share: float) -> None:
    exact = sorted(values)[-int(-len(values) * share // 1) - 1]
    found = histogram(values).quantile(share)

    assert found is not None
    assert exact * 0.999999 <= found <= exact * WIDTH * 1.000001


@given(values=LATENCIES, edge=st.floats(0.01, 1e6))
def test_only_what_is_surely_above_counts(values: list[float], edge: float) -> None:
    found = histogram(values).above(edge)

    assert sum(value > edge * WIDTH * 1.000001 for value in values) <= found <= sum(value > edge for value in values)


def test_nothing_has_no_quantile() -> None:
    assert Histogram().quantile(0.99) is None
    assert Histogram().above(1.0) == Histogram().total == 0


def test_no_time_at_all_is_a_time() -> None:
    assert histogram([0.0, 0.0]).total == 2
