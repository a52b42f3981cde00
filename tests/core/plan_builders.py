"""Target groups and tasks for planning, and a world in miniature that carries plans out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from stranglerfig.core.actions import (
    Action,
    DrainTask,
    FailTask,
    ForgetTask,
    PutInForce,
    RouteTask,
    StartTask,
    StopTask,
    TakeBack,
)
from stranglerfig.core.backoff import Memory, after_end, after_health, after_timeout, for_revision
from stranglerfig.core.desired import ProcessTargets, TargetGroup
from stranglerfig.core.observed import ObservedTask, TaskState
from stranglerfig.core.plan import Place, Plan, TaskView, plan


def a_group(replicas: int = 1, revision: int = 1, *, recreate: bool = False) -> TargetGroup:
    targets = ProcessTargets(("serve",), "/", replicas=replicas, recreate=recreate)
    return TargetGroup("posts", targets, revision=revision)


def plan_in_force(group: TargetGroup | None, views: list[TaskView], memory: Memory, now: float) -> Plan:
    """The wanted revision has been complete before."""
    return plan(group, views, memory, now, in_force=group.revision if group is not None else None)


def a_view(task_id: str, state: TaskState = TaskState.HEALTHY, place: Place = Place.IN) -> TaskView:
    revision = int(task_id.split("-")[1])
    return TaskView(ObservedTask(task_id, "posts", revision, 4000, state), place, started_at=0.0)


@dataclass
class SimulatedGroup:
    """``delays`` are the steps that the next tasks need until they are healthy, in turn."""

    group: TargetGroup
    delays: list[int] = field(default_factory=list)
    views: dict[str, TaskView] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    now: float = 0.0
    in_force: int | None = None
    most_revisions_at_once: int = 0
    _serial: int = 0
    _due: dict[str, int] = field(default_factory=dict)
    _bad: int = 0
    _ends_at_once: bool = False
    _good: dict[int, TargetGroup] = field(default_factory=dict)

    def order(self, group: TargetGroup, *, ends_at_once: bool = False, never_healthy: bool = False) -> None:
        self._good[self.group.revision] = self.group
        self.group = group
        self._bad = group.revision if never_healthy else 0
        self._ends_at_once = ends_at_once

    def crash(self, number: int) -> None:
        alive = [view for view in self.views.values() if view.task.state is not TaskState.EXITED]
        if alive:
            self._end(alive[number % len(alive)])

    def settle(self) -> int:
        """Until nothing is planned and nothing is awaited; the lowest number of healthy tasks in the rotation."""
        lowest = len(self.serving_revisions()) or 1_000
        for _ in range(2_000):
            self.memory = for_revision(self.memory, self.group.revision)
            planned = plan(self.group, list(self.views.values()), self.memory, self.now, in_force=self.in_force)
            if not planned.actions and planned.wake_in is None:
                return lowest
            for action in planned.actions:
                self._do(action)
            self.now += 0.1 if planned.wake_in is None else max(0.1, planned.wake_in / 4)
            self._pass_time()
            if lowest < 1_000:
                lowest = min(lowest, len(self.serving_revisions()))
        raise AssertionError("it never comes to rest")

    def serving_revisions(self) -> list[int]:
        return [view.task.revision for view in self.views.values() if view.is_serving]

    def _do(self, action: Action) -> None:
        match action:
            case StartTask(index):
                self._start(index)
            case RouteTask(task_id):
                self._put(task_id, place=Place.IN)
                self.memory = after_health(self.memory)
            case DrainTask(task_id):
                self.views[task_id] = replace(self.views[task_id], place=Place.LEAVING, left_at=self.now, sessions=0)
            case StopTask(task_id):
                self._put(task_id, state=TaskState.EXITED)
            case FailTask(task_id):
                self.memory = after_timeout(self.memory, now=self.now)
                self._put(task_id, state=TaskState.EXITED)
            case ForgetTask(task_id):
                del self.views[task_id]
            case PutInForce(revision):
                self.in_force = revision
            case TakeBack(failed, good):
                self.group = self._good[good]
                self.memory = Memory(good, failed_revision=failed)

    def _start(self, index: int) -> None:
        self._serial += 1
        task = ObservedTask(
            f"posts-{self.group.revision}-{index}-{self._serial}", "posts", self.group.revision, 1, TaskState.STARTING
        )
        self.views[task.id] = TaskView(task, Place.OUT, self.now)
        revisions = {view.task.revision for view in self.views.values() if view.task.state is not TaskState.EXITED}
        self.most_revisions_at_once = max(self.most_revisions_at_once, len(revisions))
        self._due[task.id] = self.delays.pop(0) if self.delays else 0

    def _pass_time(self) -> None:
        for view in list(self.views.values()):
            if view.task.state is not TaskState.STARTING:
                continue
            if view.task.revision == self._bad:
                if self._ends_at_once:
                    self._end(view)
                continue
            self._due[view.task.id] -= 1
            if self._due[view.task.id] < 0:
                self._put(view.task.id, state=TaskState.HEALTHY)

    def _end(self, view: TaskView) -> None:
        self._put(view.task.id, state=TaskState.EXITED)
        if view.task.revision == self.memory.revision:
            healthy_s = None if view.task.state is TaskState.STARTING else 1.0
            self.memory = after_end(self.memory, healthy_s=healthy_s, now=self.now)

    def _put(self, task_id: str, *, state: TaskState | None = None, place: Place | None = None) -> None:
        view = self.views[task_id]
        task = view.task if state is None else replace(view.task, state=state)
        self.views[task_id] = replace(view, task=task, place=view.place if place is None else place)
