"""Who keeps what a declared route's candidate does not get. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, field, replace

from stranglerfig.core.compile import compile_proxy
from stranglerfig.core.conditions_text import FULL_WEIGHT
from stranglerfig.core.declared.declaration import ProxyDeclaration
from stranglerfig.core.desired import Proxy, Route, RouteSide
from stranglerfig.core.incumbent import find_incumbent, heavier_side, to_sample
from stranglerfig.core.routing.rules import PathExact, PathPrefix, Rule
from stranglerfig.core.routing.stages import below_stage

#: a URL or a name, and the name of the target group if it has to be made -> the target group
Find = Callable[[str, str], str]


def with_legacies(
    after: Proxy, declaration: ProxyDeclaration, before: Proxy | None, find: Find, shifting: Set[str]
) -> Proxy:
    """``after`` has the declared routes, whose legacy sides are not settled yet."""
    declared = {route.id: route for route in declaration.routes}
    known = {route.id: route for route in before.routes} if before is not None else {}
    takers = _Takers(after, compile_proxy(after).listener.rules)

    def settled(route: Route) -> Route:
        wanted = declared.get(route.id)
        if wanted is None or route.id in shifting:
            return route
        named = None if wanted.legacy is None else find(wanted.legacy, f"{after.name}-{route.id}-legacy")
        there = known.get(route.id)
        if there is not None and _moves_on(there, route) and named in (None, there.candidate.group):
            return replace(route, legacy=there.candidate)
        if there is not None and named in (None, there.legacy.group):
            # Whoever had the rest keeps it, unless that was the default, which may be another now.
            was_default = named is None and before is not None and there.legacy == before.default_side
            return replace(route, legacy=after.default_side if was_default and after.default_side else there.legacy)
        side = takers.besides(route)
        return replace(route, legacy=side if named in (None, side.group) else RouteSide(named or ""))

    return replace(after, routes=tuple(map(settled, after.routes)))


def _moves_on(before: Route, after: Route) -> bool:
    """From a candidate that has all of it to the next one, by a shift."""
    is_another = before.candidate.group != after.candidate.group
    return after.shift is not None and is_another and before.weight >= FULL_WEIGHT


@dataclass(slots=True)
class _Takers:
    """Rules by their plain path: of a thousand new routes each asks who would answer without it."""

    proxy: Proxy
    rules: Sequence[Rule]
    _plain: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _others: list[int] = field(default_factory=list)
    _routes: dict[str, Route] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._routes = {route.id: route for route in self.proxy.routes}
        for place, rule in enumerate(self.rules):
            paths = [path.path for path in rule.conditions.paths if isinstance(path, PathPrefix | PathExact)]
            if not paths or len(paths) < len(rule.conditions.paths):
                self._others.append(place)
            else:
                for path in paths:
                    self._plain[path].append(place)

    def besides(self, route: Route) -> RouteSide:
        """Who would answer its path without it."""
        conditions = below_stage(route.conditions, self.proxy.stage)
        above = self._above(to_sample(conditions).target.partition("?")[0])
        near = [rule for rule in map(self.rules.__getitem__, above) if rule.id != route.id]
        taker = self._routes.get(find_incumbent(near, self.proxy.order, conditions) or "")
        side = heavier_side(taker) if taker is not None else self.proxy.default_side
        assert side is not None
        return side

    def _above(self, path: str) -> list[int]:
        """The places, in order, of rules whose path is this one or above it, and of those without a plain one."""
        parts = path.rstrip("/").split("/")
        paths = {"/", *("/".join(parts[:depth]) for depth in range(2, len(parts) + 1))}
        return sorted({*self._others, *(place for one in paths for place in self._plain.get(one, ()))})
