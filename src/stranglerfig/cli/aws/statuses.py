"""`svc status` on AWS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click

from stranglerfig.aws.deleting import Deployed
from stranglerfig.aws.running.pausing import usual_count
from stranglerfig.aws.running.status import ServiceSeen, TaskSeen, TaskStopped, look_at_service
from stranglerfig.cli.aws.listing import environment
from stranglerfig.cli.aws.taking_away import choose
from stranglerfig.cli.aws.work import session_of
from stranglerfig.cli.output import show, show_json
from stranglerfig.cli.tables import bar, show_section
from stranglerfig.cli.views import dash

#: Of a task's id, which has 32 characters.
SHORT = 8
#: of tasks that have stopped for the same reason
MOST_IDS = 3
USUAL_CAPACITY = ("", "FARGATE")


def find_workload(
    place: tuple[str, str], name: str | None, given: Mapping[str, Any], *, jobs: bool = False
) -> Deployed:
    """``place`` is the application and the environment."""
    return choose(environment(session_of(given), *place), name, jobs=jobs)


def show_status(place: tuple[str, str], name: str | None, given: Mapping[str, Any], *, as_json: bool) -> None:
    one = find_workload(place, name, given)
    seen = look_at_service(one)
    if as_json:
        about: dict[str, Any] = {
            "app": place[0],
            "environment": place[1],
            "name": one.record.name,
            "kind": one.record.kind,
        }
        show_json({**about, "stack": one.stack.status, "paused": is_paused(one, seen), **asdict(seen)})
        return
    show_summary(seen)
    if is_paused(one, seen):
        show("  Paused   its tasks are stopped until `fig svc resume`, or a deploy")
    deployments = [
        (found.revision, found.state, f"{found.running}/{found.desired}", str(found.failed))
        for found in (seen.deployments if len(seen.deployments) > 1 else ())
    ]
    show_section("Deployments", ("Revision", "State", "Tasks", "Failed"), deployments)
    show_tasks(seen.tasks)
    show_section("Stopped Tasks", ("Tasks", "IDs", "Last Stopped At", "Reason"), by_reason(seen.stopped))
    alarms = [(found.name, found.state, found.condition, dash(found.updated or None)) for found in seen.alarms]
    show_section("Alarms", ("Name", "State", "Condition", "Since"), alarms)


def show_tasks(tasks: Sequence[TaskSeen]) -> None:
    """With what they run on, where that is not the usual."""
    is_told = any(one.capacity not in USUAL_CAPACITY for one in tasks)
    rows = [
        (
            one.id[:SHORT],
            one.status,
            one.revision,
            dash(one.started or None),
            *((one.capacity or "-",) if is_told else ()),
            dash(one.container or None),
            dash(one.http or None),
        )
        for one in tasks
    ]
    capacity = ("Capacity",) if is_told else ()
    show_section("Tasks", ("ID", "Status", "Revision", "Started At", *capacity, "Cont. Health", "HTTP Health"), rows)


def by_reason(stopped: Sequence[TaskStopped]) -> Iterator[tuple[str, ...]]:
    """One that cannot start is tried again and again: a row for each reason, of that which came last."""
    found: dict[str, list[TaskStopped]] = {}
    for one in stopped:
        found.setdefault(one.reason, []).append(one)
    for reason, same in found.items():
        ids = [one.id[:SHORT] for one in same[:MOST_IDS]]
        more = ["…"] if len(same) > MOST_IDS else []
        yield str(len(same)), ", ".join([*ids, *more]), dash(same[0].stopped or None), reason


def is_paused(one: Deployed, seen: ServiceSeen) -> bool:
    return not seen.desired and usual_count(one.stack) > 0


def show_summary(seen: ServiceSeen) -> None:
    running = sum(task.status == "RUNNING" for task in seen.tasks)
    healthy = sum(task.is_healthy for task in seen.tasks)
    show(click.style("Task Summary", bold=True))
    show()
    if seen.desired:
        show(f"  Running  {bar(running, seen.desired)}  {running}/{seen.desired} desired tasks are running")
        show(f"  Health   {bar(healthy, seen.desired)}  {healthy}/{seen.desired} pass their health checks")
    else:
        show(f"  Running  {bar(0, 1)}  no tasks are wanted{f', {running} still leaving' if running else ''}")
    show(f"  Place    service {seen.place.name} of cluster {seen.place.cluster}")
