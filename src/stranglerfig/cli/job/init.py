"""``fig job init``."""

from __future__ import annotations

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.follow_ups import created, follow_up
from stranglerfig.cli.lazy import verb

TYPE = "Scheduled Job"


@verb(
    "init",
    examples="""
    fig job init
    fig job init --name report --dockerfile report/Dockerfile --schedule "0 7 * * 1-5"
    fig job init --name sweep --image busybox:1.36 --schedule "@every 1h" --retries 2 --timeout 10m
    """,
)
@flags.app
@flags.job
@click.option("-t", "--job-type", type=click.Choice([TYPE], case_sensitive=False), default=TYPE, help="There is one.")
@click.option("-d", "--dockerfile", metavar="PATH", help="What it is built from.")
@click.option("-i", "--image", metavar="IMAGE", help="What it runs, where it is built elsewhere.")
@click.option("-s", "--schedule", metavar="WHEN", help="@daily, @every 1h, a cron expression of 5 fields in UTC, none.")
@click.option("--timeout", metavar="TIME", help="How long it may take with all retries, as 1h30m.")
@click.option("--retries", type=click.IntRange(min=0), help="How often it is tried again when it fails.")
@flags.without_effect()
def init(
    app: str | None,
    name: str | None,
    job_type: str,
    dockerfile: str | None,
    image: str | None,
    schedule: str | None,
    **given: object,
) -> None:
    """Write a job's manifest. Nothing is built or started yet."""
    from stranglerfig.cli.scaffolding.wanted import Wanted
    from stranglerfig.cli.scaffolding.workload import shown, write_first
    from stranglerfig.cli.scope.places import workspace_of
    from stranglerfig.core.application import Kind

    workspace = workspace_of(app)
    timeout, retries = given["timeout"], given["retries"]
    wanted = Wanted(
        name=name,
        kind=job_type,
        dockerfile=dockerfile,
        image=image,
        schedule=schedule,
        timeout=timeout if isinstance(timeout, str) else None,
        retries=retries if isinstance(retries, int) else None,
    )
    file = write_first(workspace, wanted, (Kind.JOB,), flag="--job-type")
    follow_up(
        f"Edit the manifest {created(shown(workspace, file))} to change schedule, size or variables.",
        f"Run `fig job deploy --name {file.name}` to put it on its schedule.",
    )
