"""``fig svc logs``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.scope.deployed import choose_workload
from stranglerfig.cli.scope.places import choose_app
from stranglerfig.cli.watch.excerpt import of_tasks, times, to_excerpt
from stranglerfig.cli.watch.streams import is_meant, print_lines, several_containers

if TYPE_CHECKING:
    from stranglerfig.api.app_wire import WorkloadWire
    from stranglerfig.api.wire import LogLineWire


@verb(
    "logs",
    examples="""
    fig svc logs --name users
    fig svc logs --name users --env test --follow
    fig svc logs --name users --previous --limit 50
    fig svc logs --name users --since 5m --container nginx
    """,
)
@flags.app
@flags.env
@flags.name
@click.option("--follow", is_flag=True, help="Go on with what is printed from now on, until Ctrl-C.")
@times("Lines to begin with")
@of_tasks
@click.option("--container", metavar="NAME", help="Only of this container: a sidecar, or the service's own.")
@click.option("-p", "--previous", is_flag=True, help="Only of tasks that have ended.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: task and line.")
@click.option("--log-group", metavar="GROUP", help="On AWS: another log group than the service's.")
@aws.access
def logs(
    app: str | None,
    env: str | None,
    name: str | None,
    follow: bool,
    tasks: tuple[str, ...],
    container: str | None,
    previous: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """What a service's tasks print, of ended tasks too; each line after container and task, as in `users/mk3x0p2q`.

    Docker says when a line was written. A process writes to its file itself, and fig notes once a second how far that
    has come: what was written while no daemon ran counts as written with the last of it.
    """
    if place := aws.environment_on_aws(app, env, given):
        from stranglerfig.cli.aws.log_lines import show_service_logs

        own = {"follow": follow, "tasks": tasks, "container": container, "previous": previous, "as_json": as_json}
        show_service_logs(place, name, {**given, **own})
        return
    aws.note_local(given, "log_group")
    limit, excerpt = to_excerpt(given, follow=follow)
    client = to_apps()
    found = choose_workload(client, choose_app(client, app), env, name)
    if container is not None:
        excerpt["container"] = container
    where = (found["app"], found["environment"], found["name"])
    lines = client.workloads.logs(*where, tail=limit, follow=follow, **excerpt)
    lines = chosen(lines, tasks, ended_only(found) if previous else frozenset())
    print_lines(lines, found["name"], as_json=as_json, containers=several_containers(found["targets"]))


def chosen(lines: Iterator[LogLineWire], tasks: tuple[str, ...], running: frozenset[str]) -> Iterator[LogLineWire]:
    """Those of ``tasks``, all if there are none, but not of ``running``."""
    for line in lines:
        wanted = not tasks or any(is_meant(line["task"], task) for task in tasks)
        if wanted and line["task"] not in running:
            yield line


def ended_only(found: WorkloadWire) -> frozenset[str]:
    """The tasks that run, and are to be left out."""
    return frozenset(server["task"] or "" for server in (found["target"] or {}).get("servers", ()))
