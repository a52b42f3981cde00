"""Carries out what was planned for the tasks of one target group. Everything is booked before it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from stranglerfig.control.applier import Applier
from stranglerfig.control.books import Books
from stranglerfig.control.fleet import Fleet, TaskRecord
from stranglerfig.control.history import Histories
from stranglerfig.control.loop import Loop
from stranglerfig.control.ports import Runtime
from stranglerfig.control.probing import Prober
from stranglerfig.core.actions import Action, DrainTask, FailTask, ForgetTask, RouteTask, StartTask, StopTask, TakeBack
from stranglerfig.core.desired import ProcessTargets, TargetGroup
from stranglerfig.core.observed import ObservedTask, TaskState
from stranglerfig.core.plan import Place
from stranglerfig.errors import FigError

STOP_AGAIN_AFTER_S = 1.0


@dataclass(slots=True)
class Executor:
    books: Books
    fleet: Fleet
    applier: Applier
    runtime: Runtime
    prober: Prober
    loop: Loop
    histories: Histories
    clock: Callable[[], float]
    serial: Callable[[], str]
    #: groups whose tasks stand elsewhere in the data plane than in the fleet
    unapplied: set[str] = field(default_factory=set)

    async def carry_out(self, name: str, group: TargetGroup | None, actions: Iterable[Action]) -> None:
        """Rotation first, for a task that is gone must not be asked; then starts, then stops."""
        starts: list[StartTask] = []
        stops: list[TaskRecord] = []
        for action in actions:
            match action:
                case StartTask():
                    starts.append(action)
                case TakeBack():
                    await self._take_back(name, action)
                case FailTask(task_id, reason) | StopTask(task_id, reason):
                    record = self._record(name, task_id)
                    if isinstance(action, FailTask):
                        await self.histories.note_timeout(record, reason, self.clock())
                    stops.append(self._book_stop(record, reason))
                case RouteTask() | DrainTask() | ForgetTask():
                    await self._move(name, action)
        try:
            await self.follow(name)
        finally:
            for record in stops:
                self.loop.spawn(self._stop(record), f"stop of {record.task.id}")
            if group is not None and starts:
                await asyncio.gather(*(self._start(group, start.index) for start in starts))

    async def follow(self, name: str) -> None:
        """Bring the data plane to where the fleet stands, if it is not there yet."""
        if name in self.unapplied:
            await self.applier.follow()
            self.unapplied.discard(name)

    async def _move(self, name: str, action: RouteTask | DrainTask | ForgetTask) -> None:
        record = self._record(name, action.task_id)
        match action:
            case RouteTask():
                self.books.store.save_task(record.task)
                record.place = Place.IN
                self.histories.note_health(record)
            case DrainTask(task_id, reason):
                self.books.store.journal("drain task", f"{task_id}: {reason}", subject=f"target group {name}")
                # Should the daemon die now, the next one is to go on with the farewell.
                self.books.store.save_task(replace(record.task, state=TaskState.STOPPING))
                record.place, record.left_at, record.sessions = Place.LEAVING, self.clock(), None
            case ForgetTask():
                await self._forget(record)
                if record.place is Place.OUT:
                    return
        self.unapplied.add(name)

    async def _start(self, group: TargetGroup, index: int) -> None:
        assert isinstance(group.targets, ProcessTargets)
        task_id = f"{group.name}-{group.revision}-{index}-{self.serial()}"
        intent = ObservedTask(task_id, group.name, group.revision, 0, TaskState.STARTING)
        record = TaskRecord(intent, group.health, group.targets.grace_s, self.clock())
        self.books.store.save_task(intent)
        self.fleet.add(record)
        try:
            seen = await self.runtime.start(task_id, group.name, group.revision, group.targets)
        except FigError as error:
            self.histories.note_unstartable(record, error, self.clock())
            self._drop(record)
            self.loop.wake(group.name)
            return
        record.task = seen
        self.books.store.save_task(seen)
        self.loop.spawn(self.prober.watch(record), f"health of {task_id}")

    def _book_stop(self, record: TaskRecord, reason: str) -> TaskRecord:
        self.books.store.journal(
            "stop task", f"{record.task.id}: {reason}", subject=f"target group {record.task.group}"
        )
        record.set_state(TaskState.STOPPING)
        record.is_being_stopped = True
        self.books.store.save_task(record.task)
        return record

    async def _stop(self, record: TaskRecord) -> None:
        ended: ObservedTask | None = None
        while ended is None:
            try:
                ended = await self.runtime.stop(record.task.id, record.grace_s)
            except FigError as error:
                self.books.store.journal("stop failed", error.message, subject=f"target group {record.task.group}")
                await asyncio.sleep(STOP_AGAIN_AFTER_S)
        record.note_ended(ended.exit_status)
        self.loop.wake(record.task.group)

    async def _forget(self, record: TaskRecord) -> None:
        if not record.is_being_stopped:
            await self.histories.note_end(record, self.clock())
        self._drop(record)

    def _drop(self, record: TaskRecord) -> None:
        self.runtime.forget(record.task.id)
        self.books.store.delete_task(record.task.id)
        self.fleet.drop(record)

    async def _take_back(self, name: str, action: TakeBack) -> None:
        good = self.books.store.group_revision(name, action.good)
        if good is None:
            self.books.store.journal(
                "cannot take back", f"revision {action.good} is not in the books", subject=f"target group {name}"
            )
            return
        self.books.save_group(good, f"back to revision {action.good}: {action.reason}")
        self.histories.note_taken_back(name, action)
        self.unapplied.add(name)

    def _record(self, name: str, task_id: str) -> TaskRecord:
        record = self.fleet.find(name, task_id)
        if record is None:
            raise KeyError(task_id)
        return record
