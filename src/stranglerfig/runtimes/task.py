"""One task under watch: what is known of it, and the descriptor that tells of its end."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from stranglerfig.core.observed import ObservedTask, TaskIdentity, TaskState
from stranglerfig.core.topology import HealthCheck
from stranglerfig.runtimes.census import Census, Inhabitant
from stranglerfig.runtimes.ending import Ending
from stranglerfig.runtimes.identity import ProcessStat, open_pidfd, reap
from stranglerfig.runtimes.logs import TaskLog


@dataclass(frozen=True, slots=True)
class Role:
    """Which task of what this is. ``memory_bytes`` is known only of tasks we started ourselves."""

    id: str
    group: str
    revision: int
    port: int
    memory_bytes: int | None = None


class Vitals:
    """Counts health checks in a row: ``rise`` make a task healthy, ``fall`` make a healthy one unhealthy."""

    def __init__(self) -> None:
        self.state = TaskState.STARTING
        self.health = HealthCheck()
        self._streak = 0
        self._was_healthy = False

    def note(self, health: HealthCheck, *, is_healthy: bool) -> None:
        self.health = health
        self._streak = self._streak + 1 if is_healthy == self._was_healthy else 1
        self._was_healthy = is_healthy
        if is_healthy and self._streak >= health.rise:
            self.state = TaskState.HEALTHY
        elif not is_healthy and self._streak >= health.fall and self.state is TaskState.HEALTHY:
            self.state = TaskState.UNHEALTHY


class Task:
    """``process`` is None for an adopted task. Nobody but this may wait for it."""

    def __init__(
        self, role: Role, identity: TaskIdentity, log: TaskLog, census: Census, process: subprocess.Popen[bytes] | None
    ) -> None:
        self.role = role
        self.identity = identity
        self.log = log
        self.vitals = Vitals()
        self.exit_status: int | None = None
        self.ended = asyncio.Event()
        self.is_stopping = False
        self.ending = Ending(census, self.find_members, identity)
        self._process = process
        self._pidfd: int | None = None
        # Its number is reserved for the group while the group has members, and we look as soon as the leader ends; of a
        # leader that ended while nobody looked, only the mark is proof.
        self._owns_group = True

    def watch(self, on_end: Callable[[Task], None]) -> None:
        """Call ``on_end`` once, from the event loop, when the leader has ended; at once if it has already."""
        self._pidfd = open_pidfd(self.identity)
        if self._pidfd is None:
            self.disown(on_end)
            return
        asyncio.get_running_loop().add_reader(self._pidfd, self._note_end, on_end)

    def disown(self, on_end: Callable[[Task], None]) -> None:
        """Its leader ended while nobody looked, so pid and group may be anybody's: only the mark counts from now on."""
        self._owns_group = False
        self.ending.forget_leader()
        self.ended.set()
        on_end(self)

    def unwatch(self) -> None:
        """Let go of the process; it runs on."""
        if self._pidfd is not None:
            asyncio.get_running_loop().remove_reader(self._pidfd)
            os.close(self._pidfd)
            self._pidfd = None
        if self._process is not None and self._process.returncode is None:
            # It would complain about a child that nobody waited for.
            self._process.returncode = 0

    def find_members(self, inhabitants: tuple[Inhabitant, ...]) -> tuple[ProcessStat, ...]:
        pid, mark = self.identity.pid, os.fspath(self.log.path)
        stats = [inhabitant.stat for inhabitant in inhabitants]
        is_reused = any(stat.identity.pid == pid and stat.identity != self.identity for stat in stats)
        by_group = self._owns_group and not is_reused
        return tuple(
            inhabitant.stat
            for inhabitant in inhabitants
            if inhabitant.mark == mark or (by_group and pid in (inhabitant.stat.group, inhabitant.stat.session))
        )

    def observe(self) -> ObservedTask:
        return ObservedTask(
            id=self.role.id,
            group=self.role.group,
            revision=self.role.revision,
            port=self.role.port,
            state=self._state(),
            identity=self.identity,
            exit_status=self.exit_status,
        )

    def _state(self) -> TaskState:
        if self.ended.is_set():
            return TaskState.EXITED
        return TaskState.STOPPING if self.is_stopping else self.vitals.state

    def _note_end(self, on_end: Callable[[Task], None]) -> None:
        # Until the process is waited for, its zombie keeps pid and group number from being given away: whoever it left
        # behind in its group is told now.
        self.ending.tell_group()
        self.exit_status = reap(self.identity.pid) if self._process is None else self._process.poll()
        self.unwatch()
        self.ended.set()
        self.ending.nudge()
        on_end(self)
