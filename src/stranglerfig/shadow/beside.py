"""The process that asks and compares, as the daemon has it: begun with the first job, and again when it has died."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from stranglerfig.core.compare.jobs import Job
from stranglerfig.core.compare.report import Compared
from stranglerfig.core.json_values import UnreadableValue, from_json, to_json

log = logging.getLogger(__name__)

#: a job with headers and body in base64 is far below that
LONGEST_LINE = 4 << 20
#: of all shadows together
MOST_UNDER_WAY = 64
#: what may wait in the pipe for a process that is busy
MOST_WAITING_BYTES = 8 << 20
#: one that has died is not begun anew at once
PAUSE_S = 1.0

IsOver = Callable[[Compared | None], None]


@dataclass(slots=True)
class ProcessBeside:
    """The Replayer port. ``niceness`` 19 would be none: it would starve for as long as a machine is busy."""

    niceness: int = 10
    _life: _Life | None = None
    _lives: set[asyncio.Task[None]] = field(default_factory=set)
    _has_died: bool = False

    def offer(self, job: Job, is_over: IsOver) -> bool:
        if self._life is None:
            self._life = _Life(self.niceness)
            task = asyncio.create_task(self._live(self._life))
            self._lives.add(task)
            task.add_done_callback(self._lives.discard)
            self._life.task = task
        return self._life.offer(job, is_over)

    def rest(self) -> None:
        if self._life is not None and self._life.task is not None:
            self._life.task.cancel()
        self._life = None

    async def aclose(self) -> None:
        """Nothing of it is left when this returns."""
        self.rest()
        if self._lives:
            await asyncio.wait(self._lives)

    async def _live(self, life: _Life) -> None:
        try:
            if self._has_died:
                await asyncio.sleep(PAUSE_S)
            await life.run()
            self._has_died = True
            log.warning("the process that compares answers has ended; the next copy begins it anew")
        finally:
            life.lose()
            if self._life is life:
                self._life = None


@dataclass(slots=True, eq=False)
class _Life:
    """From one process's begin to its end."""

    niceness: int
    task: asyncio.Task[None] | None = None
    _under_way: dict[int, IsOver] = field(default_factory=dict)
    _unsent: list[bytes] = field(default_factory=list)
    _serial: int = 0
    _pipe: asyncio.StreamWriter | None = None

    def offer(self, job: Job, is_over: IsOver) -> bool:
        has_room = self._pipe is None or self._pipe.transport.get_write_buffer_size() <= MOST_WAITING_BYTES
        if len(self._under_way) >= MOST_UNDER_WAY or not has_room:
            return False
        self._serial += 1
        self._under_way[self._serial] = is_over
        line = json.dumps({"number": self._serial, "job": to_json(job)}, separators=(",", ":")).encode() + b"\n"
        if self._pipe is None:
            self._unsent.append(line)
        else:
            self._pipe.write(line)
        return True

    def lose(self) -> None:
        """What is under way is lost."""
        lost, self._under_way = self._under_way, {}
        for is_over in lost.values():
            is_over(None)

    async def run(self) -> None:
        """Until it ends by itself; cancelled, it is ended."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "stranglerfig.shadow", str(self.niceness)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE,
            start_new_session=True,
        )
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.writelines(self._unsent)
            self._unsent, self._pipe = [], process.stdin
            while line := await process.stdout.readline():
                self._hear(line)
            # It has closed its side: it is about to end by itself.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), PAUSE_S)
        finally:
            self.lose()
            if process.returncode is None:
                process.kill()
                await process.wait()

    def _hear(self, line: bytes) -> None:
        try:
            told = json.loads(line)
            is_over = self._under_way.pop(told["number"])
            is_over(None if told["compared"] is None else from_json(Compared, told["compared"]))
        except (ValueError, KeyError, TypeError, UnreadableValue) as error:
            log.error("the process that compares answers said what cannot be read: %s", error)
