"""What is asked of a shift that there is, and the one word that takes a route back."""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.control.context import Control
from stranglerfig.control.operations.addresses import require_answerers
from stranglerfig.control.operations.routes import RouteChange, change_route, find_route
from stranglerfig.core.desired import Route
from stranglerfig.core.shift.phases import TABLE, Event, Phase
from stranglerfig.core.shift.record import Decision, ShiftRecord
from stranglerfig.core.shift.sight import Sight
from stranglerfig.core.split import WHOLE
from stranglerfig.errors import Conflict, NotFound

#: what can be asked for, and the reason that stands in the history
ASKED = {
    Event.PAUSE: "paused by its user",
    Event.RESUME: "resumed by its user",
    Event.PROMOTE: "promoted by its user",
    Event.ABORT: "given up by its user",
    Event.ROLLBACK: "rolled back by its user",
}


@dataclass(frozen=True, slots=True)
class ShiftView:
    """``sight`` None: it is over, or was not looked at yet."""

    record: ShiftRecord
    sight: Sight | None


def find_shift(control: Control, proxy: str, route: str) -> ShiftView:
    """The route's last one."""
    record = control.shifts.books.latest((proxy, route))
    if record is None:
        find_route(control, proxy, route)
        raise NotFound(
            f"route {route!r} of proxy {proxy!r} has had no shift",
            hint=f"`fig shift start {proxy} {route}` begins one; `fig shift ls` lists those that there are.",
        )
    return _view(control, record)


def list_shifts(control: Control, *, ended: bool) -> list[ShiftView]:
    """The oldest first; without ``ended`` only those that are running."""
    books = control.shifts.books
    return [_view(control, record) for record in (books.all() if ended else books.running())]


def read_history(control: Control, proxy: str, route: str) -> list[tuple[ShiftRecord, tuple[Decision, ...]]]:
    """Of every shift that the route has had, the oldest first."""
    find_shift(control, proxy, route)
    books = control.shifts.books
    return [(record, books.store.decisions(record.id)) for record in books.of((proxy, route))]


async def steer_shift(control: Control, proxy: str, route: str, event: Event, *, force: bool = False) -> ShiftView:
    """In force when this returns. ``event`` is one of ``ASKED``; ``force``: also to a side with nobody to answer."""
    view = find_shift(control, proxy, route)
    if event in TABLE[view.record.shift.phase] and not force:
        if event in (Event.ABORT, Event.ROLLBACK):
            await _require(control, view.record.legacy)
        elif event is Event.PROMOTE:
            await _require(control, view.record.candidate)
    return _view(control, await control.shifts.ask(view.record, event, ASKED[event]))


async def roll_back_route(control: Control, proxy: str, route_id: str, *, force: bool) -> Route:
    """All its traffic is legacy's when this returns, whoever moved it. ``force`` even where legacy has nobody."""
    route = find_route(control, proxy, route_id)
    record = control.shifts.books.latest((proxy, route_id))
    is_shifted = record is not None and (record.is_running or _stands_as_finished(record, route))
    if record is not None and is_shifted:
        if not force:
            await _require(control, record.legacy)
        try:
            await control.shifts.ask(record, Event.ROLLBACK, ASKED[Event.ROLLBACK])
        except Conflict:
            # It may have gone back by itself meanwhile: that is what was wanted.
            if find_route(control, proxy, route_id).weight:
                raise
    elif route.weight:
        await change_route(control, proxy, route_id, RouteChange(weight=0, force=force))
    return find_route(control, proxy, route_id)


async def _require(control: Control, group: str) -> None:
    if control.books.desired.running:
        await require_answerers(control, group)


def _stands_as_finished(record: ShiftRecord, route: Route) -> bool:
    """What was done with the route by hand since is not the shift's."""
    sides = (route.candidate.group, route.legacy.group)
    is_same = sides == (record.candidate, record.legacy) and route.weight == WHOLE
    return record.shift.phase is Phase.FINISHED and is_same


def _view(control: Control, record: ShiftRecord) -> ShiftView:
    return ShiftView(record, control.shifts.sight(record.key) if record.is_running else None)
