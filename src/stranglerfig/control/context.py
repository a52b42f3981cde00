"""The parts of a running control plane, as the operations see them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from stranglerfig.control.access.listener import ApiListener
from stranglerfig.control.applier import Applier
from stranglerfig.control.apps.applications import Applications
from stranglerfig.control.books import Books
from stranglerfig.control.fleet import Fleet
from stranglerfig.control.history import Histories
from stranglerfig.control.ledger.bookkeeper import Bookkeeper
from stranglerfig.control.meter import Meter
from stranglerfig.control.ports import AccessKeys, Router, Runtime
from stranglerfig.control.reconciler import Reconciler
from stranglerfig.control.shadows.shadows import Shadows
from stranglerfig.control.shifts.shifts import Shifts
from stranglerfig.control.spaces.refactoring import Refactoring
from stranglerfig.control.stacks.runner import Stacks
from stranglerfig.control.traffic.hub import Hub
from stranglerfig.control.traffic.latencies import Latencies
from stranglerfig.core.access import Identity
from stranglerfig.errors import Refused

#: ``(host, port)`` -> why nothing can be reached there, None if something can
Reach = Callable[[str, int], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Control:
    """``stop`` has the daemon end soon; traffic and tasks go on."""

    home: str
    books: Books
    applier: Applier
    fleet: Fleet
    histories: Histories
    reconciler: Reconciler
    meter: Meter
    router: Router
    runtime: Runtime
    reach: Reach
    stop: Callable[[], None]
    clear_traces: Callable[[], None]
    applications: Applications
    refactoring: Refactoring
    stacks: Stacks
    identity: Identity
    keys: AccessKeys
    listener: ApiListener
    lines: Hub
    latencies: Latencies
    shadows: Shadows
    ledger: Bookkeeper
    shifts: Shifts

    def see_ended(self) -> None:
        """A task has ended: whoever waits for that is to look."""
        self.reconciler.see_ended()
        self.applications.runner.ring()

    def require_running(self) -> None:
        if not self.books.desired.running:
            raise Refused("fig is down: nothing is served", hint="Run `fig up` first.")
