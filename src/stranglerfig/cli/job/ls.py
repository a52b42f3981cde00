"""``fig job ls``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.app.show import describe
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import recommend, say, show_json
from stranglerfig.cli.scope.places import choose_app, workspace_or_none
from stranglerfig.cli.tables import show_rows


@verb(
    "ls",
    examples="""
    fig job ls
    fig job ls --local
    fig job ls --app forum --json
    fig job ls --target aws
    """,
)
@flags.app
@click.option("--local", is_flag=True, help="Only those with a manifest in this workspace.")
@aws.target
@aws.access
@common.as_json
def ls(app: str | None, local: bool, target: str, as_json: bool, **given: object) -> None:
    """All jobs of an application: those with a manifest here, and those that are deployed.

    With --target aws those that are on AWS, whoever deployed them.
    """
    if target == aws.AWS:
        from stranglerfig.cli.aws.listing import show_workloads

        show_workloads(app, given, jobs=True, as_json=as_json)
        return
    aws.tell_elsewhere("job ls")
    client = to_apps()
    jobs = describe(client, choose_app(client, app))["jobs"]
    if local:
        here = workspace_or_none()
        written = {file.name for file in here.workloads} if here else set()
        jobs = [job for job in jobs if job["name"] in written]
    if as_json:
        show_json({"jobs": jobs})
    elif jobs:
        rows = [(one["name"], one["type"], ", ".join(one["environments"]) or "-") for one in jobs]
        show_rows(("Name", "Type", "Environments"), rows)
    else:
        say("There is no job yet.")
        recommend("fig job init")
