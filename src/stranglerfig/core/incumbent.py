"""Who answers today what a new route is to take over."""

from __future__ import annotations

from collections.abc import Sequence

from stranglerfig.core.conditions_text import FULL_WEIGHT, render_conditions
from stranglerfig.core.desired import Route, RouteSide, RouteState
from stranglerfig.core.routing.explain import explain
from stranglerfig.core.routing.paths import is_parameter, segments
from stranglerfig.core.routing.rules import (
    Conditions,
    Order,
    PathCondition,
    PathExact,
    PathPrefix,
    PathTemplate,
    Request,
    Rule,
)


def find_incumbent(rules: Sequence[Rule], order: Order, conditions: Conditions) -> str | None:
    """The id of the rule that takes a request like those of ``conditions``; None if none does."""
    request = to_sample(conditions)
    path = request.target.partition("?")[0]
    # Ten thousand routes are sifted by a plain comparison first; explaining looks at each much more closely.
    near = [rule for rule in rules if not rule.conditions.paths or _may_match(rule.conditions.paths, path)]
    explanation = explain(near, order, request, {})
    return None if explanation.winner is None else explanation.winner.rule.id


def heavier_side(route: Route) -> RouteSide:
    """Whoever gets most of its requests; the candidate when it is even."""
    return route.candidate if route.weight * 2 >= FULL_WEIGHT else route.legacy


def growing_sides(before: Route | None, after: Route) -> list[str]:
    """The target groups that get more of its requests than before."""
    if after.state is RouteState.INACTIVE:
        return []
    was_active = before is not None and before.state is RouteState.ACTIVE
    former = before.weight if before is not None and was_active else 0
    if before is not None and before.candidate.group != after.candidate.group:
        former = 0
    growing = [after.candidate.group] if after.weight > former else []
    return growing + ([after.legacy.group] if was_active and after.weight < former else [])


def to_sample(conditions: Conditions) -> Request:
    """A request that meets them, with ``x`` for whatever is left open."""
    text = render_conditions(conditions)
    parts = ["x" if is_parameter(part) else part for part in segments(text.path)]
    path = _fill("/" + "/".join(parts)) if text.pattern or "{" in text.path else text.path
    query = f"?{_fill(text.queries[0])}" if text.queries else ""
    split = [line.partition(": ") for line in text.headers]
    return Request(
        method=text.methods[0] if text.methods else "GET",
        target=path + query,
        host=_fill(text.hosts[0]) if text.hosts else "localhost",
        headers=tuple((name, _fill(value)) for name, _, value in split),
        source=text.sources[0].partition("/")[0] if text.sources else "127.0.0.1",
    )


def _fill(pattern: str) -> str:
    return pattern.replace("*", "x").replace("?", "x")


def _may_match(paths: tuple[PathCondition, ...], path: str) -> bool:
    for condition in paths:
        if isinstance(condition, PathPrefix | PathExact):
            if path.startswith(condition.path):
                return True
        elif not isinstance(condition, PathTemplate) or path.startswith(condition.path.partition("{")[0]):
            return True
    return False
