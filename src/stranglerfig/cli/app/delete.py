"""``fig app delete``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stranglerfig.cli import flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.follow_ups import strong
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, say, warn
from stranglerfig.cli.prompt import confirm
from stranglerfig.cli.scope.places import choose_app, workspace_or_none

if TYPE_CHECKING:
    from stranglerfig.api.app_client import AppClient


def is_known(client: AppClient, app: str) -> bool:
    """A workspace may have been set up and never deployed."""
    return any(known["name"] == app for known in client.apps.all())


@verb(
    "delete",
    examples="""
    fig app delete
    fig app delete --name forum --yes
    fig app delete --name forum --target aws
    """,
)
@click.option("-n", "--name", metavar="APP", help="The application (the workspace's own).")
@flags.yes
@aws.target
@aws.access
def delete(name: str | None, yes: bool, target: str, **given: object) -> None:
    """Stop and remove everything of an application: services, jobs, environments, secrets. Manifests stay.

    On this machine; with --target aws on AWS, images and all that was uploaded included.
    """
    if target == aws.AWS:
        from stranglerfig.cli.aws.taking_away import take_application_away

        take_application_away(name, {**given, "yes": yes})
        return
    client = to_apps()
    name = choose_app(client, name)
    confirm(f"Delete application {name} with all that runs in its environments", yes=yes)
    here = workspace_or_none()
    is_ours = here is not None and here.app == name
    rest = client.apps.delete(name) if not is_ours or is_known(client, name) else []
    done(f"Application {strong(name)} is gone, with everything that ran for it.")
    for sentence in rest:
        warn(sentence)
    if here is not None and is_ours:
        from stranglerfig.workspace.find import remove_workspace

        remove_workspace(Path(here.root))
        say(f"Its manifests are still in {here.root}/copilot.")
