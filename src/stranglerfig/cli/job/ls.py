"""``fig job ls``."""

from __future__ import annotations

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.svc import ls as services


@verb(
    "ls",
    examples="""
    fig job ls
    fig job ls --local
    fig job ls --app forum --json
    fig job ls --target aws
    """,
)
@flags.app
@services.local
@aws.target
@aws.access
@common.as_json
def ls(app: str | None, local: bool, target: str, as_json: bool, **given: object) -> None:
    """All jobs of an application: those with a manifest here, and those that are deployed.

    With --target aws those that are on AWS, whoever deployed them.
    """
    if target == aws.AWS:
        from stranglerfig.cli.aws.listing import show_workloads

        show_workloads(app, given, jobs=True, as_json=as_json)
        return
    aws.tell_elsewhere("job ls")
    services.list_workloads(app, local, "job", "job", as_json=as_json)
