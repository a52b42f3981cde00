"""Begin a shift."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stranglerfig.control.books import Undo
from stranglerfig.control.context import Control
from stranglerfig.control.loops import refuse_loop
from stranglerfig.control.operations.addresses import (
    require_answerers,
    resolve_destination,
    settle_destination,
)
from stranglerfig.control.operations.refactor_spaces.ownership import refuse_owned_route
from stranglerfig.control.operations.routes import find_route
from stranglerfig.control.operations.shifting.guard import refuse_shifting
from stranglerfig.core.compile import compile_cohorts
from stranglerfig.core.conditions_text import render_path
from stranglerfig.core.declared.destinations import Destination
from stranglerfig.core.desired import Desired, Route, RouteSide, RouteState, TargetGroup
from stranglerfig.core.routing.validate import check_rule
from stranglerfig.core.shift.plan import Plan
from stranglerfig.core.shift.record import ShiftRecord
from stranglerfig.core.shift.shift import Shift
from stranglerfig.core.shift.terms import Hooks, check_webhook
from stranglerfig.errors import Conflict, Refused, UsageError


@dataclass(frozen=True, slots=True)
class NewShift:
    """``to`` is a URL or the name of a target; None: the candidate that the route has. ``cohorts`` as in
    ``core.desired.Route``."""

    plan: Plan
    to: str | None = None
    hooks: Hooks = Hooks()
    cohorts: tuple[str, ...] = ()
    force: bool = False


async def start_shift(control: Control, proxy: str, route_id: str, wanted: NewShift) -> ShiftRecord:
    """Its first step is in force when this returns."""
    control.require_running()
    if wanted.hooks.webhook is not None:
        check_webhook(wanted.hooks.webhook)
    before = _find_ready(control, proxy, route_id)
    name_for_new = f"{proxy}-{route_id}"
    to = before.candidate.group if wanted.to is None else wanted.to
    destination = await resolve_destination(control, to, name_for_new)
    if not wanted.force:
        for group in (destination.group, before.legacy.group):
            await require_answerers(control, group)
    # Others may have come first meanwhile.
    destination = settle_destination(control, destination, name_for_new)
    before = _to_shifted(control, proxy, _find_ready(control, proxy, route_id), destination)
    record = _to_record(control, proxy, before, wanted)
    route = record.settled(before)
    _require_shadow(control, record)
    _check_cohorts(control, proxy, route)
    refuse_loop(_with(control.books.desired, proxy, route, destination.new), proxy)
    undos: list[Undo] = []
    if destination.new is not None:
        undos.append(control.books.save_group(destination.new, f"for a shift of {proxy}/{route_id}"))
    await control.shifts.begin(record, route, *undos)
    return record


def _find_ready(control: Control, proxy: str, route_id: str) -> Route:
    route = find_route(control, proxy, route_id)
    refuse_shifting(control, proxy, route_id)
    if route.state is not RouteState.ACTIVE:
        raise Conflict(
            f"route {route_id!r} of proxy {proxy!r} is {route.state.value}: nothing goes through it",
            hint=f"`fig route set {proxy} {route_id} --weight 0 --state active` brings it into force.",
        )
    if route.weight:
        raise Conflict(
            f"{route.weight / 100:g} % of route {route_id!r} are moved already: a shift begins with none",
            hint=f"`fig route set {proxy} {route_id} --weight 0` takes them back.",
        )
    return route


def _require_shadow(control: Control, record: ShiftRecord) -> None:
    """A limit to answers that differ waits for ever where none are compared."""
    if record.shift.plan.limits.mismatch is None:
        return
    watch = control.shadows.watches.get(record.key)
    if watch is None or watch.shadow.ended_at is not None or watch.shadow.candidate.group != record.candidate:
        raise Refused(
            f"no answers of {record.candidate} are compared with those of route {record.route!r}",
            hint=f"`fig shadow start {record.proxy} {record.route} --candidate {record.candidate}` has them compared.",
        )


def _to_shifted(control: Control, proxy: str, route: Route, destination: Destination) -> Route:
    candidate = route.candidate
    if destination.group != candidate.group:
        refuse_owned_route(control, proxy, route.id)
        candidate = RouteSide(destination.group, candidate.strip)
    if candidate.group == route.legacy.group:
        raise UsageError(
            f"target {candidate.group!r} answers this route already: there is nothing to compare it with",
            hint="Name another target with `--to`.",
        )
    return replace(route, candidate=candidate)


def _check_cohorts(control: Control, proxy_name: str, route: Route) -> None:
    proxy = control.books.proxy(proxy_name)
    for rule, cohort in zip(compile_cohorts(route, proxy), route.cohorts, strict=True):
        problems = check_rule(replace(rule, id=route.id), proxy.order)
        if problems:
            raise UsageError(f"cohort {cohort!r} cannot be: {'; '.join(problems)}")


def _to_record(control: Control, proxy: str, route: Route, wanted: NewShift) -> ShiftRecord:
    now = control.shifts.wall()
    return ShiftRecord(
        id=control.shifts.serial(),
        proxy=proxy,
        route=route.id,
        path=render_path(route.conditions),
        candidate=route.candidate.group,
        legacy=route.legacy.group,
        shift=Shift(wanted.plan, now),
        started_at=now,
        hooks=wanted.hooks,
        cohorts=wanted.cohorts,
    )


def _with(desired: Desired, proxy: str, route: Route, group: TargetGroup | None) -> Desired:
    known = desired.proxies[proxy]
    routes = tuple(route if one.id == route.id else one for one in known.routes)
    groups = desired.groups if group is None else {**desired.groups, group.name: group}
    return replace(desired, proxies={**desired.proxies, proxy: replace(known, routes=routes)}, groups=groups)
