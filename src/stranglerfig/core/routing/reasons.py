"""Why one rule comes before another, in words."""

from __future__ import annotations

from stranglerfig.core.routing.paths import path_text
from stranglerfig.core.routing.precedence import Alternative, HostRank, Segment, specificity
from stranglerfig.core.routing.rules import Order

_SEGMENT_WORDS = {
    Segment.LITERAL: "a literal",
    Segment.PARAMETER: "a parameter",
    Segment.END: "the end of the path",
    Segment.PATTERN: "a pattern",
    Segment.CHILDREN: "anything below",
    Segment.ANYTHING: "any path at all",
}
_HOST_WORDS = {
    HostRank.EXACT: "an exact host",
    HostRank.WILDCARD: "a host pattern",
    HostRank.REGEX: "a host regular expression",
    HostRank.ANY: "any host",
}


def why_before(first: Alternative, second: Alternative, order: Order) -> str:
    """Of two alternatives that both match, where ``first`` stands before ``second``."""
    reason = _by_priority(first, second) if order is Order.PRIORITY else _by_specificity(first, second)
    return reason or f"{first.rule.id} stands before {second.rule.id}, and nothing else tells them apart"


def _by_priority(first: Alternative, second: Alternative) -> str | None:
    one, other = first.rule.priority, second.rule.priority
    if one == other:
        return None
    if other is None:
        return f"{second.rule.id} is the default rule, which comes last"
    return f"priority {one} comes before {other}"


def _by_specificity(first: Alternative, second: Alternative) -> str | None:
    one, other = specificity(first), specificity(second)
    if one.host != other.host:
        return _host_reason(first, second, one.host, other.host)
    if one.path != other.path:
        return _path_reason(first, second, one.path, other.path)
    if one.pattern_literals != other.pattern_literals:
        return f"{path_text(first.path)} has more literal characters than {path_text(second.path)}"
    if one.all_methods != other.all_methods:
        return f"{first.rule.id} names its methods, {second.rule.id} takes all"
    if one.other_conditions != other.other_conditions:
        return (
            f"{first.rule.id} has {_conditions(one.other_conditions)} on headers, query or source, "
            f"{second.rule.id} has {-other.other_conditions}"
        )
    return None


def _host_reason(
    first: Alternative, second: Alternative, one: tuple[HostRank, int], other: tuple[HostRank, int]
) -> str:
    if one[0] is other[0]:
        return f"the host of {first.rule.id} has more literal characters than that of {second.rule.id}"
    return f"{first.rule.id} asks for {_HOST_WORDS[one[0]]}, {second.rule.id} for {_HOST_WORDS[other[0]]}"


def _path_reason(first: Alternative, second: Alternative, one: tuple[Segment, ...], other: tuple[Segment, ...]) -> str:
    # neither is the beginning of the other: each ends in a rank that only an end has
    depth = next(depth for depth, (left, right) in enumerate(zip(one, other, strict=False)) if left is not right)
    return (
        f"segment {depth + 1} of {path_text(first.path)} is {_SEGMENT_WORDS[one[depth]]}, "
        f"of {path_text(second.path)} {_SEGMENT_WORDS[other[depth]]}"
    )


def _conditions(negative: int) -> str:
    return "1 condition" if negative == -1 else f"{-negative} conditions"
