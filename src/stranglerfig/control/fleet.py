"""The tasks as the control plane knows them: state, place in the rotation, and since when."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

from stranglerfig.core.desired import TargetGroup, UrlTargets
from stranglerfig.core.ingress import RotatingTask, to_servers, to_task_health
from stranglerfig.core.observed import ObservedTask, TaskState
from stranglerfig.core.plan import Place, TaskView
from stranglerfig.core.topology import HealthCheck, Server

#: for a task whose revision is not in the books any more
SHORT_GRACE_S = 10.0


@dataclass(slots=True, eq=False)
class TaskRecord:
    """``task.state`` is the control plane's verdict; the runtime only knows whether the process lives.

    ``healthy_at`` is the first healthy answer. ``is_draining``: HAProxy is to send it nothing new;
    ``is_drain_applied``: it sends nothing new, and what was under way has ended or takes long. ``is_being_stopped``:
    somebody waits for its end already. A task that does not ``listen`` gets no requests and counts as serving without.
    ``remark`` is what is odd about it while it starts.
    """

    task: ObservedTask
    health: HealthCheck
    grace_s: float
    started_at: float
    place: Place = Place.OUT
    healthy_at: float | None = None
    left_at: float = 0.0
    sessions: int | None = None
    passes: int = 0
    failures: int = 0
    is_being_stopped: bool = False
    is_draining: bool = False
    is_drain_applied: bool = False
    listens: bool = True
    remark: str = ""

    def note_probe(self, is_ok: bool, now: float) -> bool:
        """Count one health check; True if that changed the state."""
        self.passes, self.failures = (self.passes + 1, 0) if is_ok else (0, self.failures + 1)
        before = self.task.state
        if is_ok:
            self.remark = ""
        if is_ok and self.passes >= self.health.rise and before in (TaskState.STARTING, TaskState.UNHEALTHY):
            self.set_state(TaskState.HEALTHY)
            if self.healthy_at is None:
                self.healthy_at = now
        elif not is_ok and self.failures >= self.health.fall and before is TaskState.HEALTHY:
            self.set_state(TaskState.UNHEALTHY)
        return self.task.state is not before

    def set_state(self, state: TaskState) -> None:
        self.task = replace(self.task, state=state)

    def note_ended(self, exit_status: int | None) -> None:
        self.task = replace(self.task, state=TaskState.EXITED, exit_status=exit_status)

    @property
    def has_ended(self) -> bool:
        return self.task.state is TaskState.EXITED

    def to_view(self) -> TaskView:
        return TaskView(self.task, self.place, self.started_at, self.left_at, self.sessions)

    def to_rotating(self) -> RotatingTask:
        return RotatingTask(self.task.id, self.task.revision, self.task.port, self.task.ports, self.is_draining)


def to_record(task: ObservedTask, group: TargetGroup | None, now: float) -> TaskRecord:
    """``group`` is the task's own revision, None if the books have it no more."""
    if group is None or isinstance(group.targets, UrlTargets):
        return TaskRecord(task, HealthCheck(), SHORT_GRACE_S, now)
    return TaskRecord(task, to_task_health(group), group.targets.grace_s, now, listens=group.targets.listens)


@dataclass(slots=True)
class Fleet:
    _groups: dict[str, dict[str, TaskRecord]] = field(default_factory=dict)
    _dropped: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, record: TaskRecord) -> None:
        self._groups.setdefault(record.task.group, {})[record.task.id] = record

    def drop(self, record: TaskRecord) -> None:
        records = self._groups.get(record.task.group, {})
        records.pop(record.task.id, None)
        if not records:
            self._groups.pop(record.task.group, None)
        self._dropped.set()

    async def gone(self, group: str | None = None) -> None:
        """Wait until the group, or every group, has no tasks left."""
        while self._groups if group is None else self.of(group):
            self._dropped.clear()
            await self._dropped.wait()

    def of(self, group: str) -> tuple[TaskRecord, ...]:
        return tuple(self._groups.get(group, {}).values())

    def find(self, group: str, task_id: str) -> TaskRecord | None:
        return self._groups.get(group, {}).get(task_id)

    def size(self) -> int:
        return sum(map(len, self._groups.values()))

    def groups(self) -> tuple[str, ...]:
        return tuple(self._groups)

    def rotating(self, group: str) -> tuple[RotatingTask, ...]:
        """The tasks that HAProxy is to know. One that is gone is not among them, whatever is still to be tidied up."""
        known = [r for r in self.of(group) if r.listens and r.place is not Place.OUT and not r.has_ended]
        # In one order before and after a restart, or HAProxy would be reloaded for nothing.
        return tuple(sorted((record.to_rotating() for record in known), key=lambda task: task.id))

    def servers(self, group: str) -> tuple[Server, ...]:
        """The same by the tasks' main ports."""
        return to_servers(self.rotating(group), None, None)
