"""``fig app delete``."""

from __future__ import annotations

from pathlib import Path

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.follow_ups import strong
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, say, warn
from stranglerfig.cli.prompt import confirm
from stranglerfig.cli.scope.places import choose_app, workspace_or_none
from stranglerfig.errors import NotFound


@verb(
    "delete",
    examples="""
    fig app delete
    fig app delete --name forum --yes
    """,
)
@click.option("-n", "--name", metavar="APP", help="The application (the workspace's own).")
@flags.yes
def delete(name: str | None, yes: bool) -> None:
    """Stop and remove everything of an application: services, jobs, environments, secrets. Manifests stay."""
    client = to_apps()
    name = choose_app(client, name)
    confirm(f"Delete application {name} with all that runs in its environments", yes=yes)
    here = workspace_or_none()
    is_ours = here is not None and here.app == name
    rest: list[str] = []
    try:
        rest = client.apps.delete(name)
    except NotFound:
        if not is_ours:
            raise
    done(f"Application {strong(name)} is gone, with everything that ran for it.")
    for sentence in rest:
        warn(sentence)
    if here is not None and is_ours:
        from stranglerfig.workspace.find import remove_workspace

        remove_workspace(Path(here.root))
        say(f"Its manifests are still in {here.root}/copilot.")
