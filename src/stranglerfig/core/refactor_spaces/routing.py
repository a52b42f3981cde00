"""A route as its proxy has it (pure)."""

from __future__ import annotations

from stranglerfig.core.conditions_text import count_segments, render_weight
from stranglerfig.core.desired import Route as ProxyRoute
from stranglerfig.core.desired import RouteSide, RouteState
from stranglerfig.core.refactor_spaces.resources import Route, Service
from stranglerfig.core.routing.rules import Conditions, PathCondition, PathExact, PathPrefix, PathTemplate


def to_side(service: Service, strip: int = 0) -> RouteSide:
    return RouteSide(service.group, strip, service.base_path)


def to_proxy_route(route: Route, service: Service, legacy: RouteSide, *, active: bool) -> ProxyRoute:
    """``legacy`` is who answers the path without it. Not for the default route."""
    path = to_path(route.source_path or "/", children=route.children)
    strip = 0 if route.append else count_segments(path)
    return ProxyRoute(
        id=route.rule,
        conditions=Conditions((path,), route.methods),
        candidate=to_side(service, strip),
        legacy=legacy,
        state=RouteState.ACTIVE if active else RouteState.INACTIVE,
    )


def to_path(source_path: str, *, children: bool) -> PathCondition:
    if "{" in source_path:
        return PathTemplate(source_path, children)
    return PathPrefix(source_path) if children else PathExact(source_path)


def to_share(proxy: str, route: ProxyRoute) -> dict[str, object]:
    """What the API cannot say of a route: who gets how much."""
    return {
        "Proxy": proxy,
        "Route": route.id,
        "Weight": render_weight(route.weight),
        "Candidate": route.candidate.group,
        "Legacy": route.legacy.group,
    }
