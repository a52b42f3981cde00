"""Weights as whole numbers: which bucket of ten thousand goes to which side."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import accumulate

#: hundredths of a percent in the whole
WHOLE = 10_000

_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?%?")


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


def percent_to_weight(text: str | float) -> int:
    """``12.5`` or ``12.5%`` as 1250: hundredths of a percent. Finer ones and those beyond 0 to 100 are refused."""
    number = _PERCENT.fullmatch(str(text).strip())
    if number is None:
        raise ValueError(f"not a percentage: {text}")
    hundredths = Decimal(number[1]) * 100
    if hundredths > WHOLE:
        raise ValueError(f"more than 100 percent: {text}")
    if hundredths != int(hundredths):
        raise ValueError(f"finer than a hundredth of a percent: {text}")
    return int(hundredths)
