"""Puts the parts of the control plane together around a store, a runtime and a router; starts none of them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from stranglerfig.control.applier import Applier
from stranglerfig.control.books import Books
from stranglerfig.control.context import Control, Reach
from stranglerfig.control.executor import Executor
from stranglerfig.control.fleet import Fleet
from stranglerfig.control.history import Histories
from stranglerfig.control.loop import Loop, Next
from stranglerfig.control.meter import Meter
from stranglerfig.control.ports import Router, Runtime, Store
from stranglerfig.control.probing import Prober
from stranglerfig.control.reconciler import Reconciler
from stranglerfig.core.topology import Topology

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class World:
    """Everything outside. ``reach`` see ``context``."""

    store: Store
    runtime: Runtime
    router: Router
    reach: Reach
    home: str
    stop: Callable[[], None]
    clear_logs: Callable[[], None]
    clock: Callable[[], float] = time.monotonic


@dataclass(slots=True)
class Bell:
    """The runtime rings when a task has ended; whoever listens is made of the runtime, and so comes later."""

    listener: Callable[[], None] | None = None

    def ring(self) -> None:
        if self.listener is not None:
            self.listener()


def assemble(world: World) -> Control:
    books = Books(world.store)
    fleet = Fleet()

    def build() -> Topology | None:
        return books.topology(fleet.rotating) if books.desired.running else None

    async def tick(name: str) -> Next:
        return await reconciler.tick(name)

    loop = Loop(tick)
    applier = Applier(world.router, build)
    histories = Histories(world.store, world.runtime)
    prober = Prober(world.runtime, world.store, fleet, loop.wake, world.clock)
    executor = Executor(
        books, fleet, applier, world.runtime, prober, loop, histories, clock=world.clock, serial=_Serial().next
    )
    reconciler = Reconciler(
        books, applier, fleet, histories, executor, world.runtime, world.router, loop, clock=world.clock
    )
    return Control(
        home=world.home,
        books=books,
        applier=applier,
        fleet=fleet,
        histories=histories,
        reconciler=reconciler,
        meter=Meter(world.router, lambda: books.desired.running, world.clock),
        router=world.router,
        runtime=world.runtime,
        reach=world.reach,
        stop=world.stop,
        clear_logs=world.clear_logs,
    )


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
