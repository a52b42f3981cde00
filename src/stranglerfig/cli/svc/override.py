"""``fig svc override``."""

from __future__ import annotations

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.scaffolding.patches import OF_TASKS, tool, write_patches
from stranglerfig.cli.scope.places import workspace_of
from stranglerfig.cli.svc.deploy import choose_name


@verb(
    "override",
    examples="""
    fig svc override --name users
    fig svc override --name users --env prod
    """,
)
@flags.app
@flags.env
@flags.name
@tool
@flags.without_effect("--cdk-language", switches=("--skip-resources",))
def override(app: str | None, env: str | None, name: str | None, tool: str) -> None:
    """Write the file in which you patch the CloudFormation template that a service becomes on AWS.

    The patches are for all environments; --env is for the command that shows what comes out.
    """
    workspace = workspace_of(app)
    name = choose_name(workspace, name)
    package = f"fig svc package --name {name} --env {env or 'ENV'}"
    write_patches(workspace, name, tool, example=OF_TASKS, package=package)
