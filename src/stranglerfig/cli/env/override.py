"""``fig env override``."""

from __future__ import annotations

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.scaffolding.patches import OF_ENVIRONMENTS, tool, write_patches
from stranglerfig.cli.scope.places import workspace_of


@verb(
    "override",
    examples="""
    fig env override
    fig env override --name prod
    """,
)
@flags.app
@click.option("-n", "--name", metavar="ENV", help="For the command that shows what comes out.")
@tool
@flags.without_effect("--cdk-language", switches=("--skip-resources",))
def override(app: str | None, name: str | None, tool: str) -> None:
    """Write the file in which you patch the CloudFormation templates of environments on AWS, which is one for all."""
    workspace = workspace_of(app)
    write_patches(
        workspace, "environments", tool, example=OF_ENVIRONMENTS, package=f"fig env package --name {name or 'ENV'}"
    )
