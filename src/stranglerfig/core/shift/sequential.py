"""Tests that may be looked at after every request: whether the candidate fails more often, and by how much at most.

All are on counts of rare events: errors, or answers that took too long. Evidence is the logarithm of a likelihood
ratio, so 7 is "e to the 7th times likelier". Sources and simulated error rates are in docs/shifting.md.
"""

from __future__ import annotations

import math
from typing import NamedTuple

#: How many times as many events the alternatives of ``evidence_of_more`` expect; between two of them little is lost.
RATIOS = (1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0, 1000.0)
#: Evidence that rules something out: three standard deviations of a single look.
SURE = 4.5
#: below it, an excess is not worth telling apart from none
_LEAST = 1e-6
_HALVINGS = 4


class Tally(NamedTuple):
    """``events`` among ``requests``."""

    events: int
    requests: int

    @property
    def rate(self) -> float:
        return self.events / self.requests if self.requests else 0.0


def evidence_of_more(candidate: Tally, legacy: Tally) -> float:
    """That the candidate's rate is the higher one, against both being alike.

    If they are alike, an event falls on the candidate with its share of the requests, whatever the rate is and however
    it changes meanwhile. The mean over the alternatives is a martingale then, and rarely ever grows (Ville).
    """
    events = candidate.events + legacy.events
    if not events:
        return 0.0
    share = candidate.requests / (candidate.requests + legacy.requests)
    return _log_mean([candidate.events * math.log(r) - events * math.log1p(share * (r - 1)) for r in RATIOS])


def evidence_of_more_than(tally: Tally, allowed: float) -> float:
    """That the rate is above ``allowed``, against any rate up to it."""
    if not tally.events or not allowed:
        return math.inf if tally.events else 0.0
    return _log_mean([tally.events * math.log(r) - tally.requests * allowed * (r - 1) for r in RATIOS])


def evidence_against_excess(candidate: Tally, legacy: Tally, excess: float) -> float:
    """That the candidate's rate is above legacy's by less than ``excess``: what was seen, against the nearest rates
    that are so far apart."""
    if not candidate.requests or not legacy.requests or candidate.rate >= legacy.rate + excess:
        return 0.0
    both = candidate.requests + legacy.requests
    slope = both * excess - candidate.events - legacy.events
    rate = (math.sqrt(slope * slope + 4 * both * legacy.events * excess) - slope) / (2 * both)
    return _cost(candidate, rate + excess) + _cost(legacy, rate)


def evidence_of_less_than(tally: Tally, allowed: float) -> float:
    """That the rate is below ``allowed``."""
    return _cost(tally, allowed) if tally.rate < allowed else 0.0


def largest_excess(candidate: Tally, legacy: Tally) -> float:
    """The least that is ruled out: the candidate's rate is surely not above legacy's by more. At most 1, to 5 %."""
    high = 1.0
    while high > _LEAST and evidence_against_excess(candidate, legacy, high / 2) >= SURE:
        high /= 2
    low = high / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if evidence_against_excess(candidate, legacy, middle) >= SURE else (middle, high)
    return high


def _cost(tally: Tally, rate: float) -> float:
    """How much likelier the events are at the rate that was seen (Poisson)."""
    expected = tally.requests * rate
    if not tally.events:
        return expected
    return tally.events * math.log(tally.events / expected) - tally.events + expected


def _log_mean(logs: list[float]) -> float:
    highest = max(logs)
    return highest + math.log(sum(math.exp(log - highest) for log in logs) / len(logs))
