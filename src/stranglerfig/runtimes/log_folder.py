"""The log files of all tasks of one kind: ``ROOT/GROUP/TASK.log``, or another ending. Knows nothing of processes."""

from __future__ import annotations

import asyncio
import contextlib
import re
import threading
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from pathlib import Path
from weakref import WeakValueDictionary

from stranglerfig.core.excerpts import EVERYTHING, Excerpt
from stranglerfig.errors import UsageError
from stranglerfig.runtimes.lines import LogReader
from stranglerfig.runtimes.logs import TaskLog

FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")
FOLLOW_PAUSE_S = 0.1
#: what processes wrote themselves, and what is kept of containers, which has times and names in it
OF_PROCESS, OF_CONTAINERS = ".log", ".saved"


class LogFolder:
    """Hands out one ``TaskLog`` per file, so that whoever reads hears of rotations."""

    def __init__(self, root: Path, ending: str = OF_PROCESS) -> None:
        # The kernel shows open files by their real path, and tasks are recognised by theirs.
        self.root = root.resolve()
        self._ending = ending
        self._lock = threading.Lock()
        self._open: WeakValueDictionary[Path, TaskLog] = WeakValueDictionary()

    def path(self, group: str, task_id: str) -> Path:
        for name in (group, task_id):
            if not FILE_NAME.fullmatch(name):
                raise UsageError(
                    f"`{name}` cannot name a log file", hint="Use letters, digits, dots and dashes, a letter first."
                )
        return self.root / group / f"{task_id}{self._ending}"

    def log(self, group: str, task_id: str) -> TaskLog:
        path = self.path(group, task_id)
        with self._lock:
            log = self._open.get(path)
            if log is None:
                log = self._open[path] = TaskLog(path)
            return log

    def task_ids(self, group: str) -> list[str]:
        """Whose output is kept, the one that wrote last at the end."""
        return [name for _, name in self._stamped(group)]

    def written_at(self, group: str) -> float | None:
        """When the last of its output was written; None if there is none. Seconds, as the file system counts them."""
        stamped = self._stamped(group)
        return stamped[-1][0] / 1e9 if stamped else None

    def remove(self, group: str, task_ids: Iterable[str]) -> None:
        """Their output, and the group's folder once it is empty."""
        for task_id in task_ids:
            self.log(group, task_id).remove()
        # Not empty: a task of the group has begun to write, or others are kept.
        with contextlib.suppress(OSError):
            (self.root / group).rmdir()

    async def lines(
        self,
        group: str,
        *,
        tail: int,
        follow: bool,
        is_running: Callable[[str], bool],
        excerpt: Excerpt = EVERYTHING,
    ) -> AsyncIterator[tuple[str, str]]:
        """``(task id, line)``: the group's last ``tail`` lines of the excerpt's time, then what comes, until the caller
        closes this.

        Running tasks share ``tail`` evenly; what they leave goes to ended ones, newest first. A line without its end is
        shown when its task has ended or nobody follows.
        """
        readers: dict[str, LogReader] = {}
        tails = await asyncio.to_thread(self._read_tails, group, tail, is_running, excerpt)
        for task_id, (reader, lines) in tails.items():
            readers[task_id] = reader
            rest = [] if follow and is_running(task_id) else readers[task_id].rest()
            for line in lines + rest if tail > 0 else []:
                yield task_id, line
        while follow:
            await asyncio.sleep(FOLLOW_PAUSE_S)
            for task_id in self.task_ids(group):
                if task_id not in readers:
                    readers[task_id] = LogReader(self.log(group, task_id))
                for line in await _read_news(readers[task_id], is_ended=not is_running(task_id)):
                    yield task_id, line

    def _stamped(self, group: str) -> list[tuple[int, str]]:
        folder = self.path(group, group).parent
        stamped = []
        for path in folder.glob(f"*{self._ending}"):
            with contextlib.suppress(FileNotFoundError):
                stamped.append((path.stat().st_mtime_ns, path.name.removesuffix(self._ending)))
        return sorted(stamped)

    def _read_tails(
        self, group: str, tail: int, is_running: Callable[[str], bool], excerpt: Excerpt
    ) -> dict[str, tuple[LogReader, list[str]]]:
        oldest_first = self.task_ids(group)
        running = [task_id for task_id in oldest_first if is_running(task_id)]
        readers, tails = {}, {}
        for task_id in oldest_first:
            log = self.log(group, task_id)
            is_timed = excerpt.since is not None or excerpt.until is not None
            readers[task_id] = LogReader(log)
            span = log.span(excerpt.since, excerpt.until) if is_timed else None
            tails[task_id] = readers[task_id].read_tail(max(0, tail), span)
        shares = share_lines({task_id: len(lines) for task_id, lines in tails.items()}, running, max(0, tail))
        return {
            task_id: (readers[task_id], tails[task_id][-share:] if share else []) for task_id, share in shares.items()
        }


def share_lines(counts: dict[str, int], running: Collection[str], tail: int) -> dict[str, int]:
    """How many of its ``counts`` lines each task may show. ``counts`` has the oldest task first, as has the answer."""
    shares: dict[str, int] = {}
    by_need = sorted(running, key=counts.__getitem__)
    for index, task_id in enumerate(by_need):
        shares[task_id] = min(counts[task_id], (tail - sum(shares.values())) // (len(by_need) - index))
    for task_id in reversed(counts):
        if task_id not in shares:
            shares[task_id] = min(counts[task_id], tail - sum(shares.values()))
    return {task_id: shares[task_id] for task_id in counts}


async def _read_news(reader: LogReader, *, is_ended: bool) -> list[str]:
    """What came since, a few parts at most, so that a flood of one task does not hide the others."""
    if not reader.has_more():
        return reader.rest() if is_ended else []
    return await asyncio.to_thread(reader.read_lines)
