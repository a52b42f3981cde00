"""``fig env package``."""

from __future__ import annotations

from pathlib import Path

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.scope.places import workspace_of
from stranglerfig.errors import UsageError


@verb(
    "package",
    examples="""
    fig env package --name prod
    fig env package --name prod --output-dir infrastructure
    fig env package --name prod --diff
    """,
)
@flags.app
@click.option("-n", "--name", metavar="ENV", required=True, help="The environment, one on AWS.")
@flags.output_dir
@click.option("--upload-assets", is_flag=True, help="Upload the templates of addons, too.")
@flags.shows_changes
@target.access
@flags.without_effect(switches=(*flags.AWS_SWITCHES, "--force"))
@click.pass_context
def package(
    ctx: click.Context, /, app: str | None, name: str, output_dir: str | None, diff: bool, **given: object
) -> None:
    """Print the CloudFormation template of an environment on AWS, and the parameters that a deploy would give it.
    With these anybody can deploy it without fig."""
    from stranglerfig.cli.aws.environments import package_order
    from stranglerfig.cli.aws.packaging import print_difference, print_order, write_order
    from stranglerfig.cli.aws.target import is_on_aws

    workspace = workspace_of(app)
    if not is_on_aws(workspace, name):
        raise UsageError(
            f"environment {name} is no stack: it is on this machine",
            hint="`fig svc package` shows what is deployed there; `fig env init --target aws` begins one on AWS.",
        )
    with package_order(workspace, name, given) as (env, order):
        if diff:
            ctx.exit(print_difference(env.stacks, order))
        if output_dir is None:
            print_order(order)
        else:
            write_order(order, Path(output_dir), f"{name}.env")
