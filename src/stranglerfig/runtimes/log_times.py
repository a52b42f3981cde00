"""When what was written: marks beside a task's log, in ``TASK.log.times``.

A task writes to its file itself, so that it needs nobody alive; so nobody stamps its lines either. Whoever watches the
file notes every second or so how far it has come, and when it was last written to. What lies between two marks counts
as written at the second one's time: that is true to a second or so while somebody watches, and later than it was for
what came while nobody did.

Nothing depends on the marks but questions for a time: one that cannot be written is left out, and a file that cannot be
read is begun anew.
"""

from __future__ import annotations

import bisect
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

#: Two megabytes; the later half is nine hours of a task that writes every second.
MOST_MARKS = 40_000
RECORD_BYTES = 48


@dataclass(frozen=True, slots=True)
class Mark:
    """``position`` is where the log ended when it was last written to, at ``stamp_ms``; ``start`` is the position of
    the first byte that was in its newest part.
    """

    stamp_ms: int
    position: int
    start: int


class LogTimes:
    """The marks of one log, oldest first; neither times nor positions ever go back. One writer at a time."""

    def __init__(self, path: Path, *, most: int = MOST_MARKS) -> None:
        self.path = path
        self._most = most
        self._count = 0
        self.last: Mark | None = None
        with suppress(OSError, ValueError):
            # What was written of a record when the machine stopped is written over by the next one.
            self._count = path.stat().st_size // RECORD_BYTES
            if self._count:
                with open(path, "rb", buffering=0) as file:
                    self.last = _parse(os.pread(file.fileno(), RECORD_BYTES, (self._count - 1) * RECORD_BYTES))
        if self.last is None:
            self._count = 0

    def add(self, mark: Mark) -> None:
        last = self.last or mark
        mark = Mark(max(mark.stamp_ms, last.stamp_ms), max(mark.position, last.position), mark.start)
        with suppress(OSError, ValueError):
            if self._count >= self._most:
                self._thin()
            file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                written = os.pwrite(file, _render(mark), self._count * RECORD_BYTES)
            finally:
                os.close(file)
            # Less when the disk is full: the next one is written over it.
            if written == RECORD_BYTES:
                self._count += 1
                self.last = mark

    def position_at(self, moment: float) -> int:
        """Where the log ended before ``moment``, as far as it is marked; 0 if nothing is."""
        records = self._read()
        with suppress(ValueError):
            found = bisect.bisect_left(records, moment * 1000, key=lambda record: _parse(record).stamp_ms)
            return _parse(records[found - 1]).position if found else 0
        return 0

    def remove(self) -> None:
        self._draft().unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)
        self._count, self.last = 0, None

    def _thin(self) -> None:
        """Of the older half, every second one goes: the older a line, the less it matters when exactly it came."""
        records = self._read()
        middle = len(records) // 2
        kept = [*records[1:middle:2], *records[middle:]]
        draft = self._draft()
        with open(draft, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.writelines(kept)
        draft.replace(self.path)
        self._count = len(kept)

    def _draft(self) -> Path:
        return self.path.with_name(f"{self.path.name}.new")

    def _read(self) -> list[bytes]:
        with suppress(OSError):
            data = self.path.read_bytes()
            return [data[index * RECORD_BYTES : (index + 1) * RECORD_BYTES] for index in range(self._count)]
        return []


def _render(mark: Mark) -> bytes:
    return f"{mark.stamp_ms:>14}{mark.position:>17}{mark.start:>16}\n".encode()


def _parse(record: bytes) -> Mark:
    return Mark(int(record[:14]), int(record[14:31]), int(record[31:47]))
