"""``fig svc status``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import printable, say, show, show_json
from stranglerfig.cli.scope.deployed import choose_workload
from stranglerfig.cli.scope.places import choose_app
from stranglerfig.cli.tables import bar, show_section
from stranglerfig.cli.views import count_up, dash
from stranglerfig.cli.watch.streams import to_id

if TYPE_CHECKING:
    from stranglerfig.api.app_wire import WorkloadWire
    from stranglerfig.api.wire import ServerWire, TargetWire


@verb(
    "status",
    examples="""
    fig svc status --name users
    fig svc status --name users --env test --json
    """,
)
@flags.app
@flags.env
@flags.name
@common.as_json
@aws.access
def status(app: str | None, env: str | None, name: str | None, as_json: bool, **given: object) -> None:
    """How a service fares in an environment: tasks of each revision and what their health checks say. On AWS also why
    tasks stopped in the last hour, and alarms."""
    if place := aws.environment_on_aws(app, env, given):
        from stranglerfig.cli.aws.statuses import show_status as show_status_on_aws

        show_status_on_aws(place, name, given, as_json=as_json)
        return
    aws.note_local(given)
    client = to_apps()
    found = choose_workload(client, choose_app(client, app), env, name)
    if as_json:
        show_json(found)
    elif found["target"] is None:
        say(f"{found['name']} runs no tasks.")
    else:
        show_status(found, cast("TargetWire", found["target"]))


def show_status(found: WorkloadWire, target: TargetWire) -> None:
    servers, wanted = target["servers"], target["replicas"]
    up = count_up(servers)
    show(click.style("Task Summary", bold=True))
    show()
    if wanted:
        show(f"  Running  {bar(len(servers), wanted)}  {len(servers)}/{wanted} desired tasks are running")
        show(f"  Health   {bar(up, wanted)}  {up}/{wanted} pass their health checks")
    else:
        show(f"  Running  {bar(0, 1)}  no tasks are wanted{f', {len(servers)} still leaving' if servers else ''}")
    if found["paused"]:
        show("  Paused   its tasks are stopped until `fig svc resume`")
    show_section("Deployments", ("Revision", "State", "Tasks", "Healthy"), revision_rows(target))
    show_section("Tasks", ("ID", "Status", "Revision", "Address", "Health"), map(task_row, servers))
    if target["problem"]:
        show()
        show(click.style("Problem", bold=True))
        show()
        show("  " + printable(target["problem"]).replace("\n", "\n  "))


def revision_rows(target: TargetWire) -> list[tuple[str, ...]]:
    """None where there is one revision only."""
    servers = target["servers"]
    revisions = sorted({server["revision"] for server in servers if server["revision"] is not None})
    return [
        (
            str(revision),
            target["state"] if revision == target["revision"] else earlier_state(servers, revision),
            str(sum(server["revision"] == revision for server in servers)),
            str(count_up(servers, revision)),
        )
        for revision in (revisions if len(revisions) > 1 else ())
    ]


def earlier_state(servers: Sequence[ServerWire], revision: int) -> str:
    """Until the newer one is healthy, and it may never be, the earlier one has the requests."""
    return "serving" if count_up(list(servers), revision) else "leaving"


def task_row(server: ServerWire) -> tuple[str, ...]:
    task = server["task"] or server["id"]
    return (
        to_id(task),
        "RUNNING",
        dash(server["revision"]),
        # Who listens nowhere has no port.
        "-" if server["address"].endswith(":0") else server["address"],
        f"{server['health']}{' ' + server['detail'] if server['detail'] else ''}",
    )
