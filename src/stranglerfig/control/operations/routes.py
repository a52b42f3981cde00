"""Routes: peel a path off a proxy, change its share, take it back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stranglerfig.control.books import Undo
from stranglerfig.control.context import Control
from stranglerfig.control.loops import refuse_loop
from stranglerfig.control.operations.addresses import require_answerers, resolve_destination, settle_destination
from stranglerfig.control.operations.refactor_spaces.ownership import refuse_owned_route
from stranglerfig.control.operations.shifting.guard import refuse_shifting
from stranglerfig.core.clashes import find_clashes
from stranglerfig.core.compile import DEFAULT_RULE, EVERYTHING, compile_route
from stranglerfig.core.conditions_text import (
    FULL_WEIGHT,
    ConditionsText,
    count_segments,
    parse_conditions,
    parse_methods,
    render_conditions,
)
from stranglerfig.core.declared.destinations import Destination, find_destination
from stranglerfig.core.desired import Proxy, Route, RouteSide, RouteState
from stranglerfig.core.incumbent import find_incumbent, growing_sides, heavier_side
from stranglerfig.core.names import to_slug, to_unique
from stranglerfig.core.routing.rules import Conditions, Order, Sticky
from stranglerfig.core.routing.stages import below_stage
from stranglerfig.core.routing.validate import check_rule
from stranglerfig.errors import Conflict, NotFound, UsageError


@dataclass(frozen=True, slots=True)
class NewRoute:
    """``to`` is a URL or the name of a target; ``legacy`` a name, None for whoever answers the path now.

    ``force`` sends requests even to a target that has nobody to answer them.
    """

    conditions: ConditionsText
    to: str
    weight: int = FULL_WEIGHT
    strip: bool = False
    sticky: Sticky = Sticky()
    legacy: str | None = None
    priority: int | None = None
    state: RouteState = RouteState.ACTIVE
    force: bool = False


@dataclass(frozen=True, slots=True)
class RouteChange:
    """What is None stays. ``force`` as in ``NewRoute``."""

    weight: int | None = None
    methods: tuple[str, ...] | None = None
    sticky: Sticky | None = None
    priority: int | None = None
    state: RouteState | None = None
    force: bool = False


def find_route(control: Control, proxy: str, route_id: str) -> Route:
    for route in control.books.proxy(proxy).routes:
        if route.id == route_id:
            return route
    raise NotFound(f"no route {route_id!r} in proxy {proxy!r}", hint=f"`fig route ls {proxy}` lists its routes.")


async def create_route(control: Control, proxy_name: str, wanted: NewRoute) -> Route:
    """In force for every new request when this returns."""
    conditions = parse_conditions(wanted.conditions)
    proxy = control.books.proxy(proxy_name)
    # Checked before the target is tried, so that a slip is answered at once.
    draft = _to_route(control, proxy, wanted, conditions, Destination(wanted.to))
    _check(control, proxy, replace(draft, weight=FULL_WEIGHT))
    name_for_new = f"{proxy_name}-{to_slug(wanted.conditions.path, otherwise='path')}"
    destination = await resolve_destination(control, wanted.to, name_for_new)
    if not wanted.force:
        await _require_answerers(control, None, replace(draft, candidate=RouteSide(destination.group)))
    destination = settle_destination(control, destination, name_for_new)
    if control.books.proxy(proxy_name) is not proxy:
        # Others came first while the target was tried.
        proxy = control.books.proxy(proxy_name)
        draft = _to_route(control, proxy, wanted, conditions, destination)
        _check(control, proxy, draft)
    route = replace(draft, candidate=replace(draft.candidate, group=destination.group))
    if route.candidate == route.legacy and route.weight < FULL_WEIGHT:
        raise UsageError(
            f"target {route.legacy.group!r} answers this path already: there is nothing to split",
            hint="Name another target with `--to`, or leave `--weight` out to pin the path to it.",
        )
    undos: list[Undo] = []
    reason = f"{wanted.conditions.path} to {wanted.to}, weight {wanted.weight / 100:g} %"
    if destination.new is not None:
        undos.append(control.books.save_group(destination.new, reason))
    undos.append(control.books.save_route(proxy_name, route, reason))
    try:
        refuse_loop(control.books.desired, proxy_name)
    except BaseException:
        for undo in reversed(undos):
            undo()
        raise
    await control.applier.follow(*undos)
    return route


def draft_route(control: Control, proxy: Proxy, wanted: NewRoute) -> Route:
    """As it would be made in ``proxy``, which need not be that of the books. Whether anybody answers is not asked."""
    groups = control.books.desired.groups
    destination = find_destination(
        groups, wanted.to, f"{proxy.name}-{to_slug(wanted.conditions.path, otherwise='path')}", groups
    )
    draft = _to_route(control, proxy, wanted, parse_conditions(wanted.conditions), destination)
    _check(control, proxy, draft)
    return draft


async def change_route(control: Control, proxy_name: str, route_id: str, change: RouteChange) -> Route:
    """In force for every new request when this returns."""
    before = find_route(control, proxy_name, route_id)
    refuse_shifting(control, proxy_name, route_id)
    if (change.methods, change.state, change.priority) != (None, None, None):
        refuse_owned_route(control, proxy_name, route_id)
    route = replace(
        before,
        weight=before.weight if change.weight is None else change.weight,
        sticky=before.sticky if change.sticky is None else change.sticky,
        priority=before.priority if change.priority is None else change.priority,
        state=before.state if change.state is None else change.state,
    )
    if change.methods is not None:
        route = replace(route, conditions=replace(route.conditions, methods=parse_methods(change.methods)))
    if (route.conditions, route.priority, route.sticky, route.state) != (
        before.conditions,
        before.priority,
        before.sticky,
        before.state,
    ):
        _check(control, control.books.proxy(proxy_name), route)
    if not change.force:
        await _require_answerers(control, before, route)
    await control.applier.follow(control.books.save_route(proxy_name, route, _describe_change(before, route)))
    return route


async def delete_route(control: Control, proxy_name: str, route_id: str) -> None:
    """Its path goes back to whatever else matches it."""
    find_route(control, proxy_name, route_id)
    refuse_owned_route(control, proxy_name, route_id)
    refuse_shifting(control, proxy_name, route_id)
    await control.applier.follow(control.books.delete_route(proxy_name, route_id, "deleted by its user"))


def _to_route(
    control: Control, proxy: Proxy, wanted: NewRoute, conditions: Conditions, destination: Destination
) -> Route:
    strip = count_segments(conditions.paths[0]) if wanted.strip else 0
    taken = {route.id for route in proxy.routes} | {DEFAULT_RULE}
    return Route(
        id=to_unique(to_slug(wanted.conditions.path, otherwise="route"), taken),
        conditions=conditions,
        candidate=RouteSide(destination.group, strip),
        legacy=_find_legacy(control, proxy, wanted, conditions),
        weight=wanted.weight,
        sticky=wanted.sticky,
        state=wanted.state,
        priority=wanted.priority,
    )


def _find_legacy(control: Control, proxy: Proxy, wanted: NewRoute, conditions: Conditions) -> RouteSide:
    if wanted.legacy is not None:
        return RouteSide(control.books.group(wanted.legacy).name)
    compiled = control.books.compiled(proxy)
    winner = find_incumbent(compiled.listener.rules, proxy.order, below_stage(conditions, proxy.stage))
    if winner in compiled.rules:
        return heavier_side(compiled.rules[winner][0])
    if proxy.default_side is None:
        raise UsageError(
            f"proxy {proxy.name!r} has no default: nobody answers this path now, whom the rest would stay with",
            hint=f"`fig proxy set {proxy.name} --to URL` gives it one.",
        )
    return proxy.default_side


def _check(control: Control, proxy: Proxy, route: Route) -> None:
    if route.conditions == EVERYTHING:
        raise UsageError(
            "this route would take everything: that is the proxy's default",
            hint="Name a path below /, or restrict it by method, host or header.",
        )
    _check_priority(proxy, route)
    rule = compile_route(route, proxy)
    problems = check_rule(rule, proxy.order)
    if problems:
        path = render_conditions(route.conditions).path
        raise UsageError(
            f"route {path!r} cannot be: {'; '.join(problems)}", hint="`fig route add --help` has examples."
        )
    if route.state is RouteState.INACTIVE:
        return
    active = control.books.compiled(proxy).rules
    others = [pair for route_id, pair in active.items() if route_id != route.id]
    for other, reason in find_clashes(rule, others, proxy.order):
        raise Conflict(
            f"route {other.id!r} of proxy {proxy.name!r} stands in the way: {reason}",
            hint=f"Change that one with `fig route set {proxy.name} {other.id}`, or delete it first.",
        )


async def _require_answerers(control: Control, before: Route | None, after: Route) -> None:
    """A side whose share grows must have somebody: a cut-over or a way back into nothing would fail every request."""
    for name in growing_sides(before, after) if control.books.desired.running else ():
        await require_answerers(control, name)


def _check_priority(proxy: Proxy, route: Route) -> None:
    if proxy.order is Order.PRIORITY and route.priority is None:
        raise UsageError(
            f"proxy {proxy.name!r} goes by priority: the route needs one",
            hint="Add `--priority N`, lowest first, from 1 to 50000.",
        )
    if proxy.order is Order.SPECIFIC and route.priority is not None:
        raise UsageError(
            f"proxy {proxy.name!r} goes by the most specific route: a priority has no meaning in it",
            hint="Leave `--priority` out, or create the proxy with `--order priority`.",
        )


def _describe_change(before: Route, after: Route) -> str:
    changes = []
    if after.weight != before.weight:
        changes.append(f"weight {before.weight / 100:g} to {after.weight / 100:g} %")
    if after.state is not before.state:
        changes.append(f"{before.state.value} to {after.state.value}")
    if after.conditions.methods != before.conditions.methods:
        changes.append(f"methods {' '.join(after.conditions.methods) or 'any'}")
    if after.sticky != before.sticky:
        changes.append(f"sticky by {after.sticky.by.value}")
    if after.priority != before.priority:
        changes.append(f"priority {after.priority}")
    return ", ".join(changes) or "set to what it was"
