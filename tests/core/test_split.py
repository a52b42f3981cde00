from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.split import WHOLE, thresholds

_WEIGHTS = st.lists(st.integers(0, 1_000_000), min_size=1, max_size=5).filter(any)


def sizes(weights: list[int]) -> list[int]:
    ends = thresholds(weights)
    return [end - start for start, end in zip((0, *ends), ends, strict=False)]


@pytest.mark.parametrize(
    ("weights", "wanted"),
    [
        ([1], (10_000,)),
        ([1, 0], (10_000, 10_000)),
        ([0, 7], (0, 10_000)),
        ([50, 50], (5_000, 10_000)),
        ([10, 9_990], (10, 10_000)),
        ([1, 1, 1], (3_334, 6_667, 10_000)),
        ([1, 1_000_000], (0, 10_000)),
    ],
)
def test_weights_become_ranges_of_buckets(weights: list[int], wanted: tuple[int, ...]) -> None:
    assert thresholds(weights) == wanted


@given(weights=_WEIGHTS)
def test_ranges_fill_the_whole_and_keep_within_one_bucket_of_the_share(weights: list[int]) -> None:
    shares = sizes(weights)
    assert sum(shares) == WHOLE
    for weight, share in zip(weights, shares, strict=True):
        assert abs(share - weight * WHOLE / sum(weights)) < 1
        if weight == 0:
            assert share == 0


@given(weights=_WEIGHTS, more=st.integers(1, 1_000_000))
def test_the_first_range_never_shrinks_while_only_its_weight_grows(weights: list[int], more: int) -> None:
    assert thresholds([weights[0] + more, *weights[1:]])[0] >= thresholds(weights)[0]


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [-1, 2]])
def test_weights_without_meaning_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights must not be negative"):
        thresholds(weights)
