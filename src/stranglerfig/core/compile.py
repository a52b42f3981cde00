"""What is desired, turned into what HAProxy holds. Pure; what did not change is the same object as before."""

from __future__ import annotations

from dataclasses import dataclass, field

from stranglerfig.core.conditions_text import FULL_WEIGHT
from stranglerfig.core.containers import ContainerTargets
from stranglerfig.core.desired import ProcessTargets, Proxy, Route, RouteSide, RouteState, TargetGroup, UrlTargets
from stranglerfig.core.routing.rules import Conditions, Forward, Order, PathPrefix, Rule, WeightedGroup
from stranglerfig.core.topology import Group, HealthCheck, HostHeader, Listener, Server
from stranglerfig.core.urls import parse_target_url

#: the id of the rule that takes what no route takes
DEFAULT_RULE = "default"
EVERYTHING = Conditions(paths=(PathPrefix("/"),))


@dataclass(frozen=True, slots=True)
class CompiledProxy:
    """A listener, and the route that each of its rules was made of."""

    proxy: Proxy
    listener: Listener
    rules: dict[str, tuple[Route, Rule]] = field(default_factory=dict)


def compile_proxy(proxy: Proxy, previous: CompiledProxy | None = None) -> CompiledProxy:
    """``previous`` saves the rules of routes that are still the same objects."""
    if previous is not None and previous.proxy is proxy:
        return previous
    known = previous.rules if previous is not None else {}
    rules: dict[str, tuple[Route, Rule]] = {}
    for route in proxy.routes:
        if route.state is RouteState.ACTIVE:
            kept = known.get(route.id)
            rules[route.id] = kept if kept is not None and kept[0] is route else (route, compile_route(route))
    listener = Listener(
        name=proxy.name,
        host=proxy.host,
        port=proxy.port,
        rules=(*(rule for _, rule in rules.values()), compile_default(proxy)),
        order=proxy.order,
        http2=proxy.http2,
        # Another program may have its port by now: no reason to serve nothing else.
        may_wait=True,
    )
    return CompiledProxy(proxy, listener, rules)


def compile_route(route: Route) -> Rule:
    return Rule(route.id, route.conditions, _to_forward(route), route.priority)


def compile_default(proxy: Proxy) -> Rule:
    # By priority the default rule is known by having neither number nor condition, as the load balancer has it.
    conditions = Conditions() if proxy.order is Order.PRIORITY else EVERYTHING
    return Rule(DEFAULT_RULE, conditions, Forward((WeightedGroup(proxy.default),)))


def compile_group(
    group: TargetGroup, task_servers: tuple[Server, ...] = (), task_health: HealthCheck | None = None
) -> Group:
    """``task_servers`` are the tasks in the rotation, and ``task_health`` their check unless it is the group's own; a
    group of URLs has its own servers."""
    match group.targets:
        case UrlTargets() as targets:
            return _compile_url_group(group, targets)
        case ProcessTargets() | ContainerTargets():
            return Group(group.name, task_servers, task_health or group.health)


def _to_forward(route: Route) -> Forward:
    candidate, legacy = route.candidate, route.legacy
    if route.weight >= FULL_WEIGHT or candidate == legacy:
        return Forward((_to_weighted(candidate, 1),))
    if route.weight <= 0:
        return Forward((_to_legacy(legacy, 1),))
    sides = (_to_weighted(candidate, route.weight), _to_legacy(legacy, FULL_WEIGHT - route.weight))
    return Forward(sides, sticky=route.sticky)


def _to_weighted(side: RouteSide, weight: int) -> WeightedGroup:
    return WeightedGroup(side.group, weight, side.strip)


def _to_legacy(side: RouteSide, weight: int) -> WeightedGroup:
    """A route changes nothing for who answered before: an exact path must not lose its trailing slash there."""
    return WeightedGroup(side.group, weight, side.strip, as_sent=side.strip == 0)


def _compile_url_group(group: TargetGroup, targets: UrlTargets) -> Group:
    urls = [parse_target_url(url) for url in targets.urls]
    return Group(
        name=group.name,
        servers=tuple(Server(f"u{number}", url.host, url.port) for number, url in enumerate(urls, start=1)),
        health=group.health,
        base_path=urls[0].base_path,
        host_header=urls[0].authority if targets.host_header is HostHeader.TARGET else None,
        tls=targets.tls,
        retry_empty=len(urls) > 1,
    )
