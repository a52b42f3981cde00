"""``fig env delete``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.follow_ups import strong
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, warn
from stranglerfig.cli.prompt import confirm
from stranglerfig.cli.scope.deployed import choose_environment
from stranglerfig.cli.scope.places import choose_app


@verb(
    "delete",
    examples="""
    fig env delete --name test
    fig env delete --name test --yes
    """,
)
@flags.app
@click.option("-n", "--name", metavar="ENV", help="The environment.")
@common.yes
@aws.access
def delete(app: str | None, name: str | None, yes: bool, **given: object) -> None:
    """Close an environment's load balancer and forget it; refused while services run there. Its manifest stays.

    On AWS its stack and its roles go.
    """
    if on_aws := aws.named_on_aws(app, name, given, "--name"):
        from stranglerfig.cli.aws.taking_away import take_environment_away

        take_environment_away(*on_aws, {**given, "yes": yes})
        return
    client = to_apps()
    app = choose_app(client, app)
    name = choose_environment(client, app, name, flag="--name")["name"]
    confirm(f"Delete environment {name} of {app}", yes=yes)
    rest = client.environments.delete(app, name)
    done(f"Environment {strong(name)} of {app} is gone.")
    for sentence in rest:
        warn(sentence)
