"""Health checks of our own: one coroutine a task, quick until it answers, slow while it does.

HAProxy checks whatever is in the rotation and takes a failing task out of it within a check or two; the slow check here
only decides that such a task is to be replaced.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from stranglerfig.control.fleet import Fleet, TaskRecord
from stranglerfig.control.ports import Runtime, Store
from stranglerfig.core.observed import TaskState
from stranglerfig.errors import FigError

STARTING_INTERVAL_S = 0.1
SLOW_INTERVAL_S = 5.0
#: all slow checks together stay below 20 a second, whatever the number of tasks
SLOW_CHECK_SPACING_S = 0.05
#: a task without port that has lived for so long is taken to be well
LIVED_S = 2.0
#: so long a program may listen elsewhere alone before that is remarked on
ELSEWHERE_S = 1.5


@dataclass(frozen=True, slots=True)
class Prober:
    runtime: Runtime
    store: Store
    fleet: Fleet
    wake: Callable[[str], None]
    clock: Callable[[], float]

    async def watch(self, record: TaskRecord) -> None:
        """Until the task ends or is told to."""
        looks = Looks(self.runtime, record)
        while not (record.has_ended or record.is_being_stopped):
            is_ok = await self.runtime.probe(record.task.id, record.health)
            is_ok = is_ok and (record.listens or self._has_lived(record))
            if record.has_ended or record.is_being_stopped:
                return
            if record.note_probe(is_ok, self.clock()):
                self.store.save_task(record.task)
                self.wake(record.task.group)
            if not is_ok and record.listens and record.task.state is TaskState.STARTING:
                await looks.look(self.clock())
            await asyncio.sleep(self._interval(record))

    def _has_lived(self, record: TaskRecord) -> bool:
        """One that an earlier daemon found healthy has, whatever its clock said when it was taken up."""
        return record.healthy_at is not None or self.clock() - record.started_at >= LIVED_S

    def _interval(self, record: TaskRecord) -> float:
        interval = record.health.interval_s
        if record.task.state is TaskState.STARTING:
            return min(STARTING_INTERVAL_S, interval)
        if record.failures or record.task.state is not TaskState.HEALTHY:
            return interval
        return max(interval, SLOW_INTERVAL_S, SLOW_CHECK_SPACING_S * self.fleet.size())


@dataclass(slots=True)
class Looks:
    """Finds out where a task listens that does not answer, long before its time to start is over.

    It may listen where it should a little later: what is seen twice in a row is remarked on, and nothing else.
    """

    runtime: Runtime
    record: TaskRecord
    seen: str = ""
    last_at: float | None = None

    async def look(self, now: float) -> None:
        last_at = self.record.started_at if self.last_at is None else self.last_at
        if now - last_at < ELSEWHERE_S:
            return
        self.last_at = now
        before, self.seen = self.seen, ""
        # What is wrong with the engine is told by whoever needs it.
        with suppress(FigError):
            self.seen = await self.runtime.remark(self.record.task.id)
        self.record.remark = self.seen if self.seen == before else ""
