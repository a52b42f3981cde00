"""Declarations and books with defaults, so that a test states only what it is about."""

from __future__ import annotations

from typing import Any

from stranglerfig.core.conditions_text import ConditionsText, parse_conditions
from stranglerfig.core.declared.declaration import ProxyDeclaration, RouteDeclaration
from stranglerfig.core.declared.plan import ProxyPlan
from stranglerfig.core.declared.planning import plan_proxy
from stranglerfig.core.desired import Desired, Proxy, Route, RouteSide, TargetGroup, UrlTargets

MONOLITH = "http://127.0.0.1:8000"
SOURCE = "forum/test/shop"


def a_group(name: str, port: int) -> TargetGroup:
    return TargetGroup(name, UrlTargets((f"http://127.0.0.1:{port}",)))


def books(*proxies: Proxy, groups: tuple[TargetGroup, ...] = ()) -> Desired:
    """``monolith`` is at port 8000, ``users`` at 8001, ``posts`` at 8002."""
    known = [a_group(name, 8000 + number) for number, name in enumerate(("monolith", "users", "posts"))]
    return Desired({proxy.name: proxy for proxy in proxies}, {one.name: one for one in (*known, *groups)})


def a_declared_route(name: str, path: str, to: str = "users", **more: Any) -> RouteDeclaration:
    """``methods``, ``exact`` and ``pattern`` as in ``ConditionsText``."""
    text = {key: more.pop(key) for key in ("methods", "exact", "pattern") if key in more}
    return RouteDeclaration(name, parse_conditions(ConditionsText(path, **text)), to, **more)


def a_declaration(*routes: RouteDeclaration, **more: Any) -> ProxyDeclaration:
    return ProxyDeclaration(
        **{"name": "forum.test.shop", "source": SOURCE, "default": "monolith", **more}, routes=routes
    )


def a_route_by_hand(name: str, path: str, to: str = "users", legacy: str = "monolith", **more: Any) -> Route:
    conditions = parse_conditions(ConditionsText(path))
    return Route(name, conditions, RouteSide(to), RouteSide(legacy), **more)


def after(plan: ProxyPlan, desired: Desired) -> Desired:
    """The books once the plan is carried out."""
    groups = {**desired.groups, **{group.name: group for group in plan.groups}}
    return Desired({**desired.proxies, plan.after.name: plan.after}, groups)


def deployed(declaration: ProxyDeclaration, desired: Desired | None = None) -> Desired:
    known = books() if desired is None else desired
    return after(plan_proxy(declaration, known), known)
