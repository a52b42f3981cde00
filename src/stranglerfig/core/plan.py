"""From what a process target group should be and what its tasks are to the next few actions.

The rules, first to last:
1. A task that is gone is forgotten. A healthy task of the wanted revision enters the rotation.
2. As many tasks of the wanted revision are started as are missing, beside those of the old one, and not before the
   back-off says so.
3. A task that does not become healthy in time is stopped. When that happens, or two end at once, while an older
   revision still serves or was complete once, the new one is taken back.
4. Only when all wanted tasks are healthy and in the rotation does anything that serves leave it: so the number of
   healthy tasks in the rotation never falls below ``replicas`` by anything that is decided here. Before that the
   revision is put in force: its health check and ingress hold from then on.
5. A leaving task is drained, and stopped when it has no request left or its drain time is over.

A group that is to be recreated turns 2 and 4 round: the old tasks leave first, and new ones start when they are gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

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
from stranglerfig.core.backoff import Memory, is_failing
from stranglerfig.core.desired import TargetGroup, TaskTargets, UrlTargets
from stranglerfig.core.observed import ObservedTask, TaskState

#: how soon a draining task is looked at again
DRAIN_LOOK_S = 0.1


class Place(Enum):
    #: gets no requests
    OUT = "OUT"
    #: in the rotation
    IN = "IN"
    #: finishes what it has
    LEAVING = "LEAVING"


@dataclass(frozen=True, slots=True)
class TaskView:
    """A task and where it stands. ``sessions`` None: not seen since it began to leave."""

    task: ObservedTask
    place: Place
    started_at: float
    left_at: float = 0.0
    sessions: int | None = None

    @property
    def index(self) -> int:
        return int(self.task.id.rsplit("-", 2)[1])

    @property
    def is_serving(self) -> bool:
        return self.place is Place.IN and self.task.state is TaskState.HEALTHY


@dataclass(frozen=True, slots=True)
class Plan:
    """``wake_in`` seconds from now the plan may be another one, even if nothing is heard until then."""

    actions: tuple[Action, ...] = ()
    wake_in: float | None = None


def plan(
    group: TargetGroup | None, views: Iterable[TaskView], memory: Memory, now: float, *, in_force: int | None
) -> Plan:
    """``group`` None: it was deleted, and its tasks go. ``in_force`` is the last revision that was complete."""
    known = list(views)
    gone = [view for view in known if view.task.state is TaskState.EXITED]
    living = [view for view in known if view.task.state not in (TaskState.EXITED, TaskState.STOPPING)]
    forget: tuple[Action, ...] = tuple(ForgetTask(view.task.id) for view in gone)
    if group is None or isinstance(group.targets, UrlTargets):
        return Plan((*forget, *(StopTask(view.task.id, "its target group is gone") for view in living)))
    situation = _Situation(group, group.targets, living, memory, now, in_force, _is_in_the_way(group, known))
    taken_back = situation.plan_taking_back()
    if taken_back is not None:
        return Plan((*forget, taken_back), wake_in=0.0)
    return Plan((*forget, *situation.plan_actions()), situation.to_wake_in())


@dataclass(slots=True)
class _Situation:
    group: TargetGroup
    targets: TaskTargets
    living: list[TaskView]
    memory: Memory
    now: float
    in_force: int | None
    #: an old task is not gone yet, and has to be before new ones start
    must_wait: bool

    @property
    def current(self) -> list[TaskView]:
        return [v for v in self.living if v.task.revision == self.group.revision and v.place is not Place.LEAVING]

    @property
    def old(self) -> list[TaskView]:
        return [v for v in self.living if v.task.revision != self.group.revision and v.place is not Place.LEAVING]

    @property
    def promising(self) -> list[TaskView]:
        """Current tasks that serve or may yet."""
        return [v for v in self.current if v.task.state is not TaskState.UNHEALTHY and not self._is_late(v)]

    @property
    def serving(self) -> list[TaskView]:
        return [v for v in self.current if v.is_serving]

    @property
    def is_complete(self) -> bool:
        return len(self.serving) >= self.targets.replicas

    @property
    def is_in_force(self) -> bool:
        return self.in_force == self.group.revision

    def plan_actions(self) -> Iterator[Action]:
        yield from self._plan_entries()
        yield from self._plan_starts()
        yield from self._plan_failures()
        if self.is_in_force or not self.is_complete:
            yield from self._plan_departures()
        elif self.now >= self.memory.not_before:
            # Nothing leaves before requests go by the new revision's word.
            yield PutInForce(self.group.revision)
        yield from self._plan_stops()

    def plan_taking_back(self) -> TakeBack | None:
        memory = self.memory
        if memory.revision != self.group.revision or not is_failing(memory):
            return None
        good = [v.task.revision for v in self.old if v.place is Place.IN]
        if not good and self.in_force is not None and not self.is_in_force:
            # Its tasks had to end first, or died; it was complete once, which the new one never was.
            good = [self.in_force]
        good = [revision for revision in good if revision != memory.failed_revision]
        if not good:
            return None
        what = "did not become healthy in time" if memory.timeouts else "ended before it was healthy"
        return TakeBack(self.group.revision, max(good), f"revision {self.group.revision} {what}")

    def _plan_entries(self) -> Iterator[Action]:
        for view in self.current:
            if view.place is Place.OUT and view.task.state is TaskState.HEALTHY:
                yield RouteTask(view.task.id)

    def _plan_starts(self) -> Iterator[Action]:
        if self.now < self.memory.not_before or self.must_wait:
            return
        taken = {view.index for view in self.current}
        index = 0
        for _ in range(self.targets.replicas - len(self.promising)):
            while index in taken:
                index += 1
            taken.add(index)
            yield StartTask(index)

    def _plan_failures(self) -> Iterator[Action]:
        for view in self.current:
            if self._is_late(view):
                yield FailTask(view.task.id, f"not healthy within {self.targets.start_timeout_s:g} s")

    def _plan_departures(self) -> Iterator[Action]:
        """Whoever serves and is not wanted any more."""
        if self.is_complete or self.targets.recreate:
            for view in self.old:
                if view.place is Place.IN:
                    yield DrainTask(view.task.id, f"replaced by revision {self.group.revision}")
        if self.is_complete:
            for view in self._surplus():
                if view.place is Place.IN:
                    yield DrainTask(view.task.id, f"more than {self.targets.replicas} tasks")
            for view in self._unhealthy():
                yield DrainTask(view.task.id, "unhealthy, and replaced")
            return
        # A replacement that turns unhealthy in its turn must not add up to ever more tasks.
        for view in self._unhealthy()[self.targets.replicas :]:
            yield DrainTask(view.task.id, "unhealthy, and there are enough of them")

    def _plan_stops(self) -> Iterator[Action]:
        for view in self.old:
            if view.place is Place.OUT:
                yield StopTask(view.task.id, f"replaced by revision {self.group.revision}")
        for view in self.current:
            if view.place is Place.OUT and view.task.state is TaskState.UNHEALTHY:
                yield StopTask(view.task.id, "unhealthy before it served")
        for view in self._surplus():
            if view.place is Place.OUT and view.task.state is TaskState.STARTING:
                yield StopTask(view.task.id, f"more than {self.targets.replicas} tasks")
        for view in self.living:
            if view.place is Place.LEAVING and self._is_drained(view):
                yield StopTask(view.task.id, "drained")

    def _surplus(self) -> list[TaskView]:
        """Those above ``replicas`` that can be missed best: first the ones that do not serve, then the youngest."""
        ranked = sorted(self.promising, key=lambda view: (not view.is_serving, view.index), reverse=True)
        return ranked[: max(0, len(ranked) - self.targets.replicas)]

    def _unhealthy(self) -> list[TaskView]:
        """In the rotation though their checks fail, youngest first."""
        unhealthy = [v for v in self.current if v.place is Place.IN and v.task.state is TaskState.UNHEALTHY]
        return sorted(unhealthy, key=lambda view: view.started_at, reverse=True)

    def _is_late(self, view: TaskView) -> bool:
        is_waiting = view.place is Place.OUT and view.task.state is TaskState.STARTING
        return is_waiting and self.now - view.started_at >= self.targets.start_timeout_s

    def _is_drained(self, view: TaskView) -> bool:
        return view.sessions == 0 or self.now - view.left_at >= self.group.drain_s

    def to_wake_in(self) -> float | None:
        moments = [DRAIN_LOOK_S for view in self.living if view.place is Place.LEAVING]
        is_short = len(self.promising) < self.targets.replicas and not self.must_wait
        if (is_short or not self.is_in_force) and self.memory.not_before > self.now:
            moments.append(self.memory.not_before - self.now)
        for view in self.current:
            if view.place is Place.OUT and view.task.state is TaskState.STARTING:
                moments.append(view.started_at + self.targets.start_timeout_s - self.now)
        return max(0.0, min(moments)) if moments else None


def _is_in_the_way(group: TargetGroup, views: list[TaskView]) -> bool:
    if isinstance(group.targets, UrlTargets) or not group.targets.recreate:
        return False
    return any(v.task.revision != group.revision and v.task.state is not TaskState.EXITED for v in views)
