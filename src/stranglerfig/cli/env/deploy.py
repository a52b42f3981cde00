"""``fig env deploy``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.follow_ups import follow_up
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.scope.places import workspace_of


@verb(
    "deploy",
    examples="""
    fig env deploy --name test
    fig env deploy --name test --runtime process
    fig env deploy --name prod --diff
    """,
)
@flags.app
@click.option("-n", "--name", metavar="ENV", help="The environment.")
@flags.runtime
@click.option("--diff", is_flag=True, help="On AWS: show what would change of its template, and ask.")
@click.option("--diff-yes", is_flag=True, help="On AWS: show what would change of its template, and go on.")
@click.option("--force", is_flag=True, help="On AWS: update its stack even if nothing has changed.")
@click.option("--detach", is_flag=True, help="On AWS: return as soon as CloudFormation has begun.")
@flags.no_rollback
@common.yes
@target.access
@flags.without_effect()
def deploy(app: str | None, name: str | None, runtime: str | None, **given: object) -> None:
    """Bring an environment into force: its load balancer answers when this returns, with 404 until services come.

    Again is fine; another --runtime is for services that are deployed from then on. On AWS it gets its network and
    cluster; load balancers come with the first service that needs one.
    """
    from stranglerfig.cli.aws.target import is_on_aws, note_local, note_on_aws
    from stranglerfig.cli.deploying.prepare import choose_local, deploy_environment, register, require_local

    workspace = workspace_of(app)
    if name is not None and is_on_aws(workspace, name):
        from stranglerfig.cli.aws.environments import deploy as deploy_on_aws

        note_on_aws({"runtime": runtime})
        deploy_on_aws(workspace, name, given)
        return
    note_local(given, "force", "detach", "diff", "diff_yes")
    manifest = require_local(workspace, name or choose_local(workspace, "--name"))
    client = to_apps()
    register(client, workspace)
    deploy_environment(client, workspace, manifest, runtime)
    follow_up(f"Run `fig deploy --env {manifest.name} --all` to have all services of the workspace there.")
