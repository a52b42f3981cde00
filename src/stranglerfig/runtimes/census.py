"""Finds every process of a task, those included that left its process group and its session.

A process belongs to a task when it bears the task's mark: ``FIG_TASK_LOG=<log file>`` in the environment it was started
with, or that file as its standard output or error. Two places, because programs that set their title (nginx, gunicorn)
overwrite the first, and programs that redirect their output lose the second.
"""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass

from stranglerfig.runtimes.identity import ProcessStat, read_stat

MARK = "FIG_TASK_LOG"


@dataclass(frozen=True, slots=True)
class Inhabitant:
    """A running process of our user; ``mark`` is the log file of the task it belongs to."""

    stat: ProcessStat
    mark: str | None


class Census:
    """One walk through ``/proc`` serves all who wait for one: a hundred stops at once must not mean a hundred walks."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._began_at = float("-inf")
        self._last: tuple[Inhabitant, ...] = ()

    async def take(self) -> tuple[Inhabitant, ...]:
        """All running processes of our user, seen after this call began."""
        asked_at = time.monotonic()
        async with self._lock:
            if self._began_at < asked_at:
                began_at = time.monotonic()
                self._last = await asyncio.to_thread(read_inhabitants)
                self._began_at = began_at
            return self._last


def read_inhabitants() -> tuple[Inhabitant, ...]:
    user, self_pid = os.geteuid(), os.getpid()
    pids = (int(name) for name in os.listdir("/proc") if name.isdigit())
    found = (_read_inhabitant(pid, user) for pid in pids if pid != self_pid)
    return tuple(inhabitant for inhabitant in found if inhabitant is not None)


def read_mark(pid: int) -> str | None:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            mark = parse_mark(file.read())
        return mark or _read_output_file(pid)
    except OSError:
        return None


def parse_mark(environ: bytes) -> str | None:
    start = (b"\0" + environ).find(f"\0{MARK}=".encode())
    if start < 0:
        return None
    value = environ[start + len(MARK) + 1 :]
    return os.fsdecode(value[: value.find(b"\0")] if b"\0" in value else value)


def _read_inhabitant(pid: int, user: int) -> Inhabitant | None:
    try:
        if os.stat(f"/proc/{pid}").st_uid != user:
            return None
    except OSError:
        return None
    stat = read_stat(pid)
    if stat is None or stat.has_ended:
        return None
    return Inhabitant(stat=stat, mark=read_mark(pid))


def _read_output_file(pid: int) -> str | None:
    for descriptor in (1, 2):
        try:
            path = os.readlink(f"/proc/{pid}/fd/{descriptor}")
        except OSError:
            continue
        if path.endswith(".log"):
            return path
    return None
