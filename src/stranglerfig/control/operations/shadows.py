"""Shadows: begin, end, and what they have shown."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

from stranglerfig.control.context import Control
from stranglerfig.control.operations.addresses import resolve_destination, settle_destination
from stranglerfig.control.operations.routes import find_route
from stranglerfig.control.shadows.recording import Recording as Recording
from stranglerfig.control.shadows.recording import record
from stranglerfig.control.shadows.watch import Watch
from stranglerfig.core.compare.conclusion import Conclusion, conclude, find_difference, to_document
from stranglerfig.core.compare.copies import SAFE
from stranglerfig.core.compare.jobs import Bounds
from stranglerfig.core.compare.redaction import Policy
from stranglerfig.core.compare.report import Report
from stranglerfig.core.compare.rules import FieldRule
from stranglerfig.core.compare.shadow import USUAL_RATE, Counts, Shadow
from stranglerfig.core.compare.ways import to_way
from stranglerfig.core.conditions_text import ConditionsText, parse_conditions
from stranglerfig.core.desired import Route
from stranglerfig.core.names import to_slug
from stranglerfig.core.traffic.lines import AccessLine
from stranglerfig.errors import Conflict, NotFound, UsageError


@dataclass(frozen=True, slots=True)
class NewShadow:
    """``to`` None: the route's own candidate. ``conditions`` are said as those of routes, and come on top of them."""

    to: str | None = None
    conditions: ConditionsText = ConditionsText()
    sample: float = 1.0
    writes: bool = False
    rate: float = USUAL_RATE
    rules: tuple[FieldRule, ...] = ()
    policy: Policy = Policy()
    bounds: Bounds = Bounds()
    declared: bool = False


@dataclass(frozen=True, slots=True)
class ShadowView:
    """A shadow and its route as they are."""

    shadow: Shadow
    route: Route
    counts: Counts
    report: Report

    @property
    def conclusion(self) -> Conclusion:
        return conclude(self.report)

    def document(self) -> dict[str, Any]:
        """The shape of ``ReportWire``."""
        return to_document(self.report, self.conclusion)


async def start_shadow(control: Control, proxy: str, route_id: str, wanted: NewShadow) -> ShadowView:
    """Copies are made from now on. What an earlier shadow of the route has shown is forgotten."""
    route = find_route(control, proxy, route_id)
    conditions = parse_conditions(wanted.conditions)
    if conditions.methods and not wanted.writes and not SAFE.intersection(conditions.methods):
        raise UsageError(
            f"nothing would be copied: {' and '.join(conditions.methods)} may change something",
            hint="Add `--writes`, and see that the candidate heeds `Idempotency-Key`.",
        )
    _refuse_running(control, proxy, route_id)
    name_for_new = f"{proxy}-{to_slug(route_id, otherwise='route')}-candidate"
    side, new = route.candidate, None
    if wanted.to is not None:
        destination = await resolve_destination(control, wanted.to, name_for_new)
        _refuse_running(control, proxy, route_id)
        destination = settle_destination(control, destination, name_for_new)
        new = destination.new
        # Its path is taken off as it is for the candidate of the route.
        side = side if side.group == destination.group else replace(side, group=destination.group, base_path="")
    if side.group == route.legacy.group:
        raise UsageError(
            f"target {side.group!r} answers this route already: there is nothing to compare it with",
            hint="Name another one with `--candidate`.",
        )
    shadow = Shadow(
        proxy=proxy,
        route=find_route(control, proxy, route_id).id,
        candidate=side,
        started_at=control.shadows.wall(),
        conditions=conditions,
        sample=wanted.sample,
        writes=wanted.writes,
        rate=wanted.rate,
        rules=wanted.rules,
        policy=wanted.policy,
        bounds=wanted.bounds,
        declared=wanted.declared,
    )
    reason = f"{100 * wanted.sample:g} % of its requests to {side.group}{', writes too' if wanted.writes else ''}"
    with control.books.together():
        if new is not None:
            control.books.save_group(new, f"candidate of the shadow of {shadow.name}")
        control.shadows.write(shadow, reason)
    return _view(control, control.shadows.begin(shadow))


def _refuse_running(control: Control, proxy: str, route_id: str) -> None:
    known = control.shadows.watches.get((proxy, route_id))
    if known is not None and known.shadow.ended_at is None:
        raise Conflict(
            f"route {route_id!r} of proxy {proxy!r} has a shadow already",
            hint=f"`fig shadow report {proxy} {route_id}` shows it, `fig shadow stop {proxy} {route_id}` ends it.",
        )


def stop_shadow(control: Control, proxy: str, route_id: str) -> ShadowView:
    """No more copies are made. The report stays until the route goes, or a new shadow begins. Idempotent."""
    find_route(control, proxy, route_id)
    control.shadows.sweep()
    return _view(control, control.shadows.end((proxy, route_id), "stopped by its user"))


def running_shadows(control: Control, proxy: str) -> dict[str, Shadow]:
    """By route."""
    control.shadows.sweep()
    found = (watch.shadow for watch in control.shadows.watches.values())
    return {shadow.route: shadow for shadow in found if shadow.proxy == proxy and shadow.ended_at is None}


def view_shadows(control: Control) -> list[ShadowView]:
    """In the order of proxies and routes."""
    control.shadows.sweep()
    return [_view(control, control.shadows.watches[key]) for key in sorted(control.shadows.watches)]


def view_shadow(control: Control, proxy: str, route_id: str) -> ShadowView:
    find_route(control, proxy, route_id)
    control.shadows.sweep()
    return _view(control, control.shadows.find((proxy, route_id)))


def view_difference(control: Control, id: str) -> dict[str, Any]:
    """One that a report names, with its examples; the shape of ``DifferenceWire``."""
    for watch in control.shadows.watches.values():
        found = find_difference(watch.report, id)
        if found is not None:
            return found
    raise NotFound(f"no difference {id!r}", hint="`fig shadow report PROXY ROUTE` lists them, each with its id.")


def _view(control: Control, watch: Watch) -> ShadowView:
    return ShadowView(watch.shadow, find_route(control, *watch.shadow.key), watch.counts, watch.report)


def record_requests(control: Control, proxy: str, route_id: str | None, wanted: Recording) -> AsyncIterator[AccessLine]:
    """Of a proxy, or of one of its routes, as it is now."""
    known = control.books.proxy(proxy)
    if route_id is None:
        lines = record(control.lines, wanted, lambda line: line.listener == proxy)
        return _with_bodies(control, (proxy, None), lines) if wanted.writes else lines
    route = find_route(control, proxy, route_id)
    way = to_way(Shadow(proxy, route.id, route.candidate, started_at=0.0), control.books.compiled(known))
    if way is None:
        raise Conflict(
            f"route {route_id!r} of proxy {proxy!r} is inactive: it has no requests",
            hint=f"`fig route set {proxy} {route_id} --state active` puts it in force.",
        )

    def takes(line: AccessLine) -> bool:
        return line.listener == proxy and line.copy is not None and way.takes(line, line.copy.headers) is not None

    lines = record(control.lines, wanted, takes)
    return _with_bodies(control, (proxy, route.id), lines) if wanted.writes else lines


async def _with_bodies(
    control: Control, place: tuple[str, str | None], lines: AsyncIterator[AccessLine]
) -> AsyncIterator[AccessLine]:
    bodies = control.shadows.bodies
    bodies.recordings[place] += 1
    try:
        await bodies.settle()
        async for line in lines:
            yield line
    finally:
        # HAProxy follows with the next look at shadows: this may be the end of a client who went away.
        bodies.recordings[place] -= 1
