"""What differs between two answers of one and the same side is no fault of the other one (pure).

Each copy is answered by legacy twice and by the candidate once. What ever differs between legacy's own two answers
(times, ids, an order that has no meaning) is noise for as long as the candidate does not differ there clearly more
often than legacy does from itself. The idea of the third answer is that of Twitter's Diffy (Puneet Khanduri, 2015).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum

from stranglerfig.core.compare.answers import Answer, Difference, Kind, NoAnswer
from stranglerfig.core.compare.comparing import compare
from stranglerfig.core.compare.rules import Rules

#: of one endpoint; those seen least make room
MOST_PLACES = 400
#: a candidate may differ so many times as often as legacy from itself
TIMES_NOISE = 2.0
#: and beyond that by so many standard deviations
DEVIATIONS = 3.0

Spot = str
_ALIKE = {Kind.EXTRA: Kind.MISSING}


class Outcome(Enum):
    EQUAL = "equal"
    #: nothing but noise
    NOISY = "noisy"
    DIFFERENT = "different"
    #: legacy itself failed, which says nothing of the candidate
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Seen:
    """How often a place differed: between legacy's own answers, and from the candidate's."""

    noise: int = 0
    candidate: int = 0


@dataclass(frozen=True, slots=True)
class Learned:
    """Of one endpoint: ``looks`` copies, and by spot (kind and place) how often it differed."""

    looks: int = 0
    spots: dict[Spot, Seen] = field(default_factory=dict)

    def is_noise(self, difference: Difference) -> bool:
        seen = self.spots.get(to_spot(difference))
        if seen is None or not seen.noise:
            return False
        # the rate is not better known than the looks allow
        expected = TIMES_NOISE * self.looks * (seen.noise + 1) / (self.looks + 2)
        return seen.candidate <= expected + DEVIATIONS * math.sqrt(expected)


@dataclass(frozen=True, slots=True)
class Judgement:
    outcome: Outcome
    real: tuple[Difference, ...] = ()
    noise: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Contrast:
    """One copy's differences: ``own`` between legacy's two answers, ``found`` between legacy and the candidate.

    ``unusable`` says why legacy's answers are nothing to compare with; then both are empty.
    """

    own: tuple[Difference, ...] = ()
    found: tuple[Difference, ...] = ()
    unusable: str = ""


def contrast(
    legacy: Answer | NoAnswer, again: Answer | NoAnswer | None, candidate: Answer | NoAnswer, rules: Rules
) -> Contrast:
    """``again`` is legacy's second answer, None where it was asked once."""
    for one in (legacy, again):
        if isinstance(one, NoAnswer):
            return Contrast(unusable=f"legacy did not answer: {one.reason}")
        if one is not None and one.status >= 500:
            return Contrast(unusable=f"legacy answered {one.status}")
    assert isinstance(legacy, Answer)
    own = () if again is None else compare(legacy, again, rules)
    return Contrast(own, compare(legacy, candidate, rules))


def judge(learned: Learned, seen: Contrast) -> tuple[Judgement, Learned]:
    """What was learned from this copy counts for it, too."""
    if seen.unusable:
        return Judgement(Outcome.UNUSABLE), learned
    learned = _learn(learned, seen.own, seen.found)
    # whatever differs here between legacy's own answers needs no statistics
    here = {to_spot(one) for one in seen.own}
    noise = tuple(one for one in seen.found if to_spot(one) in here or learned.is_noise(one))
    real = tuple(one for one in seen.found if one not in noise)
    outcome = Outcome.DIFFERENT if real else Outcome.NOISY if noise else Outcome.EQUAL
    return Judgement(outcome, real, noise), learned


def to_spot(difference: Difference) -> Spot:
    """A field that comes and goes is missing as often as it is extra."""
    return f"{_ALIKE.get(difference.kind, difference.kind).value} {difference.place}"


def _learn(learned: Learned, own: Iterable[Difference], found: Iterable[Difference]) -> Learned:
    spots = dict(learned.spots)
    for spot in {to_spot(one) for one in own}:
        seen = spots.get(spot, Seen())
        spots[spot] = replace(seen, noise=seen.noise + 1)
    for spot in {to_spot(one) for one in found}:
        seen = spots.get(spot, Seen())
        spots[spot] = replace(seen, candidate=seen.candidate + 1)
    if len(spots) > MOST_PLACES:
        kept = sorted(spots, key=lambda spot: -(spots[spot].noise + spots[spot].candidate))[:MOST_PLACES]
        spots = {spot: spots[spot] for spot in spots.keys() & set(kept)}
    return Learned(learned.looks + 1, spots)
