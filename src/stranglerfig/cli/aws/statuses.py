"""`svc status` on AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import click

from stranglerfig.aws.deleting import Deployed
from stranglerfig.aws.running.status import ServiceSeen, look_at_service
from stranglerfig.cli.aws.listing import environment
from stranglerfig.cli.aws.taking_away import choose
from stranglerfig.cli.aws.work import session_of
from stranglerfig.cli.output import show, show_json
from stranglerfig.cli.tables import bar, show_section
from stranglerfig.cli.views import dash

#: Of a task's id, which has 32 characters.
SHORT = 8


def find_workload(
    place: tuple[str, str], name: str | None, given: Mapping[str, Any], *, jobs: bool = False
) -> Deployed:
    """``place`` is the application and the environment."""
    return choose(environment(session_of(given), *place), name, jobs=jobs)


def show_status(place: tuple[str, str], name: str | None, given: Mapping[str, Any], *, as_json: bool) -> None:
    one = find_workload(place, name, given)
    seen = look_at_service(one)
    if as_json:
        about = {"app": place[0], "environment": place[1], "name": one.record.name, "kind": one.record.kind}
        show_json({**about, "stack": one.stack.status, **asdict(seen)})
        return
    show_summary(seen)
    deployments = [
        (found.revision, found.state, f"{found.running}/{found.desired}", str(found.failed))
        for found in (seen.deployments if len(seen.deployments) > 1 else ())
    ]
    show_section("Deployments", ("Revision", "State", "Tasks", "Failed"), deployments)
    tasks = [
        (
            one.id[:SHORT],
            one.status,
            one.revision,
            dash(one.started or None),
            dash(one.container or None),
            dash(one.http or None),
        )
        for one in seen.tasks
    ]
    show_section("Tasks", ("ID", "Status", "Revision", "Started At", "Cont. Health", "HTTP Health"), tasks)
    stopped = [(found.id[:SHORT], dash(found.stopped or None), found.reason) for found in seen.stopped]
    show_section("Stopped Tasks", ("ID", "Stopped At", "Reason"), stopped)
    alarms = [(found.name, found.state, found.condition, dash(found.updated or None)) for found in seen.alarms]
    show_section("Alarms", ("Name", "State", "Condition", "Since"), alarms)


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
