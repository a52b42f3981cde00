"""What was measured of the two sides in the window of a step. Values, and how they add up."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

#: buckets of a histogram for each doubling: neighbours are 4.4 % apart
PER_DOUBLING = 16


def bucket_of(ms: float) -> int:
    """Everything below a microsecond is one bucket."""
    return math.floor(math.log2(max(ms, 0.001)) * PER_DOUBLING)


@dataclass(frozen=True, slots=True)
class Histogram:
    """Milliseconds by bucket, in the order of the buckets.

    An access line counts once, however many requests it stands for: both sides are sampled alike, so the sides stay
    comparable, and a weight would claim more evidence than was seen.
    """

    buckets: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, counts: Mapping[int, int]) -> Histogram:
        """From counts by ``bucket_of``."""
        return cls(tuple(sorted((bucket, count) for bucket, count in counts.items() if count)))

    @property
    def total(self) -> int:
        return sum(count for _, count in self.buckets)

    def quantile(self, share: float) -> float | None:
        """The upper end of the bucket below or in which ``share`` of all lies; None of nothing."""
        wanted = math.ceil(self.total * share)
        running = accumulate(count for _, count in self.buckets)
        for (bucket, _), below in zip(self.buckets, running, strict=True):
            if below >= wanted:
                return math.exp2((bucket + 1) / PER_DOUBLING)
        return None

    def above(self, ms: float) -> int:
        """How many are surely above; the bucket that ``ms`` falls in is not."""
        edge = bucket_of(ms)
        return sum(count for bucket, count in self.buckets if bucket > edge)


@dataclass(frozen=True, slots=True)
class SideFigures:
    """``requests`` and ``errors`` are exact counts, ``latencies`` a sample."""

    requests: int = 0
    errors: int = 0
    latencies: Histogram = Histogram()


@dataclass(frozen=True, slots=True)
class Evidence:
    """One step's window. ``legacy`` is of the latest window in which it had traffic, when the candidate has all of it.

    ``compared`` and ``different`` are copies of requests, answered by both sides. ``problem`` says why there is nothing
    to judge by; then the other figures may be anything.
    """

    candidate: SideFigures = SideFigures()
    legacy: SideFigures = SideFigures()
    compared: int = 0
    different: int = 0
    problem: str | None = None
