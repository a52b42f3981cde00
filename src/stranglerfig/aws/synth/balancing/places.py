"""Where among the numbers of a listener a rule would best stand, from nothing but what it asks for. Pure.

A balancer tries rules by their numbers and knows nothing of specificity; ``core.routing.precedence`` has a total order
of it. So each step of that order takes a part of the span that the step before has left, more specific parts first, as
arithmetic coding does. Common kinds of rule have wide parts; fine differences are left out. The last step is by a hash
of the rule's owner, so that rules alike spread.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from stranglerfig.core.routing.precedence import HostRank, Segment, Specificity

FIRST, LAST = 1, 50_000
#: Copilot counts its own from 1 upwards, below what is ours
FIRST_OF_OURS = 1_000
#: As with Copilot, what takes every path of every host stands behind all others.
FIRST_OF_ROOT = 48_000
#: Of 100, how much of what is left each step gives to which of its kinds, in the order of precedence.
_HOSTS = {HostRank.EXACT: 45, HostRank.WILDCARD: 10, HostRank.REGEX: 3, HostRank.ANY: 42}
_SEGMENTS = {
    Segment.LITERAL: 68,
    Segment.PARAMETER: 6,
    Segment.END: 5,
    Segment.PATTERN: 6,
    Segment.CHILDREN: 13,
    Segment.ANYTHING: 2,
}
Step = tuple[Sequence[int], int]
_ROOTS: dict[Segment, Step] = {Segment.CHILDREN: ((70, 30), 0), Segment.ANYTHING: ((70, 30), 1)}
_METHODS = (20, 80)
#: five and more first, none last
_CONDITIONS = (2, 3, 5, 10, 20, 60)
_LONGEST = 128
#: Lengths of hosts that differ by less share a part.
_LENGTHS_IN_ONE = 4
_USUAL_LENGTHS = range(8, 48)
_LENGTHS = tuple(
    4 if length in _USUAL_LENGTHS else 1
    for length in range(_LONGEST - _LONGEST % _LENGTHS_IN_ONE, -1, -_LENGTHS_IN_ONE)
)


def place_of(wanted: Specificity, tie: float) -> int:
    """``tie`` is from 0 to 1: see ``tie_of``."""
    host, _ = wanted.host
    if host is HostRank.ANY and wanted.path[0] in _ROOTS:
        return _within(FIRST_OF_ROOT, LAST + 1, [(_ROOTS[wanted.path[0]]), *_of_conditions(wanted)], tie)
    return _within(FIRST_OF_OURS, FIRST_OF_ROOT, [*_of_host(wanted), *_of_path(wanted), *_of_conditions(wanted)], tie)


def tie_of(owner: str, at: int) -> float:
    """Which of two rules alike stands before the other: the same in every order of deployment."""
    digest = hashlib.blake2s(f"{owner} {at}".encode(), digest_size=6).digest()
    return int.from_bytes(digest) / 2**48


def _of_host(wanted: Specificity) -> Iterator[Step]:
    host, literals = wanted.host
    yield tuple(_HOSTS.values()), host
    if host in (HostRank.EXACT, HostRank.WILDCARD):
        yield _LENGTHS, len(_LENGTHS) - 1 - min(-literals, _LONGEST) // _LENGTHS_IN_ONE


def _of_path(wanted: Specificity) -> Iterator[Step]:
    for segment in wanted.path:
        yield tuple(_SEGMENTS.values()), segment


def _of_conditions(wanted: Specificity) -> Iterator[Step]:
    yield _METHODS, int(wanted.all_methods)
    yield _CONDITIONS, max(0, len(_CONDITIONS) - 1 + wanted.other_conditions)


def _within(low: float, high: float, steps: Iterable[Step], tie: float) -> int:
    size = high - low
    for shares, index in steps:
        low, size = low + size * sum(shares[:index]) / sum(shares), size * shares[index] / sum(shares)
    return int(low + size * tie)
