"""``fig job logs``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import say
from stranglerfig.cli.scope.deployed import choose_workload
from stranglerfig.cli.scope.places import choose_app
from stranglerfig.cli.svc.logs import chosen
from stranglerfig.cli.task.following import ending
from stranglerfig.cli.watch.excerpt import of_tasks, times, to_excerpt
from stranglerfig.cli.watch.streams import print_lines, several_containers

if TYPE_CHECKING:
    from stranglerfig.api.app_wire import RunWire


@verb(
    "logs",
    examples="""
    fig job logs --name report
    fig job logs --name report --last 3 --limit 100
    fig job logs --name report --env test --follow
    fig job logs --name report --start-time 2026-03-01T02:00:00Z --end-time 2026-03-01T03:00:00Z
    """,
)
@flags.app
@flags.env
@flags.job
@click.option("--follow", is_flag=True, help="Of the newest run, until it has ended.")
@times("Lines of each run")
@click.option(
    "--last", type=click.IntRange(min=1), default=1, show_default=True, help="How many runs, the newest last."
)
@of_tasks
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: task and line.")
@click.option("--include-state-machine", is_flag=True, help="On AWS: also what the state machine writes.")
@aws.access
def logs(
    app: str | None,
    env: str | None,
    name: str | None,
    follow: bool,
    last: int,
    tasks: tuple[str, ...],
    as_json: bool,
    **given: Any,
) -> None:
    """What a job's runs printed, and how each of them ended."""
    if found := aws.environment_on_aws(app, env, given):
        from stranglerfig.cli.aws.log_lines import show_job_logs

        show_job_logs(found, name, {**given, "follow": follow, "last": last, "tasks": tasks, "as_json": as_json})
        return
    aws.note_local(given, "include_state_machine")
    limit, excerpt = to_excerpt(given, follow=follow)
    client = to_apps()
    job = choose_workload(client, choose_app(client, app), env, name, is_job=True)
    runs = client.jobs.runs(job["app"], job["environment"], job["name"])[: 1 if follow else last]
    containers = several_containers(job["targets"])
    if not runs:
        say(f"Job {job['name']} has not run yet in {job['environment']}.")
    for run in reversed(runs):
        place = (job["app"], job["environment"], job["name"], run["id"])
        lines = client.jobs.logs(*place, tail=limit, follow=follow, **excerpt)
        print_lines(chosen(lines, tasks, frozenset()), job["name"], as_json=as_json, containers=containers)
        now = client.jobs.show(*place)
        say(f"Run {now['id']}, {now['started_at']}: {outcome(now)}.")


def outcome(run: RunWire) -> str:
    match run["state"]:
        case "RUNNING":
            return "it is running"
        case "SUCCEEDED":
            return "it succeeded"
        case _:
            # Its status says more than the cause, which repeats it with the lines that were just shown.
            why = run["cause"].partition("\n")[0] if run["exit_status"] is None else ""
            return f"it {ending(run)}{f' ({why})' if why else ''}"
