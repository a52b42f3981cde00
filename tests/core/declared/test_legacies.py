"""Whoever answers without a route is found among few rules as among all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.compile import EVERYTHING, compile_proxy
from stranglerfig.core.declared.legacies import with_legacies
from stranglerfig.core.desired import Proxy, Route, RouteSide
from stranglerfig.core.incumbent import find_incumbent, heavier_side
from stranglerfig.core.routing.rules import Conditions, Order, PathCondition
from tests.core.declared.builders import a_declaration, a_declared_route
from tests.core.routing_strategies import path_conditions

DEFAULT = RouteSide("monolith")


def by_all_rules(proxy: Proxy, route: Route) -> RouteSide:
    others = [rule for rule in compile_proxy(proxy).listener.rules if rule.id != route.id]
    winner = find_incumbent(others, proxy.order, route.conditions)
    return next((heavier_side(one) for one in proxy.routes if one.id == winner), DEFAULT)


@given(st.lists(st.tuples(path_conditions, st.integers(0, 10_000)), max_size=6), st.sampled_from(Order))
def test_the_same_side_is_found_as_by_a_look_at_all_rules(paths: list[tuple[PathCondition, int]], order: Order) -> None:
    routes = tuple(
        Route(f"r{number}", Conditions((path,)), RouteSide(f"t{number}"), DEFAULT, weight, priority=number + 1)
        for number, (path, weight) in enumerate(paths)
    )
    routes = tuple(route for route in routes if route.conditions != EVERYTHING)
    proxy = Proxy("shop", "127.0.0.1", 8080, DEFAULT.group, order, routes=routes)
    declaration = a_declaration(*(a_declared_route(route.id, "/any") for route in routes))
    found = with_legacies(proxy, declaration, None, lambda to, name: to, frozenset())

    assert [route.legacy for route in found.routes] == [by_all_rules(proxy, route) for route in routes]
