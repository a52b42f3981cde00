"""Which routes of a proxy would take the very requests that a new one is to take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stranglerfig.core.desired import Route
from stranglerfig.core.routing.paths import is_parameter, segments
from stranglerfig.core.routing.rules import (
    Order,
    PathCondition,
    PathExact,
    PathPattern,
    PathPrefix,
    PathRegex,
    PathTemplate,
    Rule,
)
from stranglerfig.core.routing.validate import check_rules


def find_clashes(rule: Rule, others: Iterable[tuple[Route, Rule]], order: Order) -> Iterator[tuple[Route, str]]:
    """Each route that cannot stand beside ``rule``, with the reason. Only few of ten thousand are looked at closely."""
    if order is Order.PRIORITY:
        for route, _ in others:
            if route.priority == rule.priority:
                yield route, f"it has priority {rule.priority}"
        return
    outlines = {_outline(path) for path in rule.conditions.paths}
    is_template = any(isinstance(path, PathTemplate) for path in rule.conditions.paths)
    for route, other in others:
        for path in other.conditions.paths:
            # Plain paths are nearly all there are, and are told apart without a call.
            plain = path.path if isinstance(path, PathPrefix | PathExact) else None
            if plain not in outlines and (plain is not None or not _may_clash(path, outlines, is_template=is_template)):
                continue
            problems = check_rules((other, rule), order)
            if problems:
                yield route, problems[0]
                break


def _may_clash(path: PathCondition, outlines: set[str], *, is_template: bool) -> bool:
    return _outline(path) in outlines or (is_template and isinstance(path, PathTemplate))


def _outline(path: PathCondition) -> str:
    """Equal for paths that may mean the same."""
    match path:
        case PathTemplate(text):
            return "/" + "/".join("{}" if is_parameter(part) else part for part in segments(text))
        case PathPattern(text) | PathRegex(text):
            return f"*{text}"
        case plain:
            return plain.path
