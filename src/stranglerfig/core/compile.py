"""What is desired, turned into what HAProxy holds. Pure; what did not change is the same object as before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from stranglerfig.core.conditions_text import FULL_WEIGHT
from stranglerfig.core.containers import ContainerTargets
from stranglerfig.core.desired import ProcessTargets, Proxy, Route, RouteSide, RouteState, TargetGroup, UrlTargets
from stranglerfig.core.ingress import pool_name
from stranglerfig.core.routing.cohorts import within_cohort
from stranglerfig.core.routing.rules import Conditions, Forward, Order, PathPrefix, Rule, WeightedGroup
from stranglerfig.core.routing.stages import below_stage
from stranglerfig.core.topology import Group, HealthCheck, HostHeader, Listener, Server
from stranglerfig.core.urls import parse_target_url

#: the id of the rule that takes what no route takes
DEFAULT_RULE = "default"
#: between a route's id and the number of its cohort; no id of a route has it
COHORT = ".cohort-"
EVERYTHING = Conditions(paths=(PathPrefix("/"),))


class Pool(NamedTuple):
    """The servers of a target group as one way of asking them needs it; see ``ingress.pool_name``. ``user`` is the one
    route that sends there, empty for all others."""

    group: str
    base_path: str
    user: str = ""

    @property
    def name(self) -> str:
        return pool_name(*self)


@dataclass(frozen=True, slots=True)
class CompiledProxy:
    """A listener, and the route that each of its rules was made of.

    ``pools`` are what it sends to, those of inactive routes too: making one active is to need nothing that HAProxy has
    not.
    """

    proxy: Proxy
    listener: Listener
    rules: dict[str, tuple[Route, Rule]] = field(default_factory=dict)
    pools: frozenset[Pool] = frozenset()


def compile_proxy(proxy: Proxy, previous: CompiledProxy | None = None) -> CompiledProxy:
    """``previous`` saves the rules of routes that are still the same objects."""
    if previous is not None and previous.proxy is proxy:
        return previous
    known = previous.rules if previous is not None and previous.proxy.stage == proxy.stage else {}
    rules: dict[str, tuple[Route, Rule]] = {}
    for route in proxy.routes:
        if route.state is RouteState.ACTIVE:
            kept = known.get(route.id)
            if kept is None or kept[0] is not route:
                kept = (route, compile_route(route, proxy))
            rules[route.id] = kept
    cohorts = [rule for route, _ in rules.values() if route.cohorts for rule in compile_cohorts(route, proxy)]
    own = [rule for _, rule in rules.values()]
    listener = Listener(
        name=proxy.name,
        host=proxy.host,
        port=proxy.port,
        # Where nothing else decides the first one wins: by priority a cohort, before its own route; else those that ask
        # for as much by themselves.
        rules=(*([*cohorts, *own] if proxy.order is Order.PRIORITY else [*own, *cohorts]), *compile_default(proxy)),
        order=proxy.order,
        http2=proxy.http2,
        # Another program may have its port by now: no reason to serve nothing else.
        may_wait=True,
        # The stage alone takes one off; a route as deep as its path must not have to wait for a reload.
        strips=bool(proxy.stage),
    )
    return CompiledProxy(proxy, listener, rules, _pools(proxy))


def compile_route(route: Route, proxy: Proxy) -> Rule:
    return Rule(route.id, below_stage(route.conditions, proxy.stage), _to_forward(route, proxy), route.priority)


def compile_cohorts(route: Route, proxy: Proxy) -> Iterator[Rule]:
    """Each asks for more than the route, and so comes before it."""
    to_candidate = Forward((_to_candidate(route, proxy, 1),))
    for number, cohort in enumerate(route.cohorts, start=1):
        conditions = below_stage(within_cohort(route.conditions, cohort), proxy.stage)
        yield Rule(f"{route.id}{COHORT}{number}", conditions, to_candidate, route.priority)


def pool_of(proxy: str, route: Route, side: RouteSide) -> Pool:
    return Pool(side.group, side.base_path, _user(proxy, route))


def compile_default(proxy: Proxy) -> tuple[Rule, ...]:
    """None for a proxy without a default."""
    if proxy.default_side is None:
        return ()
    # By priority the default rule is known by having neither number nor condition, as the load balancer has it.
    conditions = Conditions() if proxy.order is Order.PRIORITY else below_stage(EVERYTHING, proxy.stage)
    side = proxy.default_side
    weighted = _to_weighted(side, Pool(side.group, side.base_path), 1, proxy.stage)
    return (Rule(DEFAULT_RULE, conditions, Forward((weighted,))),)


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


def _to_forward(route: Route, proxy: Proxy) -> Forward:
    whole, rest = FULL_WEIGHT, FULL_WEIGHT - route.weight
    if route.weight >= whole or route.candidate == route.legacy:
        return Forward((_to_candidate(route, proxy, 1),))
    if route.weight <= 0:
        return Forward((_to_legacy(route, proxy, 1),))
    return Forward((_to_candidate(route, proxy, route.weight), _to_legacy(route, proxy, rest)), sticky=route.sticky)


def _to_candidate(route: Route, proxy: Proxy, weight: int) -> WeightedGroup:
    return _to_weighted(route.candidate, pool_of(proxy.name, route, route.candidate), weight, proxy.stage)


def _to_legacy(route: Route, proxy: Proxy, weight: int) -> WeightedGroup:
    """A route changes nothing for who answered before: an exact path must not lose its trailing slash there."""
    weighted = _to_weighted(route.legacy, pool_of(proxy.name, route, route.legacy), weight, proxy.stage)
    return replace(weighted, as_sent=route.legacy.strip == 0)


def _to_weighted(side: RouteSide, pool: Pool, weight: int, stage: str) -> WeightedGroup:
    return WeightedGroup(pool.name, weight, side.strip + bool(stage))


def _pools(proxy: Proxy) -> frozenset[Pool]:
    # Of ten thousand routes nearly all send to the same few: only what differs becomes a value.
    found = set()
    for route in proxy.routes:
        user = _user(proxy.name, route)
        for side in (route.candidate, route.legacy):
            found.add((side.group, side.base_path, user))
    default = proxy.default_side
    if default is not None:
        found.add((default.group, default.base_path, ""))
    return frozenset(Pool(*one) for one in found)


def _user(proxy: str, route: Route) -> str:
    return f"{proxy}/{route.id}" if route.measured else ""


def _compile_url_group(group: TargetGroup, targets: UrlTargets) -> Group:
    urls = [parse_target_url(url) for url in targets.urls]
    return Group(
        name=group.name,
        servers=tuple(
            Server(f"u{number}", url.host, url.port, check_port=group.health.port)
            for number, url in enumerate(urls, start=1)
        ),
        health=group.health,
        base_path=urls[0].base_path,
        host_header=urls[0].authority if targets.host_header is HostHeader.TARGET else None,
        tls=targets.tls,
        retry_empty=len(urls) > 1,
    )
