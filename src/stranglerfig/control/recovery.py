"""Takes up what an earlier daemon left: its tasks, by identity, and where they stood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from stranglerfig.control.books import Books
from stranglerfig.control.fleet import Fleet, TaskRecord, to_record
from stranglerfig.control.ports import Runtime
from stranglerfig.core.observed import ObservedTask, TaskState
from stranglerfig.core.plan import Place
from stranglerfig.errors import FigError

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
        try:
            seen = await runtime.adopt(booked.id, booked.group, booked.revision, booked.port, booked.identity)
        except FigError as error:
            # Its engine does not answer. A daemon that would not start could not say so; a container that lives on all
            # the same is a stray when the engine is back.
            books.store.journal("cannot take task up", f"{booked.id}: {error.message}")
            books.store.delete_task(booked.id)
            continue
        record = _to_record(books, booked, seen, clock())
        fleet.add(record)
        recovered.append(record)
    for task_id in await runtime.stop_strays(STRAY_GRACE_S):
        books.store.journal("stop stray task", f"{task_id} was started, but never booked as running")
    return recovered


def _to_record(books: Books, booked: ObservedTask, seen: ObservedTask, now: float) -> TaskRecord:
    # While its engine does not answer, its ports are those that were booked.
    seen = seen if seen.ports else replace(seen, ports=booked.ports)
    record = to_record(seen, books.store.group_revision(booked.group, booked.revision), now)
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
