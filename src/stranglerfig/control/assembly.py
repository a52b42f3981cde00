"""Puts the parts of the control plane together around a store, a runtime and a router; starts none of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stranglerfig.control.access.listener import ApiListener
from stranglerfig.control.applier import Applier
from stranglerfig.control.apps.applications import Applications
from stranglerfig.control.apps.attempts import Attempts
from stranglerfig.control.apps.brokers import Brokers
from stranglerfig.control.apps.runner import Runner
from stranglerfig.control.apps.scheduler import Scheduler
from stranglerfig.control.apps.secret_files import SecretFiles
from stranglerfig.control.books import Books
from stranglerfig.control.context import Control, Reach
from stranglerfig.control.executor import Executor
from stranglerfig.control.fleet import Fleet
from stranglerfig.control.history import Histories
from stranglerfig.control.ledger.bookkeeper import Bookkeeper
from stranglerfig.control.ledger.surroundings import Surroundings
from stranglerfig.control.loop import Loop, Next
from stranglerfig.control.meter import Meter
from stranglerfig.control.ports import (
    AccessKeys,
    AppStore,
    Engine,
    LedgerStore,
    Replayer,
    Router,
    RunStore,
    Runtime,
    ShadowStore,
    ShiftStore,
    SpaceStore,
    StackStore,
    Store,
)
from stranglerfig.control.probing import Prober
from stranglerfig.control.reconciler import Reconciler
from stranglerfig.control.shadows.addresses import Origins
from stranglerfig.control.shadows.bodies import Bodies
from stranglerfig.control.shadows.shadows import Shadows
from stranglerfig.control.shifts.books import ShiftBooks
from stranglerfig.control.shifts.listening import Listening
from stranglerfig.control.shifts.measuring import Measuring
from stranglerfig.control.shifts.shifts import Shifts
from stranglerfig.control.shifts.telling import Teller
from stranglerfig.control.spaces.answering import PAUSE_S, Check
from stranglerfig.control.spaces.books import SpaceBooks
from stranglerfig.control.spaces.refactoring import Refactoring
from stranglerfig.control.spaces.settler import Settler
from stranglerfig.control.spaces.transitions import Transitions
from stranglerfig.control.stacks.books import StackBooks
from stranglerfig.control.stacks.provider import Provider
from stranglerfig.control.stacks.providers import to_provider
from stranglerfig.control.stacks.runner import Stacks
from stranglerfig.control.traffic.hub import Hub
from stranglerfig.control.traffic.latencies import Latencies
from stranglerfig.core.access import Identity
from stranglerfig.core.application import Deployment, Workload, group_name
from stranglerfig.core.desired import UrlTargets
from stranglerfig.core.messaging import Layout, to_layout
from stranglerfig.core.topology import Topology

#: of a candidate that was taken back
LAST_LINES = 10
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside. ``reach`` see ``context``, ``check`` see ``spaces.answering``."""

    store: Store
    runtime: Runtime
    router: Router
    reach: Reach
    home: str
    stop: Callable[[], None]
    clear_traces: Callable[[], None]
    apps: AppStore
    runs: RunStore
    secrets: SecretFiles
    spaces: SpaceStore
    stacks: StackStore
    check: Check
    keys: AccessKeys
    shadows: ShadowStore
    replayer: Replayer
    ledger: LedgerStore
    shifts: ShiftStore
    engine: Engine | None = None
    clock: Callable[[], float] = time.monotonic
    #: UTC seconds
    wall: Callable[[], float] = time.time
    identity: Identity = Identity()
    #: between two looks of ``check`` at a service that does not answer
    check_pause_s: float = PAUSE_S
    #: quotas of Refactor Spaces by word, where they are not AWS's own
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Bell:
    """The runtime rings when a task has ended; whoever listens is made of the runtime, and so comes later."""

    listener: Callable[[], None] | None = None

    def ring(self) -> None:
        if self.listener is not None:
            self.listener()


def assemble(world: World) -> Control:
    books, fleet = Books(world.store), Fleet()

    def build() -> Topology | None:
        return shadows.bodies.mark(books.topology(fleet.rotating)) if books.desired.running else None

    async def tick(name: str) -> Next:
        return await reconciler.tick(name)

    loop, serial = Loop(tick), _Serial().next
    applier = Applier(world.router, build)
    histories = Histories(world.store, world.runtime, world.secrets.redact)
    prober = Prober(world.runtime, world.store, fleet, loop.wake, world.clock)
    executor = Executor(books, fleet, applier, world.runtime, prober, loop, histories, clock=world.clock, serial=serial)
    reconciler = Reconciler(
        books, applier, fleet, histories, executor, world.runtime, world.router, loop, clock=world.clock
    )

    def provide(type_name: str) -> Provider:
        return to_provider(control, type_name)

    meter, lines = Meter(world.router, lambda: books.desired.running, world.clock), Hub()
    ledger = to_ledger(world, books, meter, lines)
    shadows = to_shadows(world, books, fleet, applier, lines)
    control = Control(
        home=world.home,
        books=books,
        applier=applier,
        fleet=fleet,
        histories=histories,
        reconciler=reconciler,
        meter=meter,
        router=world.router,
        runtime=world.runtime,
        reach=world.reach,
        stop=world.stop,
        clear_traces=world.clear_traces,
        applications=to_applications(world, books, applier, executor, serial),
        refactoring=to_refactoring(world, books, applier, executor),
        stacks=Stacks(StackBooks(world.stacks, world.store), world.identity, provide, loop.spawn, world.wall),
        identity=world.identity,
        keys=world.keys,
        listener=ApiListener(),
        lines=lines,
        latencies=to_latencies(world, books, lines),
        shadows=shadows,
        ledger=ledger,
        shifts=to_shifts(world, applier, executor, meter, shadows),
    )
    return control


def to_shadows(world: World, books: Books, fleet: Fleet, applier: Applier, lines: Hub) -> Shadows:
    origins, bodies = Origins(books, fleet), Bodies(books, applier.follow)
    return Shadows(world.shadows, books, origins, world.replayer, lines, world.wall, bodies)


def to_ledger(world: World, books: Books, meter: Meter, lines: Hub) -> Bookkeeper:
    ledger = Bookkeeper(world.ledger, Surroundings(books), meter, world.wall)
    lines.subscribe(ledger.note)
    return ledger


def to_latencies(world: World, books: Books, lines: Hub) -> Latencies:
    latencies = Latencies(world.clock, lambda group: group in books.desired.groups)
    lines.subscribe(latencies.note)
    return latencies


def to_shifts(world: World, applier: Applier, executor: Executor, meter: Meter, shadows: Shadows) -> Shifts:
    books = executor.books

    async def last_lines(name: str) -> tuple[str, ...]:
        group = books.desired.groups.get(name)
        if group is None or isinstance(group.targets, UrlTargets):
            return ()
        lines = world.runtime.logs(name, tail=LAST_LINES, follow=False)
        return tuple([f"{task}: {world.secrets.redact(name, line)}" async for task, line in lines])

    measuring = Measuring(books, meter, Listening(shadows.hub), shadows.tally)
    teller = Teller(world.shifts, world.store, executor.loop.spawn)
    return Shifts(ShiftBooks(world.shifts), books, applier, measuring, teller, last_lines, world.wall, executor.serial)


def to_refactoring(world: World, books: Books, applier: Applier, executor: Executor) -> Refactoring:
    spaces = SpaceBooks(world.spaces, world.store)
    transitions = Transitions(
        *(books, spaces, applier, world.router, executor.fleet, world.check, world.wall), world.check_pause_s
    )
    return Refactoring(spaces, Settler(spaces, transitions.complete, executor.loop.spawn), world.wall, world.limits)


def to_applications(
    world: World, books: Books, applier: Applier, executor: Executor, serial: Callable[[], str]
) -> Applications:
    def layout(app: str, environment: str, coming: Workload | None) -> Layout:
        workloads = [] if coming is None else [coming]
        for newest in world.apps.deployments(app, environment):
            workloads += _to_be_held(world.apps, books, newest)
        return to_layout(app, environment, workloads)

    attempts = Attempts(world.runtime, Path(world.home) / "runs", serial, world.secrets.redact)
    runner = Runner(world.runs, world.store, attempts, executor.loop.spawn, world.wall)
    scheduler = Scheduler(
        *(world.apps, world.runs, world.store, runner, serial, world.wall),
        is_running=lambda: books.desired.running,
    )
    brokers = Brokers(
        books=books,
        applier=applier,
        fleet=executor.fleet,
        histories=executor.histories,
        router=world.router,
        wake=executor.loop.wake,
        layout=layout,
        home=world.home,
    )
    return Applications(world.apps, world.runs, runner, scheduler, brokers, world.secrets, world.engine)


def _to_be_held(apps: AppStore, books: Books, newest: Deployment) -> list[Workload]:
    """The revision that is wanted and, as long as it is another one, the one that serves."""
    workload = newest.workload
    place = (workload.app, workload.environment, workload.name)
    name = group_name(*place)
    revisions = [group.revision for group in (books.desired.groups.get(name), books.in_force(name)) if group]
    found = [apps.deployment(*place, revision) for revision in dict.fromkeys(revisions)]
    return [one.workload for one in found if one is not None] or [workload]


class _Serial:
    """Grows with time, over restarts too: a task's id, and so its log, is never used twice."""

    def __init__(self) -> None:
        self._last = 0

    def next(self) -> str:
        self._last = max(self._last + 1, time.time_ns() // 1_000_000)
        number, text = self._last, ""
        while number:
            number, digit = divmod(number, len(_DIGITS))
            text = _DIGITS[digit] + text
        return text
