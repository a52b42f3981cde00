"""Keeps the ledger: access lines say what was asked and who answered, HAProxy's totals how often.

What is booked is always the whole hour so far, with HAProxy's totals up to which it goes, in one transaction. A daemon
that dies loses the lines since then; what HAProxy counted meanwhile is booked by the next one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from stranglerfig.control.ledger.surroundings import Surroundings
from stranglerfig.control.meter import Meter
from stranglerfig.control.ports import LedgerStore
from stranglerfig.core.ledger.counts import Counts
from stranglerfig.core.ledger.links import Links, referring_path
from stranglerfig.core.ledger.naming import Naming, is_there
from stranglerfig.core.ledger.records import (
    DAY_S,
    HOUR_S,
    KEPT_DAYS,
    Booking,
    Figures,
    Key,
    Mark,
    MarkOf,
    Sighting,
)
from stranglerfig.core.ledger.tally import Reckoned, Tally, add_up
from stranglerfig.core.routing.canonical import Canonical, canonicalise, parse_target
from stranglerfig.core.traffic.lines import AccessLine
from stranglerfig.errors import FigError

log = logging.getLogger(__name__)

#: from the first line to its booking: so much of the split a killed daemon loses at most
BOOK_EVERY_S = 5.0
#: without a line: HAProxy may have counted what no line told of
LOOK_EVERY_S = 60.0
#: HAProxy may be about to start, or the disk full
RETRY_S = 1.0
#: HAProxy's totals take long to read where there are very many
IDLE_PER_COST = 100.0
#: so does the reckoning, off the loop
IDLE_PER_RECKONING = 20.0
#: lines of what HAProxy had counted by the end of an hour arrive within
ARRIVAL_S = 0.25
LONGEST_TEXT = 200


@dataclass(slots=True)
class Bookkeeper:
    """``note`` takes each line; ``wall`` is UTC seconds."""

    store: LedgerStore
    surroundings: Surroundings
    meter: Meter
    wall: Callable[[], float]
    sightings: dict[Key, Sighting] = field(default_factory=dict)
    counts: Counts = field(default_factory=Counts)
    links: Links = field(default_factory=Links)
    _hour: int = 0
    #: this hour's, of before what ``_tally`` holds
    _before: dict[Key, Figures] = field(default_factory=dict)
    _tally: Tally = field(default_factory=Tally)
    #: of the hour to come, while the old one is being closed at that moment
    _next: tuple[float, Tally] | None = None
    _written: dict[Key, tuple[int, int, int]] = field(default_factory=dict)
    _fresh: set[Key] = field(default_factory=set)
    _marks: dict[MarkOf, Mark] = field(default_factory=dict)
    _openings: int = 0
    _cost_s: float = 0.0
    _namings: dict[str, Naming] = field(default_factory=dict)
    _told: asyncio.Event = field(default_factory=asyncio.Event)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def read(self) -> None:
        """Go on where the books end."""
        self._hour = int(self.wall() // HOUR_S)
        self.sightings = self.store.sightings()
        self.counts = Counts(self.store.marks())
        if not self.counts.marks and self.surroundings.is_empty():
            # Written down at once: the next daemon must not take what comes now for what was there before the ledger.
            self.store.save(Booking(self._hour, {}, {}, self.counts.begin(self.wall()), {}))
        self.links = Links(self.store.links(self._hour * HOUR_S // DAY_S))
        self._namings.clear()
        self._tally, self._next = Tally(), None
        self._fresh, self._marks = set(), {}
        self._before = {key: figures for _, key, figures in self.store.hours(self._hour)}
        self._written = {key: _sum_of(figures) for key, figures in self._before.items()}

    def note(self, line: AccessLine) -> None:
        naming, path = self._naming(line.listener), _to_path(line.path)
        method, endpoint = naming.name(line.method, path, is_there=is_there(line.group, line.status))
        key = Key(line.listener, method, endpoint, line.group, self.surroundings.side(line.listener, line.group))
        tally, ended_at = self._tally, line.at + line.total_ms / 1000
        if self._next is not None and ended_at > self._next[0]:
            tally = self._next[1]
        tally.note(key, line)
        before = self.sightings.get(key)
        if before is None or ended_at >= before.at:
            shown = (line.client, line.user_agent, line.host, path)
            self.sightings[key] = Sighting(ended_at, *(_to_text(part)[:LONGEST_TEXT] for part in shown))
            self._fresh.add(key)
        if line.group:
            self.links.note(line.listener, endpoint, line.session, line.at)
            referrer = referring_path(line.referer, line.host) if line.referer else None
            if referrer is not None:
                self.links.note_referrer(line.listener, endpoint, naming.settle(_to_path(referrer)))
        self._told.set()

    def settle(self, listener: str, endpoint: str) -> str:
        return self._naming(listener).settle(endpoint)

    async def run(self) -> None:
        while True:
            try:
                await self.book()
            except FigError as error:
                log.warning("the ledger waits: %s", error.message)
                await asyncio.sleep(RETRY_S)
                continue
            self._told.clear()
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._told.wait()
            except TimeoutError:
                continue
            await asyncio.sleep(max(BOOK_EVERY_S, self.meter.cost_s * IDLE_PER_COST, self._cost_s * IDLE_PER_RECKONING))

    async def book(self) -> None:
        """Up to now. Raises ``StateUnusable`` when it cannot be written, or ``Unavailable`` when HAProxy does not
        answer: it is all booked next time."""
        async with self._turn:
            seen = await self.meter.pools()
            now = self.wall()
            self._marks |= self.counts.look(seen, now)
            hour = int(now // HOUR_S)
            if hour == self._hour:
                await self._write()
                return
            self._next = (now, Tally())
            await asyncio.sleep(ARRIVAL_S)
            await self._write()
            self._begin(hour, self._next[1])
            self._next = None
            forgotten = self.counts.forget_gone(now - KEPT_DAYS * DAY_S)
            kept = await asyncio.to_thread(self._tidy, hour, forgotten)
            self.sightings = kept | {key: self.sightings[key] for key in self._fresh}

    async def catch_up(self) -> None:
        """Book what there is, if it can be. HAProxy may have no answer for the moment of a reload."""
        for is_last in (False, False, True):
            try:
                await self.book()
                return
            except FigError as error:
                log.warning("the ledger is behind: %s", error.message)
            if not is_last:
                await asyncio.sleep(ARRIVAL_S)

    def forget(self) -> None:
        """The books are as new."""
        self.read()

    async def _reckon(self, counts: Counts) -> Reckoned:
        """What has changed of this hour, up to the last look at HAProxy's totals. Of very many pools it takes a while:
        lines are noted meanwhile."""
        openings = sum(naming.endpoints.openings for naming in self._namings.values())
        if openings != self._openings:
            self._tally, self._openings = self._tally.settled(self.settle), openings
        tally, before, written, clock = self._tally.copy(), self._before, self._written, asyncio.get_running_loop().time

        def reckon() -> Reckoned:
            homes = self.surroundings.homes([of.name for of in counts.new if not of.is_listener])
            figures, ahead = add_up(before, tally.figures(counts.exact(homes), self.surroundings.side))
            figures |= {key: Figures() for key in written.keys() - figures.keys()}
            return Reckoned({key: one for key, one in figures.items() if _sum_of(one) != written.get(key)}, ahead)

        began = clock()
        found = await asyncio.to_thread(reckon)
        self._cost_s = clock() - began
        return found

    async def _write(self) -> None:
        counts = self.counts
        changed, ahead = await self._reckon(counts)
        if counts is not self.counts:
            return  # all is forgotten
        self._marks |= counts.note_ahead(ahead)
        fresh, marks = self._fresh, self._marks
        self._fresh, self._marks = set(), {}
        sightings = {key: self.sightings.setdefault(key, Sighting(0.0)) for key in fresh | changed.keys()}
        links = self.links.take_changed()
        try:
            if changed or sightings or marks or links:
                booking = Booking(self._hour, changed, sightings, marks, links)
                await asyncio.to_thread(self.store.save, booking)
        except BaseException:
            self._fresh |= fresh
            self._marks = marks | self._marks
            self.links.changed |= links.keys()
            raise
        self._written |= {key: _sum_of(one) for key, one in changed.items()}

    def _tidy(self, hour: int, gone: Collection[MarkOf]) -> dict[Key, Sighting]:
        """What is left of the sightings."""
        day = hour * HOUR_S // DAY_S
        self.store.add_days(day)
        self.store.prune(hour=(day - KEPT_DAYS) * DAY_S // HOUR_S, day=day - KEPT_DAYS, marks=gone)
        return self.store.sightings()

    def _begin(self, hour: int, tally: Tally) -> None:
        is_new_day = hour * HOUR_S // DAY_S != self._hour * HOUR_S // DAY_S
        self._hour, self._before, self._tally = hour, {}, tally
        self._written.clear()
        self._namings.clear()
        self.counts.restart()
        if is_new_day:
            self.links.found.clear()

    def _naming(self, listener: str) -> Naming:
        if listener not in self._namings:
            names = ((key.method, key.endpoint) for key in self.sightings if key.listener == listener)
            self._namings[listener] = Naming.of(self.surroundings.templates(listener), names)
        return self._namings[listener]


def _sum_of(figures: Figures) -> tuple[int, int, int]:
    return figures.requests, figures.client_errors, figures.server_errors


def _to_text(told: str) -> str:
    """Clients send bytes of any encoding; what is kept can be written anywhere."""
    return told if told.isascii() else told.encode("utf-8", "backslashreplace").decode("utf-8")


def _to_path(path: str) -> str:
    """As rules see it; what they never see stays as it is."""
    path = _to_text(path)
    if path.startswith("/") and not any(odd in path for odd in ("%", "//", "/.")):
        return path
    found = canonicalise(parse_target(path).path)
    return found.path if isinstance(found, Canonical) else path
