"""``fig job package``."""

from __future__ import annotations

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.job.deploy import choose_name
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.scope.places import workspace_of
from stranglerfig.cli.svc.package import package_workload


@verb(
    "package",
    examples="""
    fig job package --name report --env test
    fig job package --name report --env prod --output-dir infrastructure
    """,
)
@flags.app
@flags.env
@flags.job
@flags.tag
@flags.runtime
@flags.lenient
@flags.output_dir
@flags.shows_changes
@flags.upload_assets
@aws.access
@flags.without_effect()
@click.pass_context
def package(ctx: click.Context, /, app: str | None, env: str | None, name: str | None, **given: object) -> None:
    """Print, as JSON, what a deploy would ask the daemon for; for an environment on AWS, its CloudFormation template
    and the parameters that a deploy would give it."""
    ctx.exit(package_workload(workspace_of(app), env, name, choose_name, given))
