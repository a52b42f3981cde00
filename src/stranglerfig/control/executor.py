"""Carries out what was planned for the tasks of one target group. Everything is booked before it is done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from stranglerfig.control.applier import Applier
from stranglerfig.control.books import Books
from stranglerfig.control.fleet import Fleet, TaskRecord, to_record
from stranglerfig.control.history import Histories
from stranglerfig.control.loop import Loop
from stranglerfig.control.ports import Runtime
from stranglerfig.control.probing import Prober
from stranglerfig.control.unapplied import Unapplied
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
from stranglerfig.core.desired import TargetGroup, UrlTargets
from stranglerfig.core.observed import ObservedTask, TaskState
from stranglerfig.core.plan import Place
from stranglerfig.errors import FigError, NotFound

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
    unapplied: Unapplied = field(default_factory=Unapplied)

    async def carry_out(self, name: str, group: TargetGroup | None, actions: Iterable[Action]) -> None:
        """The rotation first: nothing is stopped before HAProxy has let go of it."""
        todo = tuple(actions)
        for action in todo:
            await self._begin(name, action)
        leaving = [self._book_departure(name, action) for action in todo if isinstance(action, DrainTask)]
        stops = [self._book_stop(name, action) for action in todo if isinstance(action, StopTask | FailTask)]
        try:
            await self.follow(name)
        finally:
            if leaving:
                self.loop.spawn(self._drain(name, leaving), f"drain of {name}")
            for record in stops:
                self.loop.spawn(self._stop(record), f"stop of {record.task.id}")
            starts = [action for action in todo if isinstance(action, StartTask)]
            if group is not None and starts:
                await asyncio.gather(*(self._start(group, start.index) for start in starts))

    async def follow(self, name: str) -> None:
        """Bring the data plane to where the fleet stands, if it is not there yet."""
        if name in self.unapplied:
            change = self.unapplied.latest(name)
            await self.applier.follow()
            self.unapplied.settle(name, change)

    async def _begin(self, name: str, action: Action) -> None:
        match action:
            case RouteTask(task_id):
                self._route(self._record(name, task_id))
            case ForgetTask(task_id):
                await self._forget(name, self._record(name, task_id))
            case PutInForce(revision):
                await self._put_in_force(name, revision)
            case TakeBack():
                await self._take_back(name, action)
            case FailTask(task_id, reason):
                await self.histories.note_timeout(self._record(name, task_id), reason, self.clock())
            case StartTask() | StopTask() | DrainTask():
                pass

    def _route(self, record: TaskRecord) -> None:
        self.books.store.save_task(record.task)
        record.place = Place.IN
        self.histories.note_health(record)
        self.unapplied.add(record.task.group)

    def _book_departure(self, name: str, action: DrainTask) -> TaskRecord:
        record = self._record(name, action.task_id)
        self._journal(name, "drain task", f"{record.task.id}: {action.reason}")
        # Should the daemon die now, the next one is to go on with the farewell.
        self.books.store.save_task(replace(record.task, state=TaskState.STOPPING))
        record.place, record.left_at, record.sessions = Place.LEAVING, self.clock(), None
        return record

    async def _drain(self, name: str, leaving: list[TaskRecord]) -> None:
        def mark() -> None:
            for record in leaving:
                record.is_draining = True

        try:
            await self.applier.drain(mark)
        except FigError:
            self.unapplied.add(name)
            raise
        finally:
            for record in leaving:
                record.is_drain_applied = True
            self.loop.wake(name)

    async def _start(self, group: TargetGroup, index: int) -> None:
        assert not isinstance(group.targets, UrlTargets)
        task_id = f"{group.name}-{group.revision}-{index}-{self.serial()}"
        intent = ObservedTask(task_id, group.name, group.revision, 0, TaskState.STARTING)
        record = to_record(intent, group, self.clock())
        self.books.store.save_task(intent)
        self.fleet.add(record)
        try:
            seen = await self.runtime.start(task_id, group.name, group.revision, group.targets)
        except FigError as error:
            self.histories.note_unstartable(record, error, self.clock())
            self.books.store.delete_task(task_id)
            self.fleet.drop(record)
            self.loop.wake(group.name)
            self.loop.spawn(self._prune(group.name), f"old logs of {group.name}")
            return
        record.task = seen
        self.books.store.save_task(seen)
        self.loop.spawn(self.prober.watch(record), f"health of {task_id}")

    def _book_stop(self, name: str, action: StopTask | FailTask) -> TaskRecord:
        record = self._record(name, action.task_id)
        self._journal(name, "stop task", f"{record.task.id}: {action.reason}")
        record.set_state(TaskState.STOPPING)
        record.is_being_stopped = True
        self.books.store.save_task(record.task)
        return record

    async def _stop(self, record: TaskRecord) -> None:
        ended: ObservedTask | None = None
        while ended is None:
            try:
                ended = await self.runtime.stop(record.task.id, record.grace_s)
            except NotFound:
                break
            except FigError as error:
                self._journal(record.task.group, "stop failed", error.message)
                await asyncio.sleep(STOP_AGAIN_AFTER_S)
        record.note_ended(ended.exit_status if ended is not None else None)
        self.loop.wake(record.task.group)

    async def _forget(self, name: str, record: TaskRecord) -> None:
        if not record.is_being_stopped:
            await self.histories.explain_end(record)
        if record.place is Place.LEAVING:
            # A sticky pool keeps it, out of order, until now.
            self.unapplied.add(name)
        self.runtime.forget(record.task.id)
        self.books.store.delete_task(record.task.id)
        self.fleet.drop(record)
        self.loop.spawn(self._prune(name), f"old logs of {name}")

    async def _prune(self, name: str) -> None:
        await self.runtime.prune(name)

    async def _put_in_force(self, name: str, revision: int) -> None:
        """What HAProxy does not take is held against the revision, and the one before stays in force."""
        group = self.books.group(name)
        if group.revision != revision:
            return
        undo = self.books.put_in_force(group, f"all tasks of revision {revision} serve")
        self.unapplied.add(name)
        change = self.unapplied.latest(name)
        try:
            await self.applier.follow(undo)
        except FigError as error:
            self.histories.note_unfit(group, error, self.clock())
        self.unapplied.settle(name, change)

    async def _take_back(self, name: str, action: TakeBack) -> None:
        good = self.books.store.group_revision(name, action.good)
        if good is None:
            self._journal(name, "cannot take back", f"revision {action.good} is not in the books")
            return
        self.books.save_group(good, f"back to revision {action.good}: {action.reason}")
        self.histories.note_taken_back(name, action)
        self.unapplied.add(name)

    def _journal(self, group: str, what: str, reason: str) -> None:
        self.books.store.journal(what, reason, subject=f"target group {group}")

    def _record(self, name: str, task_id: str) -> TaskRecord:
        record = self.fleet.find(name, task_id)
        if record is None:
            raise KeyError(task_id)
        return record
