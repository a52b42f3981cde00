"""``fig proxy package``."""

from __future__ import annotations

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.names import complete_proxy_manifest
from stranglerfig.cli.scope.places import workspace_of
from stranglerfig.errors import UsageError


@verb(
    "package",
    examples="""
    fig proxy package shop --env prod
    fig proxy package shop --env prod --output-dir infrastructure
    fig proxy package shop --env prod --diff
    """,
)
@click.argument("name", required=False, shell_complete=complete_proxy_manifest)
@flags.app
@flags.env
@flags.lenient
@flags.output_dir
@flags.shows_changes
@aws.access
@click.pass_context
def package(
    ctx: click.Context,
    /,
    name: str | None,
    app: str | None,
    env: str | None,
    lenient: bool,
    output_dir: str | None,
    diff: bool,
    **given: str | None,
) -> None:
    """Print the CloudFormation template of a proxy in an environment on AWS, and the parameters that a deploy would
    give it: target groups of services, and the weights that are in force. With these anybody can deploy it without
    fig. Nothing on AWS is changed."""
    from stranglerfig.cli.deploying.proxies import choose_proxy

    workspace = workspace_of(app)
    name = choose_proxy(workspace, name)
    if not aws.is_on_aws(workspace, env):
        where = f"in environment {env} " if env else ""
        raise UsageError(
            f"proxy {name} {where}is no stack: it is on this machine",
            hint=f"`fig proxy diff {name}` shows what a deploy changes there, `fig proxy export` what is in force;"
            " `--env` names an environment on AWS.",
        )
    from stranglerfig.cli.aws.proxies.packaging import package as package_on_aws
    from stranglerfig.cli.aws.proxies.reaching import OnAws

    ctx.exit(package_on_aws(OnAws(workspace, str(env), name, given), output_dir, diff=diff, lenient=lenient))
