"""``fig job run``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.follow_ups import follow_up, strong
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, fail, say
from stranglerfig.cli.scope.deployed import choose_workload
from stranglerfig.cli.scope.places import choose_app
from stranglerfig.cli.task.following import ALL_LINES, Forwarder, ending, exit_status, wait_for_end

if TYPE_CHECKING:
    from stranglerfig.api.app_client import AppClient
    from stranglerfig.api.app_wire import RunWire, WorkloadWire


@verb(
    "run",
    examples="""
    fig job run --name report
    fig job run --name report --env test --follow
    """,
)
@flags.app
@flags.env
@flags.job
@click.option("--follow", is_flag=True, help="Show what it prints, and end with its exit status.")
@aws.access
@click.pass_context
def run(
    context: click.Context, /, app: str | None, env: str | None, name: str | None, follow: bool, **given: object
) -> None:
    """Run a job now, with its retries and its timeout. Its schedule goes on as before."""
    if place := aws.environment_on_aws(app, env, given):
        from stranglerfig.cli.aws.job_runs import run_job

        context.exit(run_job(place, name, {**given, "follow": follow}))
    aws.note_local(given)
    client = to_apps()
    job = choose_workload(client, choose_app(client, app), env, name, is_job=True)
    started = client.jobs.run(job["app"], job["environment"], job["name"])
    done(f"Job {strong(job['name'])} runs in environment {strong(job['environment'])}, run {started['id']}.")
    if follow:
        context.exit(follow_to_end(client, job, started))
    follow_up(f"Run `fig job logs --name {job['name']} --env {job['environment']}` to see what it prints.")


def follow_to_end(client: AppClient, job: WorkloadWire, started: RunWire) -> int:
    place = (job["app"], job["environment"], job["name"], started["id"])
    forwarder = Forwarder()
    try:
        forwarder.forward(client.jobs.logs(*place, tail=ALL_LINES, follow=True))
        ended = wait_for_end(lambda: client.jobs.show(*place))
        forwarder.forward_rest(client.jobs.logs(*place, tail=ALL_LINES, follow=False))
    except KeyboardInterrupt:
        say(f"It goes on: `fig job logs --name {job['name']} --env {job['environment']} --follow` shows it.")
        raise
    status = exit_status(ended)
    if status:
        fail(f"job {job['name']} {ending(ended)} after {ended['attempts']} attempts", None)
    return status
