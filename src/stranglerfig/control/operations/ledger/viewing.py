"""What the ledger says, up to now."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stranglerfig.control.context import Control
from stranglerfig.control.operations.ledger.arriving import Arrival, reaches, table_of
from stranglerfig.core.application import is_of_broker
from stranglerfig.core.ingress import to_group_name
from stranglerfig.core.ledger.candidates import Candidate, find_candidates
from stranglerfig.core.ledger.links import Link
from stranglerfig.core.ledger.records import DAY_S, HOUR_S, OTHER, UNSEEN, Figures, Key, Mark, Side, Sighting
from stranglerfig.core.ledger.summary import Summary, add_up, by_listener, latest, summarise
from stranglerfig.errors import NotFound


@dataclass(frozen=True, slots=True)
class QuietTarget:
    """``since``: nobody has asked it as long as that, as far back as the ledger has watched it."""

    name: str
    since: float
    is_used: bool


@dataclass(frozen=True, slots=True)
class LedgerView:
    """``since`` as it was asked for; hours count in whole. Times in UTC seconds."""

    since: float
    until: float
    summaries: tuple[Summary, ...]
    quiet: tuple[QuietTarget, ...]


async def view_ledger(control: Control, listener: str | None, since_s: float) -> LedgerView:
    """``listener`` None: of all that there are, or were in this time."""
    _require_listener(control, listener)
    await control.ledger.catch_up()
    now = control.ledger.wall()
    since = now - since_s
    totals = await asyncio.to_thread(_read_totals, control, listener, since)
    last = latest(control.ledger.sightings, control.ledger.settle)
    there = [
        *control.books.desired.proxies,
        *(one.name for one in control.books.desired.balancers.values() if not one.tcp),
    ]
    names = [listener] if listener is not None else [*dict.fromkeys([*there, *sorted(key.listener for key in totals)])]
    left = await _find_left(control, totals, last)
    found, seen = by_listener(totals), by_listener(last)
    summaries = [summarise(name, found.get(name, {}), seen.get(name, {}), left) for name in names]
    # A listener of a service that nobody uses would be a heading without a line.
    shown = [one for one in summaries if one.entries or one.idle or one.listener in control.books.desired.proxies]
    return LedgerView(since, now, tuple(shown if listener is None else summaries), tuple(_quiet(control, since)))


async def view_candidates(control: Control, listener: str | None, since_s: float) -> dict[str, list[Candidate]]:
    """By listener, the best first."""
    view = await view_ledger(control, listener, since_s)
    day = int(view.since // DAY_S)
    links = await asyncio.to_thread(control.ledger.store.links, day)
    settled = [
        (Link(one.listener, *(control.ledger.settle(one.listener, end) for end in (one.origin, one.goal))), strength)
        for one, strength in links.items()
    ]
    return {
        one.listener: find_candidates(one, [(link, how) for link, how in settled if link.listener == one.listener])
        for one in view.summaries
    }


async def view_timeline(control: Control, listener: str, since_s: float) -> list[tuple[int, Side, int]]:
    """Requests by hour since 1970 and side."""
    _require_listener(control, listener)
    await control.ledger.catch_up()
    since = int((control.ledger.wall() - since_s) // HOUR_S)
    return list(await asyncio.to_thread(control.ledger.store.timeline, since, listener))


def marks_of(control: Control, group: str) -> list[Mark]:
    """Of all the pools that a target group has or had in HAProxy."""
    marks = control.ledger.counts.marks
    return [mark for of, mark in marks.items() if not of.is_listener and to_group_name(of.name) == group]


def _read_totals(control: Control, listener: str | None, since: float) -> dict[Key, Figures]:
    return add_up(control.ledger.store.totals(int(since // HOUR_S), listener), control.ledger.settle)


async def _find_left(control: Control, totals: Iterable[Key], last: Mapping[Key, Sighting]) -> set[Key]:
    """What legacy was asked for and would not be any more. Of paths that were not told apart, one proves nothing."""
    arrivals = [
        Arrival(key, last[key])
        for key in totals
        if key.side is Side.LEGACY and key.endpoint not in (OTHER, UNSEEN) and key in last
    ]
    tables = {name: table_of(control, name) for name in {arrival.key.listener for arrival in arrivals}}

    def find() -> set[Key]:
        asked = ((arrival, tables[arrival.key.listener]) for arrival in arrivals)
        return {arrival.key for arrival, table in asked if table is None or not reaches(table, arrival)}

    # A table of routes may be long, and others wait.
    return await asyncio.to_thread(find)


def _quiet(control: Control, since: float) -> list[QuietTarget]:
    users, found = control.books.all_users(), []
    for name in control.books.desired.groups:
        marks = marks_of(control, name)
        grown_at = max((mark.grown_at for mark in marks), default=None)
        if grown_at is not None and grown_at < since and not is_of_broker(name):
            found.append(QuietTarget(name, grown_at, bool(users[name])))
    return sorted(found, key=lambda one: (one.since, one.name))


def _require_listener(control: Control, name: str | None) -> None:
    known = {key.listener for key in control.ledger.sightings}
    desired = control.books.desired
    if name is not None and name not in known | desired.proxies.keys() | desired.balancers.keys():
        raise NotFound(f"no proxy {name!r}, and the ledger knows of none", hint="`fig proxy ls` lists the proxies.")
