"""A task's output on disk: ``TASK.log``, and up to three older parts ``.1`` (newest) to ``.3``.

The task itself holds the file open for appending and needs nobody to read it, so its output survives any death of ours.
Nobody can make it reopen the file either: to rotate, the front of the file is copied away and then cut off. Where the
file system can collapse a range (ext4, XFS) not one byte is lost by that; elsewhere the file is truncated right after
the copy has caught up, and a line written in those microseconds may be. A daemon that is killed between copy and cut
leaves that part twice. Nothing is rotated while no daemon runs.

Parts are cut at block borders, not at lines; whoever reads must read them as one stream. Positions in that stream count
bytes since the log was begun and stay valid across rotations. What a daemon did not live to mark is made up for: the
position is a little wrong then, and so is the time of some lines.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import threading
from dataclasses import dataclass, replace
from pathlib import Path

from stranglerfig.runtimes.log_times import LogTimes, Mark

MAX_BYTES = 8 * 1024 * 1024
KEPT_PARTS = 3
COPY_BYTES = 1024 * 1024
FALLOC_FL_COLLAPSE_RANGE = 8
#: as often as that, at most, a log's end is marked with its time
MARK_S = 1.0


@dataclass(frozen=True, slots=True)
class Part:
    """``size`` bytes of the stream from ``start`` on; a gap to the next part is output that came too fast to keep."""

    start: int
    size: int


class TaskLog:
    """Safe to use from several threads."""

    def __init__(self, path: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self.path = path
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._times = LogTimes(path.with_name(f"{path.name}.times"))
        sizes = [_read_size(self._part_path(number)) for number in range(KEPT_PARTS, 0, -1)]
        self._start = self._find_start(sum(sizes))
        self._parts: list[Part] = []
        for index, size in enumerate(sizes):
            self._parts.append(Part(self._start - sum(sizes[index:]), size))

    def _find_start(self, kept: int) -> int:
        last = self._times.last
        if last is None:
            return kept
        # Shorter than it is marked: it was cut, and nobody lived to mark that.
        was_cut = last.start + _read_size(self.path) < last.position
        return max(kept, last.position if was_cut else last.start)

    def look(self, now: float) -> bool:
        """Mark how far the file has come by ``now``, UTC seconds. True: it is over-long."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return False
        last = self._times.last
        marked = last.position if last is not None else 0
        if self._start + found.st_size < marked:
            with self._lock:
                # Somebody has emptied it: what comes now is new.
                self._start = marked
        if self._start + found.st_size > marked and (last is None or abs(now - last.stamp_ms / 1000) >= MARK_S):
            with self._lock:
                self._mark()
        return found.st_size > self._max_bytes

    def span(self, since: float | None, until: float | None) -> tuple[int, int]:
        """The positions between which was written what was written at ``since`` or later and before ``until``."""
        with self._lock:
            now = self._mark_now()
            first = self._position_at(since, now) if since is not None else 0
            last = self._position_at(until, now) if until is not None else now.position
            return first, max(first, last)

    def end(self) -> int:
        """The position behind the newest byte."""
        with self._lock:
            return self._start + _read_size(self.path)

    def begin(self) -> int:
        """The position of the oldest byte that is kept."""
        with self._lock:
            return next((part.start for part in self._parts if part.size), self._start)

    def read(self, position: int, size: int) -> tuple[int, bytes]:
        """Up to ``size`` bytes from one part, at ``position`` or, where that is not kept any more, right after.

        Returns the position of the first byte, too. No bytes: the end is reached.
        """
        with self._lock:
            for number, part in zip(range(KEPT_PARTS, 0, -1), self._parts, strict=True):
                if position < part.start + part.size:
                    first = max(position, part.start)
                    wanted = min(size, part.start + part.size - first)
                    return first, _read_range(self._part_path(number), first - part.start, wanted)
            first = max(position, self._start)
            return first, _read_range(self.path, first - self._start, size)

    def rotate(self) -> None:
        """Move what is in the file to ``.1``. Of a flood, only the last ``max_bytes`` are kept."""
        with self._lock, contextlib.suppress(FileNotFoundError), open(self.path, "r+b", buffering=0) as file:
            self._mark()
            if self._rotate(file.fileno()) and self._times.last is not None:
                # The same once more, by the new start.
                self._times.add(replace(self._times.last, start=self._start))

    def remove(self) -> None:
        with self._lock:
            self._times.remove()
            for number in range(1, KEPT_PARTS + 1):
                self._part_path(number).unlink(missing_ok=True)
            self._fresh_path().unlink(missing_ok=True)
            self.path.unlink(missing_ok=True)

    def _mark(self) -> None:
        now = self._mark_now()
        if now.position > (self._times.last.position if self._times.last else 0):
            self._times.add(now)

    def _mark_now(self) -> Mark:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return Mark(0, self._start, self._start)
        # When it was last written to, which may be long before anybody looks.
        return Mark(found.st_mtime_ns // 10**6, self._start + found.st_size, self._start)

    def _position_at(self, moment: float, now: Mark) -> int:
        return now.position if now.stamp_ms < moment * 1000 else self._times.position_at(moment)

    def _rotate(self, file: int) -> bool:
        block = os.fstatvfs(file).f_bsize
        # The range to collapse must end before the end of the file.
        cut = (os.fstat(file).st_size - 1) // block * block
        if cut <= 0:
            return False
        first = max(0, cut - self._max_bytes)
        fresh = self._fresh_path()
        is_kept = _copy(file, fresh, first, cut)
        if is_kept:
            for number in range(KEPT_PARTS, 1, -1):
                with contextlib.suppress(FileNotFoundError):
                    self._part_path(number - 1).rename(self._part_path(number))
            fresh.rename(self._part_path(1))
        dropped = cut if _collapse(file, cut) else _truncate(file, cut, self._part_path(1) if is_kept else None)
        if is_kept:
            self._parts = [*self._parts[1:], Part(self._start + first, dropped - first)]
        self._start += dropped
        return True

    def _fresh_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.new")

    def _part_path(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}")


def _copy(file: int, fresh: Path, first: int, end: int) -> bool:
    """False: the disk is full. That is no reason to fill it further, so what cannot be kept is cut off all the same."""
    try:
        with open(fresh, "wb", buffering=0, opener=lambda name, flags: os.open(name, flags, 0o600)) as copy:
            while first < end:
                first += os.sendfile(copy.fileno(), file, first, min(COPY_BYTES, end - first))
    except OSError as error:
        fresh.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return False
        raise
    return True


def _collapse(file: int, cut: int) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.fallocate(file, FALLOC_FL_COLLAPSE_RANGE, ctypes.c_int64(0), ctypes.c_int64(cut)) == 0)


def _truncate(file: int, position: int, copy_path: Path | None) -> int:
    """Empty the file as soon as its copy has caught up, or after ``MAX_BYTES`` of trying. Returns what was dropped."""
    last = position + MAX_BYTES
    with open(copy_path or os.devnull, "ab", buffering=0) as copy, contextlib.suppress(OSError):
        while position < last and (chunk := os.pread(file, COPY_BYTES, position)):
            position += copy.write(chunk) or 0
    os.ftruncate(file, 0)
    return position


def _read_size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _read_range(path: Path, position: int, size: int) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:
            return os.pread(file.fileno(), size, position)
    except FileNotFoundError:
        return b""
