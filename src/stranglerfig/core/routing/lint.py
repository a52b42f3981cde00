"""Rules that are allowed and yet probably not meant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import combinations

from stranglerfig.core.ingress import to_group_name
from stranglerfig.core.routing.cover import covers, literal_head, may_overlap
from stranglerfig.core.routing.paths import path_text
from stranglerfig.core.routing.precedence import Alternative, ordered, specificity
from stranglerfig.core.routing.rules import Forward, Order, PathPattern, PathRegex, Rule

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Kind(Enum):
    #: earlier rules take everything that the rule would
    UNREACHABLE = "unreachable"
    #: only their position decides between two rules that can match the same request
    OVERLAP = "overlap"
    #: a pattern such as ``/img*`` takes ``/imgage`` too
    BOUNDARY = "boundary"
    #: methods that the rule does not name go elsewhere
    METHOD_GAP = "method-gap"
    #: a target group with a share of the requests has no targets
    EMPTY_GROUP = "empty-group"


@dataclass(frozen=True, slots=True)
class Finding:
    kind: Kind
    rule: str
    message: str
    mend: str


def lint(rules: Sequence[Rule], order: Order, empty_groups: frozenset[str] = frozenset()) -> list[Finding]:
    """Sorted by kind, then in the order in which rules are tried."""
    alternatives = ordered(rules, order)
    table = _Table(alternatives)
    findings = [
        *_unreachable(table),
        *(_overlaps(alternatives) if order is Order.SPECIFIC else ()),
        *_boundaries(alternatives),
        *_method_gaps(table),
        *_empty_groups(rules, empty_groups),
    ]
    # a rule of several paths can say the same thing twice
    return list(dict.fromkeys(findings))


class _Table:
    """Alternatives by the literal segments they begin with: ten thousand routes are not to be compared in pairs."""

    def __init__(self, alternatives: Sequence[Alternative]) -> None:
        self.alternatives = alternatives
        self._by_head: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, alternative in enumerate(alternatives):
            self._by_head[literal_head(alternative.path)].append(place)

    def covering(self, alternative: Alternative) -> Iterator[tuple[int, Alternative]]:
        """Those that take all of its requests, methods aside, in order; itself among them."""
        head = literal_head(alternative.path)
        above = sorted(place for depth in range(len(head) + 1) for place in self._by_head.get(head[:depth], ()))
        for place in above:
            if covers(self.alternatives[place], alternative):
                yield place, self.alternatives[place]

    def covering_before(self, place: int) -> list[Alternative]:
        return [other for earlier, other in self.covering(self.alternatives[place]) if earlier < place]


def _unreachable(table: _Table) -> Iterator[Finding]:
    for place, alternative in enumerate(table.alternatives):
        if isinstance(alternative.path, PathPattern) and "//" in alternative.path.pattern:
            yield Finding(
                Kind.UNREACHABLE,
                alternative.rule.id,
                f"{path_text(alternative.path)} is never reached: a path has one slash for many before rules see it",
                "Write / for //.",
            )
            continue
        named = alternative.rule.conditions.methods
        left = set(named)
        takers: list[str] = []
        for other in table.covering_before(place):
            methods = other.rule.conditions.methods
            if methods and not left.intersection(methods):
                continue
            takers.append(other.rule.id)
            left.difference_update(methods)
            if not methods or (named and not left):
                verb = "takes" if len(takers) == 1 else "take"
                yield Finding(
                    Kind.UNREACHABLE,
                    alternative.rule.id,
                    f"{path_text(alternative.path)} is never reached: {' and '.join(takers)} {verb} all of it before",
                    f"Delete the path from {alternative.rule.id}, or let it be tried before {takers[0]}.",
                )
                break


def _overlaps(alternatives: Sequence[Alternative]) -> Iterator[Finding]:
    """Equal rank means equal shape, so plain paths can only meet when they are the same."""
    alike: defaultdict[tuple[object, ...], list[Alternative]] = defaultdict(list)
    for alternative in alternatives:
        free = isinstance(alternative.path, PathPattern | PathRegex)
        alike[specificity(alternative), None if free else literal_head(alternative.path)].append(alternative)
    for group in alike.values():
        for first, second in combinations(group, 2):
            if _only_position_decides(first, second):
                yield Finding(
                    Kind.OVERLAP,
                    second.rule.id,
                    f"{path_text(second.path)} and {path_text(first.path)} of {first.rule.id} can mean the same"
                    f" request, and {first.rule.id} wins only because it stands before",
                    "Make one of them more specific, or use priorities.",
                )


def _only_position_decides(first: Alternative, second: Alternative) -> bool:
    ours, theirs = first.rule.conditions.methods, second.rule.conditions.methods
    if first.rule is second.rule or first.rule.action == second.rule.action:
        return False
    return (not ours or not theirs or bool(set(ours) & set(theirs))) and may_overlap(first, second)


def _boundaries(alternatives: Sequence[Alternative]) -> Iterator[Finding]:
    for alternative in alternatives:
        pattern = alternative.path.pattern if isinstance(alternative.path, PathPattern) else ""
        stem = pattern.rstrip("*")
        if stem != pattern and stem and stem[-1] not in "/?*":
            yield Finding(
                Kind.BOUNDARY,
                alternative.rule.id,
                f"pattern {pattern} takes {stem}xyz too, not only {stem} and what is below it",
                f"Use the two patterns {stem} and {stem}/*.",
            )


def _method_gaps(table: _Table) -> Iterator[Finding]:
    for alternative in table.alternatives:
        named = alternative.rule.conditions.methods
        if not named:
            continue
        elsewhere: defaultdict[str, list[str]] = defaultdict(list)
        for method in (method for method in _METHODS if method not in named):
            taker = _taker(table, alternative, method)
            if taker is None or taker.rule.action != alternative.rule.action:
                elsewhere[f"to {taker.rule.id}" if taker else "unanswered"].append(method)
        for whither, methods in elsewhere.items():
            if "HEAD" in methods and "GET" in named:
                methods.remove("HEAD")
                yield _method_gap(alternative, ["HEAD"], whither, "Add the method HEAD.")
            if methods:
                mend = "Name these methods too, or none, unless they are to go there."
                yield _method_gap(alternative, methods, whither, mend)


def _method_gap(alternative: Alternative, missing: list[str], whither: str, mend: str) -> Finding:
    named, verb = ", ".join(alternative.rule.conditions.methods), "goes" if len(missing) == 1 else "go"
    message = f"{path_text(alternative.path)} takes {named} but not {', '.join(missing)}, which {verb} {whither}"
    return Finding(Kind.METHOD_GAP, alternative.rule.id, message, mend)


def _taker(table: _Table, alternative: Alternative, method: str) -> Alternative | None:
    for _, other in table.covering(alternative):
        if not other.rule.conditions.methods or method in other.rule.conditions.methods:
            return other
    return None


def _empty_groups(rules: Sequence[Rule], empty: frozenset[str]) -> Iterator[Finding]:
    for rule in rules:
        if not isinstance(rule.action, Forward):
            continue
        whole = sum(weighted.weight for weighted in rule.action.groups)
        for weighted in rule.action.groups:
            if weighted.group in empty and weighted.weight > 0:
                share = f"{weighted.weight / whole * 100:.4g} % of its requests fail"
                group = to_group_name(weighted.group)
                message = f"target group {group} has no targets: {share}"
                yield Finding(Kind.EMPTY_GROUP, rule.id, message, f"Give {group} a target, or weight 0.")
