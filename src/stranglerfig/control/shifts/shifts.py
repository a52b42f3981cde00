"""Shifts under way: each one is looked at a few times a second, and what follows is committed before it is done.

A decision and the weight that it sets are one transaction. Whatever happens after it, weights are set again from the
books: a decision is never taken back because it could not be carried out yet.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace

from stranglerfig.control.applier import Applier
from stranglerfig.control.books import Books, Undo
from stranglerfig.control.loop import Loop, Next
from stranglerfig.control.shifts.books import Key, ShiftBooks
from stranglerfig.control.shifts.measuring import Measuring
from stranglerfig.control.shifts.telling import Teller
from stranglerfig.core.compare.redaction import Redactor
from stranglerfig.core.desired import Route
from stranglerfig.core.shift.evidence import Evidence
from stranglerfig.core.shift.measuring import Seen, decide, is_to_open, open_window, reference_after
from stranglerfig.core.shift.phases import Event, Phase
from stranglerfig.core.shift.record import ShiftRecord, Window, to_decision
from stranglerfig.core.shift.shift import Effect, OpenWindow, advance, event_of
from stranglerfig.core.shift.sight import Sight
from stranglerfig.core.shift.verdict import Verdict
from stranglerfig.errors import FigError

#: from a breach to all traffic back at most 2 s are promised
LOOK_EVERY_S = 0.35
#: of a thousand target groups the totals take long to read
IDLE_PER_COST = 10.0

#: how long the data plane may take to have a route's own servers before there is nothing to judge by
OPENING_S = 2.0
#: of a candidate that was taken back, once traffic is
LOG_TIMEOUT_S = 2.0

#: a target group -> the last lines of its tasks, each behind the task's name and a colon
LastLines = Callable[[str], Awaitable[tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a decision is made on."""

    seen: Seen
    evidence: Evidence | None = None
    verdict: Verdict | None = None


@dataclass(slots=True)
class Shifts:
    """``wall`` tells UTC seconds; ``serial`` gives ids that are never used twice."""

    books: ShiftBooks
    desired: Books
    applier: Applier
    measuring: Measuring
    teller: Teller
    last_lines: LastLines
    wall: Callable[[], float]
    serial: Callable[[], str]
    loop: Loop = field(init=False)
    _sights: dict[Key, Sight] = field(default_factory=dict)
    #: routes as they were before their shift set them otherwise, until nothing brings that back any more
    _unsettled: dict[Key, tuple[Route, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.loop = Loop(self.tick)

    def resume(self) -> None:
        """What an earlier daemon left in its middle."""
        for record in self.books.all():
            if record.is_running:
                self.measuring.listen(record)
                self._wake(record.key)
            self.teller.tell(record)

    def sight(self, key: Key) -> Sight | None:
        """What was seen of a shift that is running."""
        return self._sights.get(key)

    async def begin(self, record: ShiftRecord, route: Route, *undos: Undo) -> None:
        """In force when this returns; else it has never been. ``route`` as it is to be, ``undos`` take back what the
        caller committed for it."""
        decision = to_decision(record.shift, None, record.started_at)
        reason = f"shift to {record.candidate} started, {record.shift.weight / 100:g} %"
        with self.desired.together():
            undo = self.desired.save_route(record.proxy, route, reason)
            self.books.write(record, decision)
        self.books.hold([record])
        await self.applier.follow(*undos, undo, lambda: self.books.remove(record))
        self.teller.tell(record)
        self._wake(record.key)

    async def ask(self, record: ShiftRecord, event: Event, reason: str) -> ShiftRecord:
        """What a user wants of it, in force when this returns. Raises ``Conflict`` where its phase forbids it."""
        seen = await self.measuring.see(record)
        # Others may have come first meanwhile.
        record = self.books.find(record.id)
        evidence = self.measuring.weigh(record, seen) if record.is_running else None
        changed, _ = self._advance(record, event, reason, _Ground(seen, evidence))
        try:
            if record.key in self._unsettled:
                await self._put_in_force(record.key)
        finally:
            self.teller.tell(changed)
            self._wake(record.key)
        return changed

    async def tick(self, name: str) -> Next:
        """``name`` is PROXY/ROUTE."""
        proxy, _, route = name.partition("/")
        record = self.books.latest((proxy, route))
        if record is None:
            return Next(is_over=True)
        if record.key in self._unsettled or (record.is_running and self._is_elsewhere(record)):
            self._set_again(record)
            await self._put_in_force(record.key)
        if not record.is_running:
            if record.key in self._unsettled:
                return Next(LOOK_EVERY_S)
            self.measuring.forget(record.key)
            self._sights.pop(record.key, None)
            return Next(is_over=True)
        await self._look(record)
        return Next(max(LOOK_EVERY_S, self.measuring.meter.cost_s * IDLE_PER_COST))

    async def _look(self, record: ShiftRecord) -> None:
        seen = await self.measuring.see(record)
        record, now = self.books.find(record.id), self.wall()
        if not record.is_running:
            return
        if self.measuring.route(record) is None:
            record, _ = self._advance(record, Event.ABORT, "its route was deleted", _Ground(seen))
            self.teller.tell(record)
            return
        if record.window is None and seen.problem is not None and now - record.shift.since < OPENING_S:
            return
        if is_to_open(record, seen):
            record = self._open(record, seen, now)
        evidence = self.measuring.weigh(record, seen)
        verdict = decide(record, evidence, now, is_way_back_open=seen.legacy.serves)
        self._sights[record.key] = Sight(now, evidence, verdict, self.measuring.rates(record, seen, now))
        event = event_of(verdict, record.shift, now)
        changed, number = self._advance(record, event, verdict.reason, _Ground(seen, evidence, verdict))
        if changed is not record:
            if changed.shift.phase is Phase.ROLLED_BACK:
                self.teller.hold(changed)
            await self._follow_up(changed, number)

    async def _follow_up(self, after: ShiftRecord, number: int) -> None:
        try:
            if after.key in self._unsettled:
                await self._put_in_force(after.key)
            if after.shift.phase is Phase.ROLLED_BACK:
                await self._tell_what_was_seen(after, number)
        finally:
            self.teller.tell(after)

    async def _tell_what_was_seen(self, record: ShiftRecord, number: int) -> None:
        """Only now: traffic is back already."""
        lines: tuple[str, ...] = ()
        with contextlib.suppress(FigError, TimeoutError):
            async with asyncio.timeout(LOG_TIMEOUT_S):
                lines = _without_secrets(await self.last_lines(record.candidate))
        decision = self.books.store.decisions(record.id)[-1]
        self.books.store.complete_decision(number, replace(decision, log=lines))

    def _open(self, record: ShiftRecord, seen: Seen, now: float) -> ShiftRecord:
        opened = open_window(record, seen, now)
        self.books.store.save_shift(opened)
        self.books.hold([opened])
        self.measuring.listen(opened)
        return opened

    def _advance(self, record: ShiftRecord, event: Event, reason: str, ground: _Ground) -> tuple[ShiftRecord, int]:
        """Commits what becomes of it, and gives the decision's number; the same record where nothing does. Nothing may
        be awaited between reading the record and this."""
        now = self.wall()
        after, effects = advance(record.shift, event, reason, now)
        if not effects:
            return record, 0
        changed = replace(
            record,
            shift=after,
            ended_at=None if after.is_running else now,
            window=_window(record, effects, ground.seen),
            reference=reference_after(record, ground.evidence),
        )
        decision = to_decision(after, event, now, ground.evidence, ground.verdict)
        decision = replace(decision, examples=self.measuring.listening.examples(record.key))
        route = self.measuring.route(changed)
        with self.desired.together():
            if route is not None and route != changed.settled(route):
                self._unsettled[record.key] = (*self._unsettled.get(record.key, ()), route)
                self.desired.save_route(record.proxy, changed.settled(route), f"shift: {reason}")
            number = self.books.write(changed, decision)
        self.books.hold([changed])
        self.measuring.listen(changed)
        return changed, number

    async def _put_in_force(self, key: Key) -> None:
        try:
            is_final = await self.applier.hasten()
        finally:
            record = self.books.latest(key)
            is_undone = record is not None and self._set_again(record)
        if is_final and not is_undone:
            self._unsettled.pop(key, None)

    def _set_again(self, record: ShiftRecord) -> bool:
        """Another change that failed has taken back what it found, and with it what the shift had set since; or
        somebody else has a hand in it while the shift is running. Whether it was so."""
        route = self.measuring.route(record)
        is_ours = record.is_running or route in self._unsettled.get(record.key, ())
        if route is None or not is_ours or not self._is_elsewhere(record):
            return False
        reason = f"weight {record.shift.weight / 100:g} % as its shift has it"
        self.desired.save_route(record.proxy, record.settled(route), reason)
        return True

    def _is_elsewhere(self, record: ShiftRecord) -> bool:
        route = self.measuring.route(record)
        return route is not None and route != record.settled(route)

    def _wake(self, key: Key) -> None:
        self.loop.wake("/".join(key))


def _without_secrets(lines: Iterable[str]) -> tuple[str, ...]:
    """They go to hooks, and into reports."""
    redactor, told = Redactor(), []
    for line in lines:
        task, colon, said = line.partition(": ")
        told.append(task + colon + redactor.body(said.encode(errors="backslashreplace"), "").decode())
    return tuple(told)


def _window(record: ShiftRecord, effects: tuple[Effect, ...], seen: Seen) -> Window | None:
    if not any(isinstance(effect, OpenWindow) for effect in effects):
        return record.window
    return None if seen.problem is not None else Window(seen.candidate.totals, seen.legacy.totals)
