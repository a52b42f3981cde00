"""How long target groups took lately, from access lines."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate

from stranglerfig.core.shift.evidence import Histogram, bucket_of
from stranglerfig.core.traffic.lines import AccessLine

#: quantiles are of the last five minutes
SLICE_S, SLICES = 10.0, 30
#: upper ends of Prometheus' buckets, in seconds
EDGES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Milliseconds to the first byte, of half of the requests and of all but one in a hundred."""

    half: float
    most: float


@dataclass(slots=True)
class Sums:
    """Of all requests since the daemon began, by ``EDGES`` and above; ``seconds`` is their sum."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(EDGES) + 1))
    seconds: float = 0.0

    def cumulative(self) -> list[tuple[str, int]]:
        """As Prometheus wants it: how many took no longer than each edge."""
        return list(zip((*map(str, EDGES), "+Inf"), accumulate(self.buckets), strict=True))


@dataclass(slots=True)
class _Slice:
    number: int
    counts: dict[str, Counter[int]] = field(default_factory=dict)


@dataclass(slots=True)
class Latencies:
    """By target group, of those that are there. A line counts for as many requests as it stands for."""

    clock: Callable[[], float]
    is_there: Callable[[str], bool]
    sums: dict[str, Sums] = field(default_factory=dict)
    _slices: deque[_Slice] = field(default_factory=lambda: deque(maxlen=SLICES))

    def note(self, line: AccessLine) -> None:
        if line.answer_ms is None or not line.pool:
            return
        number = int(self.clock() / SLICE_S)
        if not self._slices or self._slices[-1].number != number:
            self._slices.append(_Slice(number))
            self.sums = {group: sums for group, sums in self.sums.items() if self.is_there(group)}
        counts = self._slices[-1].counts.setdefault(line.group, Counter())
        counts[bucket_of(line.answer_ms)] += line.stands_for
        sums, seconds = self.sums.setdefault(line.group, Sums()), line.answer_ms / 1000
        sums.buckets[bisect_left(EDGES, seconds)] += line.stands_for
        sums.seconds += seconds * line.stands_for

    def quantiles(self, group: str) -> Quantiles | None:
        """None where there were no answers lately."""
        oldest = int(self.clock() / SLICE_S) - SLICES
        counts: Counter[int] = Counter()
        for one in self._slices:
            if one.number > oldest and group in one.counts:
                counts.update(one.counts[group])
        histogram = Histogram.of(counts)
        half, most = histogram.quantile(0.5), histogram.quantile(0.99)
        return None if half is None or most is None else Quantiles(half, most)
