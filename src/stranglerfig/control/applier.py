"""Makes the data plane follow the books: one apply for all changes that came in while the last one ran.

When an apply fails, every change that is not in force yet is taken back, newest first, so that books and data plane
agree again; each caller learns why.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from stranglerfig.control.books import Undo
from stranglerfig.control.ports import Router
from stranglerfig.core.topology import Topology
from stranglerfig.errors import FigError, Unavailable


@dataclass(slots=True, eq=False)
class _Change:
    undos: tuple[Undo, ...]
    is_settled: bool = False
    error: FigError | None = None


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

    async def _apply_pending(self) -> None:
        batch, self._pending = self._pending, []
        try:
            topology = self.build()
            if topology is not None:
                await self.router.apply(topology)
        except FigError as error:
            self._take_back(batch, error)
        except BaseException:
            # The caller that applied for all is being cancelled: the next one in line does it instead.
            self._pending = batch + self._pending
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
