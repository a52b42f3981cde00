"""``fig env ls``."""

from __future__ import annotations

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.app.show import describe
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import recommend, say, show, show_json
from stranglerfig.cli.scope.places import choose_app


@verb(
    "ls",
    examples="""
    fig env ls
    fig env ls --app forum --json
    fig env ls --target aws
    """,
)
@flags.app
@aws.target
@aws.access
@common.as_json
def ls(app: str | None, target: str, as_json: bool, **given: object) -> None:
    """All environments of an application, one a line: those with a manifest here, and those that are deployed.

    With --target aws those that are on AWS, whoever began them.
    """
    if target == aws.AWS:
        from stranglerfig.cli.aws.listing import show_environments

        show_environments(app, given, as_json=as_json)
        return
    aws.tell_elsewhere("env ls")
    client = to_apps()
    environments = describe(client, choose_app(client, app))["environments"]
    if as_json:
        show_json({"environments": environments})
        return
    for environment in environments:
        show(environment["name"])
    if not environments:
        say("There is no environment yet.")
        recommend("fig env init")
