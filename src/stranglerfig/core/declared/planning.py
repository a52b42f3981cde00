"""What a deploy of a declared proxy changes in the books. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, field, replace

from stranglerfig.core.application import owner_of
from stranglerfig.core.compile import EVERYTHING, compile_proxy
from stranglerfig.core.conditions_text import FULL_WEIGHT, count_segments
from stranglerfig.core.declared.checking import check_declaration
from stranglerfig.core.declared.declaration import ProxyDeclaration, RouteDeclaration
from stranglerfig.core.declared.destinations import find_destination
from stranglerfig.core.declared.legacies import with_legacies
from stranglerfig.core.declared.plan import Held, ProxyPlan, UnderWay
from stranglerfig.core.declared.shadowing import ShadowDeclaration, change_shadows
from stranglerfig.core.desired import Desired, Proxy, Route, RouteSide, RouteState, TargetGroup
from stranglerfig.core.routing.rules import Order
from stranglerfig.core.routing.validate import check_rule, check_together
from stranglerfig.core.urls import is_same_host
from stranglerfig.errors import Conflict, NotFound, UsageError

LOCALHOST = "127.0.0.1"
#: what a running shift owns of a route, and what the manifest calls it
_WORDS = {
    "conditions": "path and conditions",
    "candidate": "to",
    "weight": "weight",
    "sticky": "sticky",
    "state": "state",
    "priority": "priority",
}
NOTHING = UnderWay()
#: problems in one message
MOST_TOLD = 5


@dataclass(slots=True)
class _Groups:
    """Those that there are, and new ones as they are asked for."""

    known: dict[str, TargetGroup]
    taken: Set[str]
    new: dict[str, TargetGroup] = field(default_factory=dict)

    def find(self, to: str, name_for_new: str) -> str:
        owner = owner_of(to) if "://" not in to else None
        if owner is not None and to not in self.known:
            app, environment, name = to.split(".")
            raise NotFound(
                f"{owner} is not deployed",
                hint=f"Deploy it first: `fig svc deploy --name {name} --env {environment} --app {app}`.",
            )
        groups = {**self.known, **self.new}
        found = find_destination(groups, to, name_for_new, self.taken | self.new.keys())
        if found.new is not None:
            self.new[found.group] = found.new
        return found.group


def plan_proxy(
    declaration: ProxyDeclaration,
    desired: Desired,
    taken: Set[str] = frozenset(),
    under_way: UnderWay = NOTHING,
) -> ProxyPlan:
    """``taken`` are names that a new target group cannot have besides those that there are."""
    check_declaration(declaration)
    before = desired.proxies.get(declaration.name)
    _refuse_other(declaration, before)
    groups = _Groups(desired.groups, taken | desired.groups.keys())
    base = _to_proxy(declaration, before, groups)
    shifting = under_way.shifting
    held = tuple(_held(declaration, before, base, groups, shifting))
    routes = tuple(_to_routes(declaration, before, base, groups, shifting))
    after = with_legacies(replace(base, routes=routes), declaration, before, groups.find, shifting)
    _refuse_unsound(before, after)
    kept = {route.id for route in declaration.routes}
    by_hand = tuple(one.id for one in after.routes if one.id not in kept)
    shadows = change_shadows(dict(_shadows(declaration, after, groups)), under_way.shadows)
    due, spent = _next_shifts(before, after, under_way)
    return ProxyPlan(before, after, tuple(groups.new.values()), by_hand, held, due, spent, shadows)


def _next_shifts(before: Proxy | None, after: Proxy, under_way: UnderWay) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Routes whose shift is to begin, and those whose candidate has been tried."""
    ready = [
        route
        for route in after.routes
        if route.declared and route.shift is not None and route.state is RouteState.ACTIVE and route.weight == 0
    ]
    # One of that name may have been another, long ago.
    known = {route.id for route in before.routes} if before is not None else set()
    waiting = [route for route in ready if route.id not in under_way.shifting]
    spent = [one.id for one in waiting if one.id in known and (one.id, one.candidate.group) in under_way.tried]
    return tuple(one.id for one in waiting if one.id not in spent), tuple(spent)


def _shadows(declaration: ProxyDeclaration, after: Proxy, groups: _Groups) -> Iterator[tuple[str, ShadowDeclaration]]:
    candidates = {route.id: route.candidate.group for route in after.routes}
    for wanted in declaration.routes:
        if wanted.shadow is not None:
            to, name_for_new = wanted.shadow.to, f"{after.name}-{wanted.id}-candidate"
            group = candidates[wanted.id] if to is None else groups.find(to, name_for_new)
            yield wanted.id, replace(wanted.shadow, to=group)


def _refuse_other(declaration: ProxyDeclaration, before: Proxy | None) -> None:
    if before is None:
        return
    if before.declared_by not in ("", declaration.source):
        raise Conflict(
            f"proxy {before.name!r} is deployed from {before.declared_by}, not from {declaration.source}",
            hint="Give one of the two another name with `proxy` in its manifest.",
        )
    moves_host = declaration.host is not None and not is_same_host(declaration.host, before.host)
    if moves_host or declaration.port not in (None, before.port):
        wanted = f"{declaration.host or before.host} port {declaration.port or before.port}"
        raise Conflict(
            f"proxy {before.name!r} listens on {before.host} port {before.port}, and cannot move to {wanted}",
            hint=f"Its clients are there. `fig proxy delete {before.name}` closes it; the next deploy opens it anew.",
        )


def _to_proxy(declaration: ProxyDeclaration, before: Proxy | None, groups: _Groups) -> Proxy:
    """Without routes yet."""
    default = groups.find(declaration.default, f"{declaration.name}-default")
    host, port = (LOCALHOST, 0) if before is None else (before.host, before.port)
    if before is None:
        host, port = declaration.host or host, declaration.port or port
    return Proxy(
        declaration.name,
        host,
        port,
        default,
        declaration.order,
        declaration.http2,
        declared_by=declaration.source,
    )


def _held(
    declaration: ProxyDeclaration, before: Proxy | None, base: Proxy, groups: _Groups, shifting: Set[str]
) -> Iterator[Held]:
    known = {route.id: route for route in before.routes} if before is not None else {}
    # What a route is not given is not made either.
    others = _Groups(groups.known, groups.taken, dict(groups.new))
    for wanted in declaration.routes:
        route = known.get(wanted.id)
        if route is not None and route.id in shifting:
            other = _to_route(replace(wanted, shift=None), route, base, others)
            if wanted.shift is not None:
                other = replace(other, weight=route.weight)
            values = tuple(word for name, word in _WORDS.items() if getattr(other, name) != getattr(route, name))
            yield Held(route.id, route.weight, values)


def _to_routes(
    declaration: ProxyDeclaration, before: Proxy | None, base: Proxy, groups: _Groups, shifting: Set[str]
) -> Iterator[Route]:
    """Those that there are in their places, new ones behind."""
    declared = {route.id: route for route in declaration.routes}
    default = RouteSide(base.default or "")
    for known in before.routes if before is not None else ():
        wanted = declared.pop(known.id, None)
        if wanted is not None and known.id in shifting:
            yield _marked(known, wanted)
        elif wanted is not None:
            yield _to_route(wanted, known, base, groups)
        elif not known.declared:
            yield known
        elif known.id in shifting:
            raise Conflict(
                f"route {known.id!r} is being shifted, and the manifest has it no more",
                hint=f"`fig shift abort {base.name} {known.id}` gives the shift up, with all traffic back to legacy.",
            )
    for wanted in declared.values():
        draft = Route(wanted.id, wanted.conditions, default, default, weight=0)
        yield _to_route(wanted, draft, base, groups)


def _to_route(wanted: RouteDeclaration, known: Route, base: Proxy, groups: _Groups) -> Route:
    """``known`` with all that is declared, but for its legacy side."""
    strip = count_segments(wanted.conditions.paths[0]) if wanted.strip else 0
    candidate = RouteSide(groups.find(wanted.to, f"{base.name}-{wanted.id}"), strip)
    return replace(
        _marked(known, wanted),
        conditions=wanted.conditions,
        candidate=candidate,
        weight=wanted.weight if wanted.shift is None else _shifted_weight(known, candidate, base.name),
        sticky=wanted.sticky,
        state=wanted.state,
        priority=wanted.priority,
    )


def _marked(known: Route, wanted: RouteDeclaration) -> Route:
    """With what no request notices."""
    return replace(known, owner=wanted.owner, expires=wanted.expires, shift=wanted.shift, declared=True)


def _shifted_weight(known: Route, candidate: RouteSide, proxy: str) -> int:
    """What shifts have made of it; none for another candidate, to whom the next one leads."""
    if known.candidate.group == candidate.group:
        return known.weight
    if known.weight not in (0, FULL_WEIGHT):
        raise Conflict(
            f"{known.weight / 100:g} % of route {known.id!r} are with {known.candidate.group}: a shift to"
            f" {candidate.group} begins where one side has all",
            hint=f"Give all of it to one side first, with `fig route set {proxy} {known.id} --weight`.",
        )
    return 0


def _refuse_unsound(before: Proxy | None, after: Proxy) -> None:
    for route in after.routes:
        if route.conditions == EVERYTHING:
            raise UsageError(
                f"route {route.id!r} would take everything: that is the proxy's default",
                hint="Name a path below /, or restrict it by method, host or header.",
            )
        if (route.priority is None) is (after.order is Order.PRIORITY):
            lacks = "needs a priority" if after.order is Order.PRIORITY else "cannot have a priority"
            raise UsageError(
                f"route {route.id!r} {lacks}: proxy {after.name!r} goes by {_ORDERS[after.order]}",
                hint="`fig route set PROXY ROUTE --priority N` gives one to a route that was made by hand."
                if not route.declared
                else "Mend `order` or `priority` in the manifest.",
            )
        if route.declared and route.candidate == route.legacy and route.weight < FULL_WEIGHT:
            raise UsageError(
                f"route {route.id!r}: {route.legacy.group!r} answers this path already, there is nothing to split",
                hint="Name another target with `to`, or leave `weight` out to pin the path to it.",
            )
    problems = [problem for problem in _problems(after) if problem not in set(_problems(before))]
    if problems:
        raise Conflict(
            f"proxy {after.name!r} cannot be: {'; '.join(problems[:MOST_TOLD])}",
            hint=f"`fig route ls {after.name}` lists what there is; a manifest takes a route over by its id.",
        )


_ORDERS = {Order.PRIORITY: "priority", Order.SPECIFIC: "the most specific route"}


def _problems(proxy: Proxy | None) -> list[str]:
    if proxy is None:
        return []
    # What sleeps has to be right, too, but may stand in the way of others.
    awake = replace(proxy, routes=tuple(replace(route, state=RouteState.ACTIVE) for route in proxy.routes))
    each = (rule for _, rule in compile_proxy(awake).rules.values())
    alone = [f"route {rule.id}: {problem}" for rule in each for problem in check_rule(rule, proxy.order)]
    return alone + check_together(compile_proxy(proxy).listener.rules, proxy.order)
