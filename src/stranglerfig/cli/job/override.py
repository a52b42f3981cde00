"""``fig job override``."""

from __future__ import annotations

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.job.deploy import choose_name
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.scaffolding.patches import of_workloads, patch_workload
from stranglerfig.cli.scope.places import workspace_of


@verb(
    "override",
    examples="""
    fig job override --name report
    fig job override --name report --env prod
    """,
)
@of_workloads(flags.job)
def override(app: str | None, env: str | None, name: str | None, tool: str) -> None:
    """Write the file in which you patch the CloudFormation template that a job becomes on AWS.

    The patches are for all environments; --env is for the command that shows what comes out.
    """
    workspace = workspace_of(app)
    patch_workload(workspace, choose_name(workspace, name), env, tool, group="job")
