"""Ends a set of processes for good: SIGTERM, some grace, SIGKILL, until a census finds none of them."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable

from stranglerfig.core.observed import TaskIdentity
from stranglerfig.errors import Unavailable
from stranglerfig.runtimes.census import Census, Inhabitant
from stranglerfig.runtimes.identity import ProcessStat, is_running, send_group_signal, send_signal

#: so long a killed process may take to leave, which it does not while the kernel waits for a dead disk
STUCK_S = 10.0
FIRST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 0.25

FindMembers = Callable[[tuple[Inhabitant, ...]], tuple[ProcessStat, ...]]


class Ending:
    """Whoever asks first does the work, the others wait with it; the shortest grace of all counts.

    ``leader`` is the head of the process group that gets its signals at one stroke.
    """

    def __init__(self, census: Census, find_members: FindMembers, leader: TaskIdentity | None) -> None:
        self._census = census
        self._find_members = find_members
        self._leader = leader
        self._kill_at = float("inf")
        self._nudge = asyncio.Event()
        self._lock = asyncio.Lock()
        self._is_over = False
        self._is_group_told = False

    def has_begun(self) -> bool:
        return self._kill_at < float("inf")

    def forget_leader(self) -> None:
        self._leader = None

    def nudge(self) -> None:
        """Look again now: the leader has ended."""
        self._nudge.set()

    def tell_group(self) -> None:
        """SIGTERM to the leader's group, once: to many programs a second one means "drop everything"."""
        if self._leader is not None and not self._is_group_told:
            self._is_group_told = send_group_signal(self._leader, signal.SIGTERM)

    async def run(self, grace_s: float) -> None:
        """Returns when none is left. Raises ``Unavailable`` when one outlives its SIGKILL by far."""
        self._kill_at = min(self._kill_at, time.monotonic() + grace_s)
        self._nudge.set()
        async with self._lock:
            if not self._is_over:
                await self._run()
                self._is_over = True

    async def _run(self) -> None:
        if not self._is_due():
            self.tell_group()
        told: set[TaskIdentity] = set()
        # A process may fork and end while a census walks past, and then neither of the two is seen: look twice.
        empty, pause_s = 0, FIRST_PAUSE_S
        while empty < 2:
            members = self._find_members(await self._census.take())
            empty = 0 if members else empty + 1
            if members:
                self._signal(members, told)
                await self._wait(members, pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _signal(self, members: tuple[ProcessStat, ...], told: set[TaskIdentity]) -> None:
        if self._is_due():
            if self._leader is not None:
                send_group_signal(self._leader, signal.SIGKILL)
            for member in members:
                send_signal(member.identity, signal.SIGKILL)
            return
        for member in members:
            was_told = self._is_group_told and self._leader is not None and member.group == self._leader.pid
            if member.identity not in told and not was_told:
                send_signal(member.identity, signal.SIGTERM)
        told.update(member.identity for member in members)

    async def _wait(self, members: tuple[ProcessStat, ...], pause_s: float) -> None:
        left_s = self._kill_at - time.monotonic()
        if left_s < -STUCK_S:
            pids = ", ".join(str(member.identity.pid) for member in members)
            raise Unavailable(
                f"process {pids} does not end although it was killed: the kernel holds it",
                hint=f"See what it waits for with `cat /proc/{members[0].identity.pid}/wchan`, then repeat.",
            )
        if self._leader is not None and left_s > 0 and is_running(self._leader):
            # Its end is announced by a nudge, so there is no need to walk through /proc all the while.
            pause_s = left_s
        elif left_s > 0:
            pause_s = min(pause_s, left_s)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(pause_s):
                await self._nudge.wait()
        self._nudge.clear()

    def _is_due(self) -> bool:
        return time.monotonic() >= self._kill_at
