"""Shares as a balancer has them: a weight of 0 to 999 for each side. Pure."""

from __future__ import annotations

from stranglerfig.core.conditions_text import FULL_WEIGHT

#: of hundredths of a percent: the smallest step that two weights of the balancer can tell apart everywhere
STEP = 10
HEAVIEST = 999
#: candidate and legacy
Pair = tuple[int, int]


def to_pair(weight: int) -> Pair:
    """Of hundredths of a percent, by the nearest step; a share above nothing and below all stays one."""
    if weight <= 0:
        return 0, HEAVIEST
    if weight >= FULL_WEIGHT:
        return HEAVIEST, 0
    candidate = min(max(round(weight / STEP), 1), HEAVIEST)
    return candidate, FULL_WEIGHT // STEP - candidate


def from_pair(pair: Pair) -> int:
    """In hundredths of a percent. Whoever has set weights by hand may have set any."""
    candidate, legacy = pair
    return round(FULL_WEIGHT * candidate / (candidate + legacy)) if candidate + legacy else 0


def fitting(weight: int) -> int:
    """What becomes of it on the balancer."""
    return from_pair(to_pair(weight))
