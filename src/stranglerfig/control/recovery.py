"""Takes up what an earlier daemon left: its tasks, by identity, and where they stood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from stranglerfig.control.books import Books
from stranglerfig.control.fleet import Fleet, TaskRecord
from stranglerfig.control.ports import Runtime
from stranglerfig.core.desired import ProcessTargets, TargetGroup
from stranglerfig.core.observed import ObservedTask, TaskState
from stranglerfig.core.plan import Place
from stranglerfig.core.topology import HealthCheck

#: for a task whose revision is not in the books any more
SHORT_GRACE_S = 10.0
#: a stray never served anybody, and the daemon does not answer before it is gone
STRAY_GRACE_S = 1.0


async def recover_tasks(books: Books, fleet: Fleet, runtime: Runtime, clock: Callable[[], float]) -> list[TaskRecord]:
    """Fill the fleet with the tasks that still run; the books forget the others. Strays are ended.

    A task that was in the rotation is put back there at once, without a new proof: otherwise the first apply would take
    every task away from HAProxy, which has served from them all the while.
    """
    recovered: list[TaskRecord] = []
    for booked in books.store.tasks():
        if booked.identity is None:
            # Only its start was booked. If it came to be, it is a stray.
            books.store.delete_task(booked.id)
            continue
        seen = await runtime.adopt(booked.id, booked.group, booked.revision, booked.port, booked.identity)
        record = _to_record(books, booked, seen, clock())
        fleet.add(record)
        recovered.append(record)
    for task_id in await runtime.stop_strays(STRAY_GRACE_S):
        books.store.journal("stop stray task", f"{task_id} was started, but never booked as running")
    return recovered


def _to_record(books: Books, booked: ObservedTask, seen: ObservedTask, now: float) -> TaskRecord:
    group = books.store.group_revision(booked.group, booked.revision)
    health, grace_s = _to_terms(group)
    record = TaskRecord(seen, health, grace_s, started_at=now)
    if seen.state is TaskState.EXITED:
        # It served before, so its end is not held against its revision.
        record.healthy_at = None if booked.state is TaskState.STARTING else now
        return record
    match booked.state:
        case TaskState.HEALTHY | TaskState.UNHEALTHY:
            record.task = replace(seen, state=booked.state)
            record.place, record.healthy_at = Place.IN, now
        case TaskState.STOPPING:
            record.task = replace(seen, state=TaskState.HEALTHY)
            record.place, record.left_at, record.healthy_at = Place.LEAVING, now, now
            # The apply at the start says so to HAProxy.
            record.is_draining = record.is_drain_applied = True
        case _:
            record.task = replace(seen, state=TaskState.STARTING)
    return record


def _to_terms(group: TargetGroup | None) -> tuple[HealthCheck, float]:
    if group is None or not isinstance(group.targets, ProcessTargets):
        return HealthCheck(), SHORT_GRACE_S
    return group.health, group.targets.grace_s
