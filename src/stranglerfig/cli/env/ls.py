"""``fig env ls``."""

from __future__ import annotations

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.app.show import describe
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import recommend, say, show, show_json
from stranglerfig.cli.scope.places import choose_app


@verb(
    "ls",
    examples="""
    fig env ls
    fig env ls --app forum --json
    """,
)
@flags.app
@common.as_json
def ls(app: str | None, as_json: bool) -> None:
    """All environments of an application, one a line: those with a manifest here, and those that are deployed."""
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
