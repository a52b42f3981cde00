"""``fig pipeline ls``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import say, show, show_json
from stranglerfig.cli.scope.places import workspace_of


@verb(
    "ls",
    examples="""
    fig pipeline ls
    fig pipeline ls --json
    """,
)
@flags.app
@click.option("--local", is_flag=True, expose_value=False, help="Those of this workspace: here there are no others.")
@common.as_json
def ls(app: str | None, as_json: bool) -> None:
    """All pipelines of this workspace, one a line."""
    here = workspace_of(app)
    if as_json:
        show_json({"pipelines": [{"name": file.name, "manifest": file.path} for file in here.pipelines]})
        return
    for file in here.pipelines:
        show(file.name)
    if not here.pipelines:
        say("There is no pipeline yet: its manifest would be copilot/pipelines/NAME/manifest.yml.")
