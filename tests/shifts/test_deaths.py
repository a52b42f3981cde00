"""The daemon may die before, in and after each decision that the table of phases knows: the next one goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from stranglerfig.control.applier import Applier
from stranglerfig.control.books import Books
from stranglerfig.control.meter import Meter
from stranglerfig.control.shifts.books import ShiftBooks
from stranglerfig.control.shifts.listening import Listening
from stranglerfig.control.shifts.measuring import Measuring
from stranglerfig.control.shifts.shifts import Shifts
from stranglerfig.control.shifts.telling import Teller
from stranglerfig.control.traffic.hub import Hub
from stranglerfig.core.compile import pool_of
from stranglerfig.core.conditions_text import ConditionsText, parse_conditions
from stranglerfig.core.desired import Proxy, Route, RouteSide, TargetGroup, UrlTargets
from stranglerfig.core.observed import GroupCounters, ObservedDataplane
from stranglerfig.core.routing.rules import Forward
from stranglerfig.core.shift.phases import ENDED, TABLE, Event, Phase
from stranglerfig.core.shift.plan import Limits, Plan
from stranglerfig.core.shift.record import Decision, ShiftRecord, Totals, Window
from stranglerfig.core.shift.shift import Shift, advance
from stranglerfig.core.shift.terms import Hooks
from stranglerfig.core.topology import Topology
from stranglerfig.errors import FigError, Unavailable
from stranglerfig.store.shifts import SqliteShifts
from stranglerfig.store.sqlite import SqliteStore, open_store
from tests.control.in_memory_router import InMemoryRouter
from tests.control.world import until

PLAN = Plan((2_000, 5_000, 10_000), 1.0, Limits(error_increase=0.1, latency_ratio=None, minimum_requests=10))
KEY = ("shop", "users")
GROUPS = (
    TargetGroup("monolith", UrlTargets(("http://127.0.0.1:8000",))),
    TargetGroup("users", UrlTargets(("http://127.0.0.1:8001",))),
)
USERS = Route("users", parse_conditions(ConditionsText("/users")), RouteSide("users"), RouteSide("monolith"), 0)
SHOP = Proxy("shop", "127.0.0.1", 8080, "monolith", routes=(USERS,))
MEASURED = replace(USERS, measured=True)
CANDIDATE, LEGACY = (pool_of("shop", MEASURED, side).name for side in (USERS.candidate, USERS.legacy))

BAKED_S, FRESH_S = 5.0, 0.1
#: what has to be so for a verdict: seconds since the window was opened, and requests and errors of the candidate
GROUND: dict[Event, tuple[float, int, int]] = {
    Event.TOO_EARLY: (FRESH_S, 1, 0),
    Event.INCONCLUSIVE: (BAKED_S, 1, 0),
    Event.PASS: (BAKED_S, 1_000, 0),
    Event.FAIL: (FRESH_S, 1_000, 900),
    Event.ERROR: (BAKED_S, 1_000, 0),
}


class Died(BaseException):
    """What no handler of errors may catch: nothing is done after it."""


@dataclass
class DataPlane(InMemoryRouter):
    """It outlives the daemons, and counts what it is told to have counted. ``dies_after`` an apply, or before it.
    ``leaving``: the next apply is in force, and waits for servers that leave by it."""

    counted: dict[str, GroupCounters] = field(default_factory=dict)
    is_silent: bool = False
    dies_before: bool = False
    dies_after: bool = False
    leaving: asyncio.Event | None = None

    async def apply(self, topology: Topology) -> None:
        if self.dies_before:
            raise Died
        await super().apply(topology)
        if self.dies_after:
            raise Died
        leaving, self.leaving = self.leaving, None
        if leaving is not None:
            await leaving.wait()

    async def observe(self) -> ObservedDataplane:
        if self.is_silent:
            raise Unavailable("haproxy does not answer")
        seen = await super().observe()
        groups = (replace(one, counters=self.counted.get(one.name, GroupCounters())) for one in seen.groups)
        return replace(seen, groups=tuple(groups))

    def weight(self) -> int:
        """That requests of the route follow."""
        [rule] = [rule for rule in self.held.listeners[0].rules if rule.id == "users"]
        assert isinstance(rule.action, Forward)
        weights = {one.group: one.weight for one in rule.action.groups}
        return weights.get(CANDIDATE, 0) if len(weights) > 1 else 10_000 * (CANDIDATE in weights)


class MortalShifts(SqliteShifts):
    """``dies``: at the first decision, with half of its transaction done."""

    dies = False

    def add_decision(self, record: ShiftRecord, decision: Decision) -> int:
        if self.dies:
            raise Died
        return super().add_decision(record, decision)


@dataclass
class Daemon:
    """As far as shifts need one."""

    store: SqliteStore
    shelf: MortalShifts
    plane: DataPlane
    books: Books
    shifts: Shifts
    now: list[float]
    #: what was to run beside it, and did not
    jobs: list[Coroutine[Any, Any, None]]

    @property
    def record(self) -> ShiftRecord:
        found = self.shifts.books.latest(KEY)
        assert found is not None
        return found

    async def start(self) -> None:
        """As the real one does."""
        self.books.read()
        self.shifts.books.read()
        await self.shifts.applier.follow()
        self.shifts.resume()


@contextmanager
def a_daemon(path: Path, plane: DataPlane, now: list[float]) -> Iterator[Daemon]:
    with closing(open_store(path)) as store:
        books, shelf = Books(store), MortalShifts(store)
        applier = Applier(plane, lambda: books.topology(lambda _: ()))
        meter = Meter(plane, lambda: True, lambda: now[0])
        measuring = Measuring(books, meter, Listening(Hub()), lambda *_: (0, 0))
        jobs: list[Coroutine[Any, Any, None]] = []
        teller = Teller(shelf, store, lambda job, _: jobs.append(job))
        serial = iter(map(str, range(100)))
        shifts = Shifts(
            *(ShiftBooks(shelf), books, applier, measuring, teller, no_lines),
            wall=lambda: now[0],
            serial=lambda: next(serial),
        )
        yield Daemon(store, shelf, plane, books, shifts, now, jobs)
        for job in jobs:
            job.close()


async def no_lines(_: str) -> tuple[str, ...]:
    return ()


async def given_a_shift(daemon: Daemon, phase: Phase, step: int, command: str | None = None) -> None:
    """In this phase and step, with a window that was opened when nothing had been counted."""
    for group in GROUPS:
        daemon.books.save_group(group, "given")
    daemon.books.save_proxy(SHOP, "given")
    shift = Shift(PLAN, daemon.now[0], step)
    record = ShiftRecord(
        "s1", *KEY, "/users", "users", "monolith", shift, shift.since, window=Window(Totals(), Totals())
    )
    record = replace(record, hooks=Hooks(command=command))
    await daemon.shifts.begin(record, replace(MEASURED, weight=shift.weight))
    at = replace(shift, phase=phase)
    given = replace(record, shift=at, ended_at=daemon.now[0] if phase in ENDED else None)
    with daemon.books.together():
        daemon.books.save_route("shop", replace(MEASURED, weight=at.weight), "given")
        daemon.shelf.save_shift(given)
    daemon.shifts.books.hold([given])
    await daemon.shifts.applier.follow()


async def given_ground_for(daemon: Daemon, event: Event) -> None:
    elapsed, requests, errors = GROUND.get(event, (FRESH_S, 1, 0))
    daemon.now[0] += elapsed
    daemon.plane.counted = {CANDIDATE: a_count(requests, errors), LEGACY: a_count(1_000, 0)}
    daemon.plane.is_silent = event is Event.ERROR


def a_count(requests: int, errors: int) -> GroupCounters:
    return GroupCounters(requests, (("2xx", requests - errors), ("5xx", errors)))


async def happen(daemon: Daemon, event: Event) -> None:
    if event in GROUND:
        await daemon.shifts.tick("shop/users")
    else:
        await daemon.shifts.ask(daemon.record, event, "asked for")


def before_the_commit(daemon: Daemon) -> None:
    daemon.shelf.dies = True


def before_the_apply(daemon: Daemon) -> None:
    daemon.plane.dies_before = True


def after_the_apply(daemon: Daemon) -> None:
    daemon.plane.dies_after = True


DEATHS: tuple[Callable[[Daemon], None], ...] = (before_the_commit, before_the_apply, after_the_apply)
MOMENTS = [(phase, event) for phase, row in TABLE.items() for event in row]


@pytest.mark.parametrize(("phase", "event"), MOMENTS, ids=lambda one: one.value)
async def test_wherever_the_daemon_dies_the_next_one_stands_where_the_table_says(
    tmp_path: Path, phase: Phase, event: Event
) -> None:
    for number, dies in enumerate(DEATHS):
        plane, now = DataPlane(), [1_000.0]
        path = tmp_path / f"{number}.sqlite3"
        with a_daemon(path, plane, now) as daemon:
            await given_a_shift(daemon, phase, step=1)
            await given_ground_for(daemon, event)
            before = daemon.record.shift
            expected, effects = advance(before, event, "", now[0])
            dies(daemon)
            is_dead = False
            try:
                await happen(daemon, event)
            except Died:
                is_dead = True
        plane.dies_before = plane.dies_after = False
        if effects and dies is before_the_commit:
            assert is_dead
            expected = before
        with a_daemon(path, plane, now) as heir:
            await heir.start()
            found = heir.record.shift
            assert (found.phase, found.step, found.weight) == (expected.phase, expected.step, expected.weight)
            assert heir.books.proxy("shop").routes[0].weight == plane.weight() == expected.weight
            told = [decision.phase for decision in heir.shelf.decisions("s1")]
            assert told == [Phase.BAKING, *([found.phase] if (found.phase, found.step) != (phase, 1) else [])]


async def test_a_shift_that_is_interrupted_at_every_decision_takes_every_step(tmp_path: Path) -> None:
    plane, now, path = DataPlane(), [1_000.0], tmp_path / "fig.sqlite3"
    with a_daemon(path, plane, now) as daemon:
        await given_a_shift(daemon, Phase.BAKING, step=0)
    weights, deaths = [plane.weight()], 0
    while weights[-1] < 10_000:
        dies = DEATHS[deaths % len(DEATHS)]
        with a_daemon(path, plane, now) as daemon:
            await daemon.start()
            now[0] += BAKED_S
            for pool in (CANDIDATE, LEGACY):
                plane.counted[pool] = a_count(plane.counted.get(pool, GroupCounters()).requests + 2_000, 0)
            dies(daemon)
            with pytest.raises(Died):
                await daemon.shifts.tick("shop/users")
        plane.dies_before = plane.dies_after = False
        deaths += 1
        with a_daemon(path, plane, now) as daemon:
            await daemon.start()
            if plane.weight() != weights[-1]:
                weights.append(plane.weight())
    assert weights == list(PLAN.steps)
    assert deaths >= len(DEATHS)


async def test_going_back_waits_for_no_server_that_another_change_has_leave(tmp_path: Path) -> None:
    plane, now = DataPlane(), [1_000.0]
    with a_daemon(tmp_path / "fig.sqlite3", plane, now) as daemon:
        await given_a_shift(daemon, Phase.BAKING, step=1)
        plane.leaving = leaving = asyncio.Event()
        other = asyncio.ensure_future(daemon.shifts.applier.follow())
        await until(lambda: plane.leaving is None)
        await daemon.shifts.ask(daemon.record, Event.ABORT, "asked for")
        assert plane.weight() == 0
        assert not other.done()
        leaving.set()
        await other


async def test_what_hooks_were_not_told_the_next_daemon_tells_them(tmp_path: Path) -> None:
    plane, now, heard = DataPlane(), [1_000.0], tmp_path / "heard"
    with a_daemon(tmp_path / "fig.sqlite3", plane, now) as daemon:
        await given_a_shift(daemon, Phase.BAKING, 0, f"cat >> {heard}; echo >> {heard}")
        after_the_apply(daemon)
        with pytest.raises(Died):
            await daemon.shifts.ask(daemon.record, Event.ABORT, "asked for")
    plane.dies_after = False
    with a_daemon(tmp_path / "fig.sqlite3", plane, now) as heir:
        await heir.start()
        [telling] = heir.jobs
        await telling
        assert [json.loads(line)["event"] for line in heard.read_text().splitlines()] == ["start", "abort"]
        assert heir.shelf.untold("s1") == ()


async def test_hooks_that_are_slow_are_told_all_that_was_seen_too(tmp_path: Path) -> None:
    """They are still being told of the start while the candidate's last lines are looked for."""
    plane, heard = DataPlane(), tmp_path / "heard"
    with a_daemon(tmp_path / "fig.sqlite3", plane, [1_000.0]) as daemon:
        await given_a_shift(daemon, Phase.BAKING, 1, f"cat >> {heard}; echo >> {heard}")
        await given_ground_for(daemon, Event.FAIL)

        async def last_lines(_: str) -> tuple[str, ...]:
            await daemon.jobs[0]
            return ("no such column: email", "token-1: token=abc for ann@example.test")

        daemon.shifts.last_lines = last_lines
        await daemon.shifts.tick("shop/users")
        for job in daemon.jobs[1:]:
            await job
    told = [json.loads(line) for line in heard.read_text().splitlines()]
    assert [(one["event"], one["log"]) for one in told] == [
        ("start", []),
        ("FAIL", ["no such column: email", "token-1: token=REDACTED-2 for REDACTED-1"]),
    ]


async def test_a_decision_outlives_anothers_change_that_is_taken_back(tmp_path: Path) -> None:
    """That one restores what it found, and it found the route where it was before."""
    plane, now = DataPlane(), [1_000.0]
    with a_daemon(tmp_path / "fig.sqlite3", plane, now) as daemon:
        await given_a_shift(daemon, Phase.BAKING, step=1)
        await given_ground_for(daemon, Event.FAIL)
        undo = daemon.books.save_proxy(replace(daemon.books.proxy("shop"), http2=True), "somebody else's")
        other = daemon.shifts.applier.follow(undo)
        plane.refusals = 1
        plane.gate.clear()
        task = asyncio.ensure_future(other)
        await asyncio.sleep(0)
        tick = asyncio.ensure_future(daemon.shifts.tick("shop/users"))
        await until(lambda: not daemon.record.is_running)
        plane.gate.set()
        with pytest.raises(FigError, match="did not reload"):
            await task
        await tick
        assert daemon.books.proxy("shop").routes[0].weight == 0
        await daemon.shifts.tick("shop/users")
        assert plane.weight() == 0
        assert not daemon.books.proxy("shop").http2
