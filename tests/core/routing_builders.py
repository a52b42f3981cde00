"""Rules and requests with defaults, so that a test states only what it is about."""

from __future__ import annotations

from stranglerfig.core.routing.precedence import Alternative, expand
from stranglerfig.core.routing.rules import (
    Action,
    Conditions,
    Forward,
    HeaderCondition,
    HostCondition,
    PathCondition,
    PathExact,
    PathPattern,
    PathPrefix,
    PathTemplate,
    QueryCondition,
    Request,
    Rule,
    SourceCondition,
    WeightedGroup,
)


def to(*groups: str | WeightedGroup) -> Forward:
    return Forward(tuple(WeightedGroup(group) if isinstance(group, str) else group for group in groups))


def a_path(text: str) -> PathCondition:
    """``/a`` exact, ``/a/…`` with everything below, ``/a/{x}`` a template, ``~/a*`` a pattern."""
    if text.startswith("~"):
        return PathPattern(text[1:])
    below = text.endswith("/…")
    plain = text.removesuffix("/…") or "/"
    if "{" in plain:
        return PathTemplate(plain, below)
    return PathPrefix(plain) if below else PathExact(plain)


def a_rule(
    name: str = "r",
    *paths: str | PathCondition,
    action: Action | None = None,
    priority: int | None = None,
    conditions: Conditions | None = None,
) -> Rule:
    """Forwards to a group of its own name; ``conditions`` replaces ``paths``."""
    wanted = tuple(a_path(path) if isinstance(path, str) else path for path in paths)
    return Rule(name, conditions or Conditions(paths=wanted), action or to(name), priority)


def asks(
    *paths: str | PathCondition,
    methods: str = "",
    host: str = "",
    headers: tuple[HeaderCondition, ...] = (),
    queries: tuple[QueryCondition, ...] = (),
    source: str = "",
) -> Conditions:
    """Methods, hosts and networks as words of one text."""
    return Conditions(
        paths=tuple(a_path(path) if isinstance(path, str) else path for path in paths),
        methods=tuple(methods.split()),
        host=HostCondition(tuple(host.split())) if host else None,
        headers=headers,
        queries=queries,
        source=SourceCondition(tuple(source.split())) if source else None,
    )


def only(rule: Rule) -> Alternative:
    (alternative,) = expand([rule])
    return alternative


def get(target: str = "/", method: str = "GET", **others: str) -> Request:
    return Request(method, target, **others)  # type: ignore[arg-type]
