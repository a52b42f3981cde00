"""Keeps a worker that a reload replaces until its last figures are read.

HAProxy ends such a worker with its last connection, and its counters with it. A connection to the worker's own socket
is one more, so it waits for us: when there is no other left, its counters are final. (Seen with 2.6 and 2.8.)
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stranglerfig.dataplane.replies import StatRow, WorkerState, parse_stat, parse_worker_state
from stranglerfig.errors import FigError

log = logging.getLogger(__name__)

#: of a worker that hangs no reload is to wait for long
_ANSWER_S = 1.0
#: ``show stat`` of a thousand target groups is half a megabyte
_LONGEST_REPLY = 1 << 24
_PROMPT = b"\n> "


@dataclass(slots=True)
class _Session:
    """One connection to a worker's socket. Every call raises ``OSError`` or ``FigError`` when it does not answer."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, command: str) -> str:
        self.writer.write(f"{command}\n".encode())
        try:
            async with asyncio.timeout(_ANSWER_S):
                return (await self.reader.readuntil(_PROMPT)).decode(errors="replace").removesuffix(_PROMPT.decode())
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as problem:
            raise ConnectionError("haproxy ended the session") from problem

    async def state(self) -> WorkerState:
        return parse_worker_state(await self.ask("show info"))

    async def figures(self) -> tuple[StatRow, ...]:
        return parse_stat(await self.ask("show stat"))


class LastFigures:
    """``socket`` is where the current worker listens. Whatever fails here costs figures, and nothing else."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._held: dict[int, _Session] = {}
        self._turn = asyncio.Lock()

    async def hold(self) -> None:
        """Before a reload: the current worker is not to end before ``look`` says so."""
        async with self._turn:
            try:
                pid, session = await self._open()
            except (OSError, FigError) as problem:
                log.info("the last figures of haproxy's worker may be missing: %s", problem)
                return
            if pid in self._held:
                session.writer.close()
            else:
                self._held[pid] = session

    async def look(self, note: Callable[[int, tuple[StatRow, ...]], None]) -> None:
        """Those that have nothing left to do end once ``note`` has had their pid and final figures."""
        async with self._turn:
            await asyncio.gather(*(self._look_at(pid, session, note) for pid, session in list(self._held.items())))

    async def _look_at(self, pid: int, session: _Session, note: Callable[[int, tuple[StatRow, ...]], None]) -> None:
        try:
            if not (await session.state()).is_idle:
                return
            note(pid, await session.figures())
        except (OSError, FigError) as problem:
            log.info("haproxy's worker %d ended before its last figures were read: %s", pid, problem)
        self._let_go(pid)

    def let_all_go(self) -> bool:
        """Whether there was any."""
        held = list(self._held)
        for pid in held:
            self._let_go(pid)
        return bool(held)

    async def _open(self) -> tuple[int, _Session]:
        async with asyncio.timeout(_ANSWER_S):
            session = _Session(*await asyncio.open_unix_connection(str(self._socket), limit=_LONGEST_REPLY))
        try:
            # until then each command would end the connection
            await session.ask("prompt")
            return (await session.state()).pid, session
        except BaseException:
            session.writer.close()
            raise

    def _let_go(self, pid: int) -> None:
        session = self._held.pop(pid, None)
        if session is not None:
            session.writer.close()
