"""How many copies were compared since a moment, and how many of them differed."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

#: entries, one a second at most; beyond that every other one goes
MOST_ENTRIES = 20_000


@dataclass(slots=True)
class Tally:
    """Running totals by UTC second, since the daemon was started."""

    _moments: list[float] = field(default_factory=list)
    _totals: list[tuple[int, int]] = field(default_factory=list)

    def add(self, at: float, *, is_different: bool) -> None:
        compared, different = self._totals[-1] if self._totals else (0, 0)
        total = (compared + 1, different + is_different)
        if self._moments and at - self._moments[-1] < 1.0:
            self._totals[-1] = total
            return
        self._moments.append(at)
        self._totals.append(total)
        if len(self._moments) > MOST_ENTRIES:
            # One more than an even number: the last one stays, and what is left out is only less finely told.
            self._moments, self._totals = self._moments[::2], self._totals[::2]

    def since(self, at: float) -> tuple[int, int]:
        """``(compared, different)``, to the second that ``at`` falls in."""
        if not self._totals:
            return 0, 0
        before = bisect_left(self._moments, at)
        compared, different = self._totals[before - 1] if before else (0, 0)
        return self._totals[-1][0] - compared, self._totals[-1][1] - different
