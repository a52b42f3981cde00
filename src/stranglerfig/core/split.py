"""Weights as whole numbers: which bucket of ten thousand goes to which side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

#: hundredths of a percent in the whole
WHOLE = 10_000


def thresholds(weights: Sequence[int], total: int = WHOLE) -> tuple[int, ...]:
    """Where each weight's range of buckets ends: bucket b belongs to the first weight whose threshold exceeds b.

    Shares are rounded by largest remainder, earlier weights first among equals. So they sum to ``total``, a weight of
    0 gets nothing, and while only the first weight grows its range never shrinks.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError(f"weights must not be negative and one must be positive: {tuple(weights)}")
    shares = [weight * total // whole for weight in weights]
    remainders = [weight * total % whole for weight in weights]
    by_remainder = sorted(range(len(shares)), key=lambda index: -remainders[index])
    for index in by_remainder[: total - sum(shares)]:
        shares[index] += 1
    return tuple(accumulate(shares))
