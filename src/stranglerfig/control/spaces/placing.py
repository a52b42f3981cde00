"""A route's place in its proxy: put there, switched, taken away. What is done here is in the books alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stranglerfig.control.books import Books, Undo
from stranglerfig.control.loops import refuse_loop
from stranglerfig.core.compile import DEFAULT_RULE
from stranglerfig.core.conditions_text import FULL_WEIGHT
from stranglerfig.core.desired import Proxy, RouteSide, RouteState
from stranglerfig.core.desired import Route as ProxyRoute
from stranglerfig.core.incumbent import find_incumbent, heavier_side
from stranglerfig.core.refactor_spaces.resources import Route, Service
from stranglerfig.core.refactor_spaces.routing import to_proxy_route, to_side
from stranglerfig.core.routing.stages import below_stage


@dataclass(slots=True)
class RoutePlace:
    books: Books
    proxy_name: str

    def put(self, route: Route, service: Service) -> list[Undo]:
        """As it is wanted, and in the place of the one that it replaces. Raises ``Refused`` for a loop."""
        undos: list[Undo] = []
        try:
            if route.is_default:
                undos += self._put_default(to_side(service) if route.active else None, route)
            else:
                undos += self._put_route(route, service)
            refuse_loop(self.books.desired, self.proxy_name)
        except BaseException:
            for undo in reversed(undos):
                undo()
            raise
        return undos

    def is_taken_by(self, route: Route, service: Service) -> bool:
        """Whether one that replaces another has its place already: a daemon has died between that and the rest. There
        is no way back then, so its service is not looked at again.
        """
        if route.replaces is None:
            return False
        proxy = self.books.proxy(self.proxy_name)
        if route.is_default:
            return proxy.default_side == to_side(service)
        known, wanted = _find(proxy, route.rule), to_proxy_route(route, service, to_side(service), active=route.active)
        return known is not None and replace(known, legacy=wanted.legacy, sticky=wanted.sticky) == wanted

    def take_away(self, route: Route) -> list[Undo]:
        """Nothing, if it is not there: the place of one that was to replace another is still the other's."""
        proxy = self.books.desired.proxies.get(self.proxy_name)
        if proxy is None or route.replaces is not None:
            return []
        reason = f"{route.facts.id} is deleted"
        if route.is_default:
            return [self.books.save_proxy(replace(proxy, default=None, base_path=""), reason)]
        if _find(proxy, route.rule) is None:
            return []
        return [self.books.delete_route(self.proxy_name, route.rule, reason)]

    def release(self, group: str) -> list[Undo]:
        """Routes that have moved away from it whole need not remember it."""
        proxy = self.books.desired.proxies.get(self.proxy_name)
        if proxy is None:
            return []
        undos: list[Undo] = []
        for route in proxy.routes:
            if route.legacy.group == group and route.weight >= FULL_WEIGHT:
                freed = replace(route, legacy=proxy.default_side or route.candidate)
                undos.append(self.books.save_route(proxy.name, freed, f"{group} is deleted"))
        return undos

    def _put_default(self, side: RouteSide | None, route: Route) -> list[Undo]:
        proxy = self.books.proxy(self.proxy_name)
        before = proxy.default_side
        proxy = replace(proxy, default=side.group if side else None, base_path=side.base_path if side else "")
        if before is not None and side is not None:
            moved = tuple(_with_legacy(one, before, side) for one in proxy.routes)
            proxy = replace(proxy, routes=moved)
        return [self.books.save_proxy(proxy, f"default route {route.facts.id}")]

    def _put_route(self, route: Route, service: Service) -> list[Undo]:
        proxy = self.books.proxy(self.proxy_name)
        known = _find(proxy, route.rule)
        if known is not None and route.replaces is None:
            # Whatever fig's own commands have made of it since, its weight for one, stays.
            state = RouteState.ACTIVE if route.active else RouteState.INACTIVE
            return [self.books.save_route(proxy.name, replace(known, state=state), f"{route.facts.id} {state.value}")]
        wanted = to_proxy_route(route, service, self._legacy(proxy, route, service), active=route.active)
        return [self.books.save_route(proxy.name, wanted, f"route {route.facts.id}")]

    def _legacy(self, proxy: Proxy, route: Route, service: Service) -> RouteSide:
        """Who answers the path without it."""
        others = replace(proxy, routes=tuple(one for one in proxy.routes if one.id != route.rule))
        compiled = self.books.compiled(proxy)
        wanted = to_proxy_route(route, service, to_side(service), active=True).conditions
        rules = [rule for rule in compiled.listener.rules if rule.id != route.rule]
        winner = find_incumbent(rules, proxy.order, below_stage(wanted, proxy.stage))
        if winner is not None and winner != DEFAULT_RULE:
            return heavier_side(next(one for one in others.routes if one.id == winner))
        return proxy.default_side or to_side(service)


def _find(proxy: Proxy, rule: str) -> ProxyRoute | None:
    return next((route for route in proxy.routes if route.id == rule), None)


def _with_legacy(route: ProxyRoute, before: RouteSide, side: RouteSide) -> ProxyRoute:
    """A split keeps who has the rest of it."""
    return replace(route, legacy=side) if route.legacy == before and route.weight >= FULL_WEIGHT else route
