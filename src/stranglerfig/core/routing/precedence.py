"""Which of several matching rules wins: a total order that holds for every request, so that the first match wins.

``Order.PRIORITY``: ascending number, the default rule (no number) last, and position where numbers are equal.

``Order.SPECIFIC`` compares, one after the other:

1. the host: exact names (longer first), wildcard names (more literal characters first), regular expressions, any host.
   A rule with several names ranks by its widest one: it must not overtake a rule that names one host;
2. the path, segment by segment from the left: literal, ``{param}``, end of the path, pattern or regular expression,
   everything below. So an exact path beats a prefix of the same depth, and among templates the one whose first
   parameter comes later wins, whatever their number. Patterns of one rank: more literal characters first. A regular
   expression counts as a pattern from the first segment on;
3. a rule that names methods before one that takes them all;
4. more conditions on headers, query and source before fewer;
5. position in the input.

A rule with several paths takes part once for each, so every path ranks by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import assert_never

from stranglerfig.core.routing import glob
from stranglerfig.core.routing.paths import is_parameter, segments
from stranglerfig.core.routing.rules import (
    HostCondition,
    Order,
    PathCondition,
    PathExact,
    PathPattern,
    PathPrefix,
    PathRegex,
    PathTemplate,
    Rule,
)


@dataclass(frozen=True, slots=True)
class Alternative:
    """A rule by one of its paths; None when it has no path condition."""

    rule: Rule
    path: PathCondition | None


class Segment(IntEnum):
    """What a path asks for at one depth, most specific first."""

    LITERAL = 0
    PARAMETER = 1
    #: nothing may follow but a slash
    END = 2
    PATTERN = 3
    #: anything below, and the path itself
    CHILDREN = 4
    #: there is no path condition
    ANYTHING = 5


class HostRank(IntEnum):
    EXACT = 0
    WILDCARD = 1
    REGEX = 2
    ANY = 3


@dataclass(frozen=True, slots=True, order=True)
class Specificity:
    """Smaller is more specific; fields are compared in this order."""

    host: tuple[HostRank, int]
    path: tuple[Segment, ...]
    pattern_literals: int
    all_methods: bool
    other_conditions: int


def expand(rules: Sequence[Rule]) -> tuple[Alternative, ...]:
    """One alternative for each path of each rule, in the order given."""
    return tuple(Alternative(rule, path) for rule in rules for path in rule.conditions.paths or (None,))


def ordered(rules: Sequence[Rule], order: Order) -> tuple[Alternative, ...]:
    """All alternatives, first winner first. Sorting is stable, so position breaks every tie."""
    alternatives = expand(rules)
    if order is Order.PRIORITY:
        return tuple(sorted(alternatives, key=lambda one: (one.rule.priority is None, one.rule.priority or 0)))
    return tuple(sorted(alternatives, key=specificity))


def specificity(alternative: Alternative) -> Specificity:
    conditions = alternative.rule.conditions
    return Specificity(
        host=_host_rank(conditions.host),
        path=path_rank(alternative.path),
        pattern_literals=-_pattern_literals(alternative.path),
        all_methods=not conditions.methods,
        other_conditions=-(len(conditions.headers) + len(conditions.queries) + (conditions.source is not None)),
    )


def path_rank(path: PathCondition | None) -> tuple[Segment, ...]:
    match path:
        case None:
            return (Segment.ANYTHING,)
        case PathExact(text):
            return (*_segment_ranks(text), Segment.END)
        case PathPrefix(text):
            return (*_segment_ranks(text), Segment.CHILDREN)
        case PathTemplate(text, children):
            return (*_segment_ranks(text), Segment.CHILDREN if children else Segment.END)
        case PathPattern(pattern):
            return _pattern_rank(pattern)
        case PathRegex():
            return (Segment.PATTERN,)
        case _:  # pragma: no cover
            assert_never(path)


def _segment_ranks(path: str) -> tuple[Segment, ...]:
    return tuple(Segment.PARAMETER if is_parameter(part) else Segment.LITERAL for part in segments(path))


def _pattern_rank(pattern: str) -> tuple[Segment, ...]:
    """Wildcards cross slashes, so nothing is known of the depth from the first one on."""
    ranks: list[Segment] = []
    for part in segments(pattern):
        if glob.has_wildcard(part):
            return (*ranks, Segment.PATTERN)
        ranks.append(Segment.LITERAL)
    return (*ranks, Segment.END)


def _pattern_literals(path: PathCondition | None) -> int:
    return glob.literal_length(path.pattern) if isinstance(path, PathPattern) else 0


def _host_rank(host: HostCondition | None) -> tuple[HostRank, int]:
    if host is None:
        return (HostRank.ANY, 0)
    if host.regexes:
        return (HostRank.REGEX, 0)
    return max(
        (HostRank.WILDCARD if glob.has_wildcard(pattern) else HostRank.EXACT, -glob.literal_length(pattern))
        for pattern in host.patterns
    )
