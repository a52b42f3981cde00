"""From what is desired to what HAProxy holds."""

from __future__ import annotations

from dataclasses import replace

from stranglerfig.core.compile import DEFAULT_RULE, Pool, compile_group, compile_proxy, pool_of
from stranglerfig.core.conditions_text import ConditionsText, parse_conditions
from stranglerfig.core.desired import ProcessTargets, Proxy, Route, RouteSide, RouteState, TargetGroup, UrlTargets
from stranglerfig.core.incumbent import find_incumbent, heavier_side
from stranglerfig.core.ingress import to_group_name
from stranglerfig.core.routing.rules import Conditions, Forward, Order, Sticky, StickyBy, WeightedGroup
from stranglerfig.core.topology import HostHeader, Server, Tls


def a_route(path: str = "/posts", weight: int = 10_000, **more: object) -> Route:
    conditions = parse_conditions(ConditionsText(path))
    route = Route(path.strip("/"), conditions, RouteSide("posts", 1), RouteSide("mono"), weight)
    return replace(route, **more)  # type: ignore[arg-type]


def a_proxy(*routes: Route, order: Order = Order.SPECIFIC) -> Proxy:
    return Proxy("shop", "127.0.0.1", 8080, "mono", order, routes=routes)


def forwards(proxy: Proxy) -> dict[str, object]:
    return {rule.id: rule.action for rule in compile_proxy(proxy).listener.rules}


def test_weight_0_and_100_are_one_group_and_the_default_is_last() -> None:
    assert forwards(a_proxy(a_route())) == {
        "posts": Forward((WeightedGroup("posts", 1, 1),)),
        DEFAULT_RULE: Forward((WeightedGroup("mono"),)),
    }
    assert forwards(a_proxy(a_route(weight=0)))["posts"] == Forward((WeightedGroup("mono", as_sent=True),))


def test_a_share_puts_the_candidate_first_so_that_growing_moves_nobody_back() -> None:
    sticky = Sticky(StickyBy.SOURCE)
    expected = Forward((WeightedGroup("posts", 1, 1), WeightedGroup("mono", 9_999, as_sent=True)), sticky)
    assert forwards(a_proxy(a_route(weight=1, sticky=sticky)))["posts"] == expected


def test_a_legacy_side_that_strips_goes_on_stripping() -> None:
    route = a_route("/api/posts", weight=0, legacy=RouteSide("mono", 1))
    assert forwards(a_proxy(route))["api/posts"] == Forward((WeightedGroup("mono", strip=1),))


def test_a_measured_route_has_pools_that_no_other_route_sends_to() -> None:
    route, other = a_route(weight=100, measured=True), a_route("/users")
    compiled = compile_proxy(a_proxy(route, other))

    forward = forwards(a_proxy(route, other))["posts"]
    assert isinstance(forward, Forward)
    pools = [pool_of("shop", route, side) for side in (route.candidate, route.legacy)]
    assert [one.group for one in forward.groups] == [pool.name for pool in pools]
    assert [(one.weight, one.strip, one.as_sent) for one in forward.groups] == [(100, 1, False), (9_900, 0, True)]
    assert compiled.pools == {*pools, Pool("posts", ""), Pool("mono", "")}
    assert [to_group_name(pool.name) for pool in pools] == ["posts", "mono"]
    assert len({pool.name for pool in compiled.pools}) == 4


def test_pools_of_other_routes_other_proxies_and_other_base_paths_are_others() -> None:
    measured = a_route(measured=True)
    based = replace(measured.candidate, base_path="/v1")
    names = {
        pool_of("shop", measured, measured.candidate).name,
        pool_of("forum", measured, measured.candidate).name,
        pool_of("shop", replace(measured, id="other"), measured.candidate).name,
        pool_of("shop", measured, based).name,
        pool_of("shop", replace(measured, measured=False), based).name,
    }
    assert len(names) == 5


def test_an_inactive_route_is_not_there() -> None:
    assert list(forwards(a_proxy(a_route(state=RouteState.INACTIVE)))) == [DEFAULT_RULE]


def test_by_priority_the_default_has_no_conditions() -> None:
    [default] = compile_proxy(a_proxy(order=Order.PRIORITY)).listener.rules
    assert default.conditions == Conditions()


def test_only_what_changed_is_compiled_anew() -> None:
    routes = tuple(a_route(f"/r{number}") for number in range(3))
    first = compile_proxy(a_proxy(*routes))
    second = compile_proxy(a_proxy(routes[0], replace(routes[1], weight=5), routes[2]), first)
    same = [one is other for one, other in zip(first.listener.rules, second.listener.rules, strict=True)]
    assert same[:3] == [True, False, True]
    assert compile_proxy(second.proxy, second) is second


def test_a_url_group_is_its_addresses() -> None:
    targets = UrlTargets(("https://a.example:8443/v2", "https://b.example:8443/v2"), HostHeader.TARGET, Tls())
    group = compile_group(TargetGroup("mono", targets))
    assert group.servers == (Server("u1", "a.example", 8443), Server("u2", "b.example", 8443))
    assert (group.base_path, group.host_header, group.tls, group.retry_empty) == ("/v2", "a.example:8443", Tls(), True)


def test_a_single_url_is_not_asked_twice() -> None:
    group = compile_group(TargetGroup("mono", UrlTargets(("http://127.0.0.1:8000",))))
    assert (group.retry_empty, group.host_header) == (False, None)


def test_a_process_group_is_the_tasks_in_the_rotation() -> None:
    servers = (Server("posts-1-0-a", "127.0.0.1", 4000, draining=True),)
    group = compile_group(TargetGroup("posts", ProcessTargets(("serve",), "/")), servers)
    assert (group.servers, group.retry_empty) == (servers, True)


def test_the_incumbent_is_the_heavier_side_of_the_rule_that_answers_now() -> None:
    route = a_route(weight=6_000)
    rules = compile_proxy(a_proxy(route)).listener.rules
    below = parse_conditions(ConditionsText("/posts/{id}", methods=("GET",), headers=("X-A: b*",)))
    elsewhere = parse_conditions(ConditionsText("/users"))
    assert find_incumbent(rules, Order.SPECIFIC, below) == route.id
    assert find_incumbent(rules, Order.SPECIFIC, elsewhere) == "default"
    assert (heavier_side(route), heavier_side(a_route(weight=4_000))) == (RouteSide("posts", 1), RouteSide("mono"))
