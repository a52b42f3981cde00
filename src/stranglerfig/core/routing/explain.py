"""What happens to one request, and why: the answer to ``fig route explain``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType
from typing import assert_never

from stranglerfig.core.routing.admission import admit
from stranglerfig.core.routing.canonical import Refusal, Target, parse_target
from stranglerfig.core.routing.match import matches
from stranglerfig.core.routing.paths import path_matches
from stranglerfig.core.routing.precedence import Alternative, ordered
from stranglerfig.core.routing.reasons import why_before
from stranglerfig.core.routing.rewrite import redirect_location, upstream_target
from stranglerfig.core.routing.rules import FixedResponse, Forward, Order, Redirect, Request, Rule
from stranglerfig.core.split import WHOLE, thresholds

#: the answer when no rule matches: API Gateway's words where Refactor Spaces' order holds
NO_MATCH: Mapping[Order, FixedResponse] = MappingProxyType(
    {
        Order.SPECIFIC: FixedResponse(403, "application/json", '{"message":"Missing Authentication Token"}'),
        Order.PRIORITY: FixedResponse(404, "application/json", '{"message":"no route"}'),
    }
)


class Verdict(Enum):
    #: to one or more target groups
    FORWARD = "forward"
    #: to another URL
    REDIRECT = "redirect"
    #: a fixed answer: the rule's own, or that no rule matches
    RESPOND = "respond"
    #: answered before any rule is looked at
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Share:
    """One target group's part of the requests (0 to 1), and the path and query that it sees."""

    group: str
    share: float
    target: str


@dataclass(frozen=True, slots=True)
class Loser:
    """A rule that matches too, or would but for one condition; and the reason why it is not the one."""

    rule: Rule
    reason: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """``why`` is why the winner won, why the request is refused, or that nothing matched.

    ``missed`` are rules whose path matches while another condition does not.
    """

    verdict: Verdict
    why: str
    canonical_path: str | None = None
    winner: Alternative | None = None
    shadowed: tuple[Loser, ...] = ()
    missed: tuple[Loser, ...] = ()
    shares: tuple[Share, ...] = ()
    #: of a redirect, a fixed answer or a refusal
    status: int | None = None
    location: str | None = None
    response: FixedResponse | None = None


def explain(rules: Sequence[Rule], order: Order, request: Request, base_paths: Mapping[str, str]) -> Explanation:
    """``base_paths`` by target group; a group that is not in it has none."""
    admitted = admit(request)
    if isinstance(admitted, Refusal):
        return Explanation(Verdict.REFUSE, admitted.reason, status=admitted.status)
    path = admitted.path
    # by rule: one that matches by several paths counts with its best
    hits: dict[str, Alternative] = {}
    missed: dict[str, Loser] = {}
    # OPTIONS * is about the server as such, not about anything that a rule could mean
    for alternative in ordered(rules, order) if path != "*" else ():
        miss = matches(alternative, request, path)
        if miss is None:
            hits.setdefault(alternative.rule.id, alternative)
        elif path_matches(alternative.path, path):
            missed.setdefault(alternative.rule.id, Loser(alternative.rule, miss))
    if not hits:
        return replace(_respond(NO_MATCH[order], path), why="no rule matches", missed=tuple(missed.values()))
    winner, *others = hits.values()
    shadowed = tuple(Loser(other.rule, why_before(winner, other, order)) for other in others)
    why = shadowed[0].reason if shadowed else "it is the only rule that matches"
    outcome = _outcome(winner, request, path, base_paths)
    return replace(outcome, why=why, winner=winner, shadowed=shadowed, missed=tuple(missed.values()))


def _outcome(winner: Alternative, request: Request, path: str, base_paths: Mapping[str, str]) -> Explanation:
    target = Target(path, parse_target(request.target).query)
    match winner.rule.action:
        case Forward() as forward:
            shares = _shares(winner, forward, target, base_paths)
            return Explanation(Verdict.FORWARD, "", path, shares=shares)
        case Redirect(status) as redirect:
            location = redirect_location(redirect, request, target)
            return Explanation(Verdict.REDIRECT, "", path, status=status, location=location)
        case FixedResponse() as response:
            return _respond(response, path)
        case _:  # pragma: no cover
            assert_never(winner.rule.action)


def _respond(response: FixedResponse, path: str) -> Explanation:
    return Explanation(Verdict.RESPOND, "", path, status=response.status, response=response)


def _shares(winner: Alternative, forward: Forward, target: Target, base_paths: Mapping[str, str]) -> tuple[Share, ...]:
    ends = thresholds([weighted.weight for weighted in forward.groups])
    starts = (0, *ends)
    return tuple(
        Share(
            weighted.group,
            (end - start) / WHOLE,
            upstream_target(winner.path, weighted, base_paths.get(weighted.group, ""), target, forward.url_rewrite),
        )
        for weighted, start, end in zip(forward.groups, starts, ends, strict=False)
    )
