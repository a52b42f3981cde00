"""Which routes of a proxy would take the very requests that a new one is to take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stranglerfig.core.desired import Route
from stranglerfig.core.routing.paths import is_parameter, segments
from stranglerfig.core.routing.rules import Order, PathCondition, PathPattern, PathRegex, PathTemplate, Rule
from stranglerfig.core.routing.validate import check_rules


def find_clashes(rule: Rule, others: Iterable[tuple[Route, Rule]], order: Order) -> Iterator[tuple[Route, str]]:
    """Each route that cannot stand beside ``rule``, with the reason. Only few of ten thousand are looked at closely."""
    if order is Order.PRIORITY:
        for route, _ in others:
            if route.priority == rule.priority:
                yield route, f"it has priority {rule.priority}"
        return
    outline = [_outline(path) for path in rule.conditions.paths]
    is_template = any(isinstance(path, PathTemplate) for path in rule.conditions.paths)
    for route, other in others:
        paths = other.conditions.paths
        if _is_alike(paths, outline) or (is_template and any(isinstance(path, PathTemplate) for path in paths)):
            problems = check_rules((other, rule), order)
            if problems:
                yield route, problems[0]


def _is_alike(paths: tuple[PathCondition, ...], outline: list[str]) -> bool:
    return any(_outline(path) in outline for path in paths)


def _outline(path: PathCondition) -> str:
    """Equal for paths that may mean the same."""
    match path:
        case PathTemplate(text):
            return "/" + "/".join("{}" if is_parameter(part) else part for part in segments(text))
        case PathPattern(text) | PathRegex(text):
            return f"*{text}"
        case plain:
            return plain.path
