"""Tells a shift's hooks of its changes, in order, and never in the way of one.

What is to be told is in the books: after a crash it is told then, and perhaps once more.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass, field
from typing import Any

from stranglerfig.control.ports import ShiftStore, Store
from stranglerfig.control.shifts.webhook import post
from stranglerfig.core.shift.record import Decision, ShiftRecord
from stranglerfig.errors import Unavailable

COMMAND_TIMEOUT_S = 30.0
#: of what a command that failed has said, and in bytes as it says it
MOST_SAID = 500
_MOST_HEARD = 4 * MOST_SAID

#: runs a job beside everything else, until the daemon ends
Spawn = Callable[[Coroutine[Any, Any, None], str], None]


@dataclass(slots=True)
class Teller:
    store: ShiftStore
    journal: Store
    spawn: Spawn
    #: those that somebody is telling of; what is to be told beyond that is looked for at the end of each telling
    _busy: set[str] = field(default_factory=set)
    #: those whose last decision is not all there yet
    _held: set[str] = field(default_factory=set)

    def hold(self, record: ShiftRecord) -> None:
        """Until it is told of next, nothing is that was decided last."""
        self._held.add(record.id)

    def tell(self, record: ShiftRecord) -> None:
        """Whatever its hooks have not been told yet."""
        self._held.discard(record.id)
        if record.id not in self._busy and self.store.untold(record.id):
            self._busy.add(record.id)
            self.spawn(self._tell(record), f"hooks of shift {record.id}")

    async def _tell(self, record: ShiftRecord) -> None:
        try:
            while record.id not in self._held and (untold := self.store.untold(record.id)):
                for number, decision in untold:
                    await self._tell_of(record, decision)
                    self.store.mark_told(number)
        finally:
            self._busy.discard(record.id)

    async def _tell_of(self, record: ShiftRecord, decision: Decision) -> None:
        body = json.dumps(to_event(record, decision)).encode()
        if record.hooks.webhook is not None:
            await self._try(record, post(record.hooks.webhook, body))
        if record.hooks.command is not None:
            await self._try(record, run_command(record.hooks.command, body))

    async def _try(self, record: ShiftRecord, telling: Coroutine[Any, Any, None]) -> None:
        try:
            await telling
        except Unavailable as error:
            self.journal.journal("hook failed", error.message, subject=f"shift {record.proxy}/{record.route}")


async def run_command(command: str, body: bytes) -> None:
    """By the shell. Raises ``Unavailable`` when it fails, or takes too long and is ended."""
    try:
        process = await asyncio.create_subprocess_exec(
            *("/bin/sh", "-c", command),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise Unavailable(f"`{command}` could not be run: {error}") from error
    try:
        async with asyncio.timeout(COMMAND_TIMEOUT_S):
            _, said = await asyncio.gather(_feed(process, body), _hear(process))
            await process.wait()
    except TimeoutError as error:
        raise Unavailable(f"`{command}` did not end within {COMMAND_TIMEOUT_S:g} s") from error
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if process.returncode:
        last = said.decode(errors="replace").strip()[-MOST_SAID:]
        raise Unavailable(f"`{command}` ended with {process.returncode}: {last or 'it said nothing'}")


async def _feed(process: asyncio.subprocess.Process, body: bytes) -> None:
    assert process.stdin is not None
    # Not every command wants to know.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(body)
        await process.stdin.drain()
    process.stdin.close()


async def _hear(process: asyncio.subprocess.Process) -> bytes:
    """The end of what it says, which may be very much."""
    assert process.stdout is not None
    said = b""
    while part := await process.stdout.read(65_536):
        said = (said + part)[-_MOST_HEARD:]
    return said


def to_event(record: ShiftRecord, decision: Decision) -> dict[str, object]:
    """What hooks get; documented in docs/shifting.md."""
    return {
        "shift": record.id,
        "proxy": record.proxy,
        "route": record.route,
        "path": record.path,
        "candidate": record.candidate,
        "legacy": record.legacy,
        "at": decision.at,
        "event": decision.told_event,
        "phase": decision.phase.value,
        "step": decision.step + 1,
        "steps": len(record.shift.plan.steps),
        "weight": decision.weight / 100,
        "reason": decision.reason,
        "seen": {"candidate": asdict(decision.candidate), "legacy": asdict(decision.legacy)},
        "log": list(decision.log),
        "examples": list(decision.examples),
    }
