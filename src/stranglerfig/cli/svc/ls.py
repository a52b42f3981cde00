"""``fig svc ls``."""

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

local = click.option("--local", is_flag=True, help="Only those with a manifest in this workspace.")


@verb(
    "ls",
    examples="""
    fig svc ls
    fig svc ls --local
    fig svc ls --app forum --json
    fig svc ls --target aws
    """,
)
@flags.app
@local
@aws.target
@aws.access
@common.as_json
def ls(app: str | None, local: bool, target: str, as_json: bool, **given: object) -> None:
    """All services of an application: those with a manifest here, and those that are deployed.

    With --target aws those that are on AWS, whoever deployed them.
    """
    if target == aws.AWS:
        from stranglerfig.cli.aws.listing import show_workloads

        show_workloads(app, given, jobs=False, as_json=as_json)
        return
    aws.tell_elsewhere("svc ls")
    list_workloads(app, local, "service", "svc", as_json=as_json)


def list_workloads(app: str | None, local: bool, what: str, group: str, *, as_json: bool) -> None:
    """``what`` they are, of the commands of ``group``: those of this machine."""
    client = to_apps()
    found = describe(client, choose_app(client, app))[f"{what}s"]
    if local:
        here = workspace_or_none()
        written = {file.name for file in here.workloads} if here else set()
        found = [one for one in found if one["name"] in written]
    if as_json:
        show_json({f"{what}s": found})
    elif found:
        rows = [(one["name"], one["type"], ", ".join(one["environments"]) or "-") for one in found]
        show_rows(("Name", "Type", "Environments"), rows)
    else:
        say(f"There is no {what} yet.")
        recommend(f"fig {group} init")
