"""Who answers today what a new route is to take over."""

from __future__ import annotations

from collections.abc import Sequence

from stranglerfig.core.conditions_text import render_conditions
from stranglerfig.core.desired import RouteSide
from stranglerfig.core.routing.explain import explain
from stranglerfig.core.routing.paths import is_parameter, segments
from stranglerfig.core.routing.rules import (
    Conditions,
    Forward,
    Order,
    PathCondition,
    PathExact,
    PathPrefix,
    PathTemplate,
    Request,
    Rule,
)


def find_incumbent(rules: Sequence[Rule], order: Order, conditions: Conditions) -> RouteSide | None:
    """The heaviest side of whatever rule takes a request like those of ``conditions``; None if none forwards it."""
    request = to_sample(conditions)
    path = request.target.partition("?")[0]
    # Ten thousand routes are sifted by a plain comparison first; explaining looks at each much more closely.
    near = [rule for rule in rules if not rule.conditions.paths or _may_match(rule.conditions.paths, path)]
    explanation = explain(near, order, request, {})
    if explanation.winner is None or not isinstance(explanation.winner.rule.action, Forward):
        return None
    heaviest = max(explanation.winner.rule.action.groups, key=lambda weighted: weighted.weight)
    return RouteSide(heaviest.group, heaviest.strip)


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
