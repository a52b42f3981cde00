"""One look at one target group: see, plan, act. What it decides it decides in ``core.plan``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stranglerfig.control.applier import Applier
from stranglerfig.control.books import Books
from stranglerfig.control.executor import Executor
from stranglerfig.control.fleet import Fleet, TaskRecord
from stranglerfig.control.history import Histories
from stranglerfig.control.loop import Loop, Next
from stranglerfig.control.ports import Router, Runtime
from stranglerfig.core.backoff import Memory
from stranglerfig.core.desired import TargetGroup, UrlTargets
from stranglerfig.core.ingress import to_group_name
from stranglerfig.core.observed import ObservedServer, TaskState
from stranglerfig.core.plan import Place, plan

#: what to wake when HAProxy as a whole is to be brought to what the books say; no target group's name
DATA_PLANE = "data plane"


@dataclass(slots=True)
class Reconciler:
    books: Books
    applier: Applier
    fleet: Fleet
    histories: Histories
    executor: Executor
    runtime: Runtime
    router: Router
    loop: Loop
    clock: Callable[[], float]

    async def tick(self, name: str) -> Next:
        if name == DATA_PLANE:
            await self.applier.follow()
            return Next(is_over=True)
        self.see_ended()
        # What is gone leaves the rotation before anything else is thought about.
        await self.executor.follow(name)
        await self._see_sessions(name)
        group = self._wanted(name)
        memory = Memory() if group is None else self.histories.memory(name, group.revision)
        serving = self.books.in_force(name)
        views = [record.to_view() for record in self.fleet.of(name)]
        in_force = None if serving is None else serving.revision
        planned = plan(group, views, memory, self.clock(), in_force=in_force)
        await self.executor.carry_out(name, group, planned.actions)
        # What was done may be the ground for the next step, so look again until there is nothing to do.
        return Next(0.0 if planned.actions else planned.wake_in, is_over=group is None and not self.fleet.of(name))

    def see_ended(self) -> None:
        """Take note of tasks that ended by themselves, and have their groups looked at."""
        for seen in self.runtime.observe():
            if seen.state is TaskState.EXITED:
                record = self.fleet.find(seen.group, seen.id)
                if record is not None and not record.has_ended and not record.is_being_stopped:
                    self.note_ended(record, seen.exit_status)
                    self.loop.wake(seen.group)

    def note_ended(self, record: TaskRecord, exit_status: int | None) -> None:
        """It ended by itself."""
        record.note_ended(exit_status)
        self.histories.note_end(record, self.clock())
        if record.place is Place.IN:
            self.executor.unapplied.add(record.task.group)

    def wake_all(self) -> None:
        """Every group that has tasks, or should."""
        wanted = [name for name in self.books.desired.groups if self._wanted(name) is not None]
        for name in dict.fromkeys((*wanted, *self.fleet.groups())):
            self.loop.wake(name)

    def _wanted(self, name: str) -> TargetGroup | None:
        group = self.books.desired.groups.get(name) if self.books.desired.running else None
        return group if group is not None and not isinstance(group.targets, UrlTargets) else None

    async def _see_sessions(self, name: str) -> None:
        """What the tasks that leave still have to do, read from HAProxy."""
        leaving = [r for r in self.fleet.of(name) if r.is_drain_applied and not r.is_being_stopped]
        if not leaving or not self.books.desired.running:
            return
        seen = await self.router.observe()
        servers = tuple(
            server for group in seen.groups if to_group_name(group.name) == name for server in group.servers
        )
        for record in leaving:
            record.sessions = _sessions_of(record, servers)


def _sessions_of(record: TaskRecord, servers: tuple[ObservedServer, ...]) -> int:
    """One that HAProxy does not know has nothing left; it may be known in several places."""
    return sum(server.sessions for server in servers if server.id == record.task.id)
