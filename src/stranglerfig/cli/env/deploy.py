"""``fig env deploy``."""

from __future__ import annotations

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.follow_ups import follow_up
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.scope.places import workspace_of


@verb(
    "deploy",
    examples="""
    fig env deploy --name test
    fig env deploy --name test --runtime process
    """,
)
@flags.app
@click.option("-n", "--name", metavar="ENV", help="The environment.")
@flags.runtime
@flags.no_rollback
@flags.without_effect(switches=(*flags.AWS_SWITCHES, "--force", "--detach", "--diff", "--diff-yes"))
def deploy(app: str | None, name: str | None, runtime: str | None) -> None:
    """Bring an environment into force: its load balancer answers when this returns, with 404 until services come.

    Again is fine; another --runtime is for services that are deployed from then on.
    """
    from stranglerfig.cli.deploying.prepare import choose_local, deploy_environment, register, require_local

    workspace = workspace_of(app)
    manifest = require_local(workspace, name or choose_local(workspace))
    client = to_apps()
    register(client, workspace)
    deploy_environment(client, workspace, manifest, runtime)
    follow_up(f"Run `fig deploy --env {manifest.name} --all` to have all services of the workspace there.")
