"""Makes the data plane follow the books: one apply for all changes that came in while the last one ran.

When an apply fails, every change that is not in force yet is taken back, newest first, so that books and data plane
agree again; each caller learns why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from stranglerfig.control.books import Undo
from stranglerfig.control.ports import Router
from stranglerfig.core.topology import Topology
from stranglerfig.errors import FigError, Unavailable

#: by then a reload is over; an apply that comes later waits its turn in the router all the same
IN_FORCE_AFTER_S = 0.1


@dataclass(slots=True, eq=False)
class _Change:
    undos: tuple[Undo, ...]
    is_settled: bool = False
    error: FigError | None = None


class _Outcome:
    """Keeps an expected error out of a task group, which would wrap it and cancel the others."""

    error: FigError | None = None

    async def of(self, job: Awaitable[None]) -> None:
        try:
            await job
        except FigError as error:
            self.error = error


@dataclass(slots=True)
class Applier:
    """``build`` answers with the topology of this moment, or None while nothing is to run."""

    router: Router
    build: Callable[[], Topology | None]
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _pending: list[_Change] = field(default_factory=list)

    async def follow(self, *undos: Undo) -> None:
        """Return when an apply that began after this call has ended. ``undos`` take back what the caller committed."""
        change = _Change(undos)
        self._pending.append(change)
        async with self._turn:
            if not change.is_settled:
                await self._apply_pending()
        if change.error is not None:
            raise type(change.error)(change.error.message, hint=change.error.hint) from change.error

    async def hasten(self) -> bool:
        """Have the data plane follow the books now, whosever turn it is: that may last until servers that leave have
        nothing left to do. Returns whether no other change is under way; one that fails takes back what it found.
        """
        topology = self.build()
        if topology is not None:
            # The router takes applies in the order in which they come: none that was built earlier follows this one.
            await self.router.apply(topology)
        return not self._pending and not self._turn.locked()

    async def drain(self, mark: Callable[[], None]) -> None:
        """Apply what ``mark`` changes, and return when the servers that leave by it have nothing left to do.

        That may take long. Others need not wait for it: they have their turn as soon as this one must be in force.
        """
        apply = _Outcome()
        async with asyncio.TaskGroup() as tasks, self._turn:
            mark()
            topology = self.build()
            if topology is None:
                return
            job = tasks.create_task(apply.of(self.router.apply(topology)))
            await asyncio.wait({job}, timeout=IN_FORCE_AFTER_S)
        if apply.error is not None:
            raise apply.error

    async def _apply_pending(self) -> None:
        batch, self._pending = self._pending, []
        try:
            topology = self.build()
            if topology is not None:
                await self.router.apply(topology)
        except FigError as error:
            self._take_back(batch, error)
        except asyncio.CancelledError:
            # The caller that applied for all is being cancelled: the next one in line does it instead.
            self._pending = batch + self._pending
            raise
        except Exception as defect:
            # A change that fig stumbles over must not stay in the way of all later ones.
            self._take_back(batch, Unavailable(f"fig failed at this change, which is taken back: {defect!r}"))
            raise
        for change in batch:
            change.is_settled = True

    def _take_back(self, batch: list[_Change], error: FigError) -> None:
        doomed, self._pending = batch + self._pending, []
        for change in reversed(doomed):
            change.is_settled, change.error = True, error
            try:
                for undo in reversed(change.undos):
                    undo()
            except FigError as second:
                change.error = Unavailable(
                    f"{error.message}; and the change could not be taken back: {second.message}", hint=second.hint
                )
