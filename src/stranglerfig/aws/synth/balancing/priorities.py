"""The number of each rule of a listener, whoever is deployed first. Pure.

A rule that may take the same requests as another gets a number on its side of it, by ``core.routing``'s precedence; so
what is matched does not depend on the order of deployments. A number once given stays as long as it is on the right
side.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from stranglerfig.aws.synth.balancing.places import FIRST, LAST, place_of, tie_of
from stranglerfig.core.routing.cover import may_overlap
from stranglerfig.core.routing.precedence import Alternative, Specificity, expand, specificity
from stranglerfig.core.routing.rules import Conditions, FixedResponse, Rule
from stranglerfig.errors import Conflict

#: between two rules that meet, for those that come between them
ROOM = 100
#: between a rule and those near it that it does not meet: a later one may meet both
SPACE = 8
#: begins the owner of a rule of a proxy, which stands before services: of two rules alike, its own comes first
PROXY = "proxy:"
Rank = tuple[Specificity, float, str, int]


@dataclass(frozen=True, slots=True)
class RuleOfOwner:
    """The rule number ``at`` of a workload or a proxy."""

    owner: str
    at: int
    conditions: Conditions


class SameRequests(Conflict):
    """``rule`` is the one that has no place beside the other."""

    def __init__(self, rule: RuleOfOwner, what: str, other: str) -> None:
        super().__init__(
            f"{what} takes the same requests as {other}, and only one of them would get any",
            hint="Give one of them another path or another host in its manifest.",
        )
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Numbered:
    """``is_kept``: it was numbered by Copilot, in the order of deployments, and stays as it was."""

    number: int
    rule: RuleOfOwner
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class Claims:
    """What a deploy has to write down, and the numbers of its rules, in order."""

    numbers: tuple[int, ...]
    new: tuple[Numbered, ...] = ()
    changed: tuple[Numbered, ...] = ()


def claim(
    owner: str, wanted: Sequence[Conditions], written: Collection[Numbered], occupied: Collection[int] = ()
) -> Claims:
    """``occupied`` are numbers that the listener has besides. Raises ``Conflict`` where no number will do."""
    return claim_all([RuleOfOwner(owner, at, one) for at, one in enumerate(wanted)], written, occupied)


def claim_all(rules: Sequence[RuleOfOwner], written: Collection[Numbered], occupied: Collection[int] = ()) -> Claims:
    """The same for rules of several owners."""
    owners = {rule.owner for rule in rules}
    others = [one for one in written if one.rule.owner not in owners]
    table = _Table(others, {one.number for one in written} | set(occupied))
    numbers, new, changed = [], [], []
    for rule in rules:
        _refuse_same(rule, table.numbered)
        mine = [one for one in written if (one.rule.owner, one.rule.at) == (rule.owner, rule.at)]
        mine.sort(key=lambda one: (one.rule.conditions != rule.conditions, one.number))
        found = next((one for one in mine if table.allows(rule, one)), None)
        if found is None:
            found = Numbered(table.choose(rule), rule)
            new.append(found)
        elif found.rule != rule:
            found = Numbered(found.number, rule)
            changed.append(found)
        table.add(found)
        numbers.append(found.number)
    return Claims(tuple(numbers), tuple(new), tuple(changed))


def rank_of(rule: RuleOfOwner) -> Rank:
    """Smaller is tried before. A rule with several paths ranks by its widest one, as it has one number for all."""
    widest = max(specificity(one) for one in _alternatives(rule.conditions))
    return (widest, _tie(rule), rule.owner, rule.at)


def meet(one: Conditions, other: Conditions) -> bool:
    """Whether some request may be both's."""
    if one.methods and other.methods and not set(one.methods) & set(other.methods):
        return False
    return any(may_overlap(left, right) for left in _alternatives(one) for right in _alternatives(other))


@dataclass(slots=True)
class _Table:
    numbered: list[Numbered]
    used: set[int]
    ranks: dict[RuleOfOwner, Rank] = field(default_factory=dict)

    def add(self, one: Numbered) -> None:
        self.numbered.append(one)
        self.used.add(one.number)

    def allows(self, rule: RuleOfOwner, has: Numbered) -> bool:
        if has.is_kept and has.rule == rule:
            return True
        low, high = self._between(rule, self._meeting(rule))
        return low < has.number < high

    def choose(self, rule: RuleOfOwner) -> int:
        meeting = self._meeting(rule)
        best = place_of(self._rank(rule)[0], _tie(rule))
        low, high = self._between(rule, meeting)
        start = _within(best, low, high, ROOM)
        # Rather in order with those near it, too: between two that are the other way round no third one could stand.
        near_low, near_high = self._between(rule, self._near(rule, best))
        lower, upper = max(low, near_low), min(high, near_high)
        number = self._nearest(_within(start, lower, upper, SPACE), lower, upper)
        if number is None:
            number = self._nearest(start, low, high)
        if number is None:
            raise self._no_room(rule, meeting)
        return number

    def _near(self, rule: RuleOfOwner, best: int) -> list[Numbered]:
        """Those whose place does not tell which of the two stands first."""
        place = place_of(self._rank(rule)[0], 0)
        return [
            one
            for one in self.numbered
            if not one.is_kept and (abs(one.number - best) <= ROOM or place_of(self._rank(one.rule)[0], 0) == place)
        ]

    def _between(self, rule: RuleOfOwner, others: Iterable[Numbered]) -> tuple[int, int]:
        """Both excluded."""
        rank, low, high = self._rank(rule), FIRST - 1, LAST + 1
        for other in others:
            if self._rank(other.rule) < rank:
                low = max(low, other.number)
            else:
                high = min(high, other.number)
        return low, high

    def _nearest(self, start: int, low: int, high: int) -> int | None:
        """The free number next to ``start``; both bounds are excluded."""
        for distance in range(high - low):
            for number in (start + distance, start - distance):
                if low < number < high and number not in self.used:
                    return number
        return None

    def _meeting(self, rule: RuleOfOwner) -> list[Numbered]:
        return [one for one in self.numbered if meet(one.rule.conditions, rule.conditions)]

    def _rank(self, rule: RuleOfOwner) -> Rank:
        if rule not in self.ranks:
            self.ranks[rule] = rank_of(rule)
        return self.ranks[rule]

    def _no_room(self, rule: RuleOfOwner, meeting: Sequence[Numbered]) -> Conflict:
        rank = self._rank(rule)
        before = [one for one in meeting if self._rank(one.rule) < rank]
        after = [one for one in meeting if self._rank(one.rule) > rank]
        told = [
            *(f"after {in_words(one.rule.owner)} ({one.number})" for one in sorted(before, key=_number)[-1:]),
            *(f"before {in_words(one.rule.owner)} ({one.number})" for one in sorted(after, key=_number)[:1]),
        ]
        return Conflict(
            f"there is no number for a rule of {in_words(rule.owner)}: it must stand {' and '.join(told)}",
            hint="A rule keeps its number while it stays as it is. Change the path of one of the two, or delete it and"
            " deploy it again: it gets another number then.",
        )


def in_words(owner: str) -> str:
    if not owner.startswith(PROXY):
        return owner
    proxy, _, route = owner.removeprefix(PROXY).rpartition("/")
    return f"route {route} of proxy {proxy.replace('/', '.')}"


def _within(best: int, low: int, high: int, room: int) -> int:
    """The best place that leaves as much of ``room`` on both sides as there is."""
    room = max(1, min(room, (high - low) // 2))
    return min(max(best, low + room), high - room)


def _tie(rule: RuleOfOwner) -> float:
    return 0.0 if rule.owner.startswith(PROXY) else tie_of(rule.owner, rule.at)


def _refuse_same(rule: RuleOfOwner, numbered: Iterable[Numbered]) -> None:
    """Of a service and a proxy before it both may have it."""
    is_proxy = rule.owner.startswith(PROXY)
    alike = (one for one in numbered if one.rule.owner.startswith(PROXY) is is_proxy and not one.is_kept)
    same = next((one for one in alike if one.rule.conditions == rule.conditions), None)
    if same is not None:
        who = "another rule of its own" if same.rule.owner == rule.owner else in_words(same.rule.owner)
        what = in_words(rule.owner) if is_proxy else f"rule {rule.at} of {rule.owner}"
        raise SameRequests(rule, what, who)


def _number(one: Numbered) -> int:
    return one.number


def _alternatives(conditions: Conditions) -> tuple[Alternative, ...]:
    return expand((Rule("any", conditions, FixedResponse(503)),))
