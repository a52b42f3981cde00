"""``fig job deploy``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.asking.questions import Option, Question, ask_one
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.scope.places import workspace_of, workspace_or_none
from stranglerfig.errors import NotFound, UsageError

if TYPE_CHECKING:
    from stranglerfig.workspace.values import Workspace

JOB = Question("Job", "Which job is to be deployed?", "--name", "Those with a manifest in this workspace.")


@verb(
    "deploy",
    examples="""
    fig job deploy --name report --env test
    fig job deploy --name report --diff
    fig job deploy --name report --env prod --profile prod
    """,
)
@flags.app
@flags.env
@flags.job
@flags.tag
@flags.force
@flags.runtime
@flags.lenient
@click.option("--diff", is_flag=True, help="Show what would change, and ask.")
@click.option("--diff-yes", is_flag=True, help="Show what would change, and go on.")
@flags.no_rollback
@click.option("--detach", is_flag=True, help="On AWS: return as soon as CloudFormation has begun.")
@common.yes
@aws.access
@flags.resource_tags
@flags.without_effect()
def deploy(app: str | None, env: str | None, name: str | None, diff: bool, diff_yes: bool, **given: object) -> None:
    """Build a job and put it on its schedule. A run that is going on ends as it began; the next one is the new job."""
    here = workspace_or_none()
    if here is not None and aws.is_on_aws(here, env):
        from stranglerfig.cli.aws.workloads import deploy_alone

        # Each run starts new tasks.
        aws.note_on_aws(given, "force")
        given |= {"diff": diff, "diff_yes": diff_yes}
        deploy_alone(here, str(env), choose_name(workspace_of(app), name), given)
        return
    aws.note_local(given, "detach")
    from stranglerfig.cli.deploying.command import deploy_names, show_change
    from stranglerfig.cli.deploying.prepare import prepare, to_settings

    workspace = workspace_of(app)
    name = choose_name(workspace, name)
    place = prepare(workspace, env, to_settings(given))
    if (diff or diff_yes) and not show_change(place, name, ask=not diff_yes):
        return
    deploy_names(place, [[name]])


def choose_name(workspace: Workspace, given: str | None) -> str:
    from stranglerfig.core.application import Kind
    from stranglerfig.workspace.find import workload_file

    if given:
        if workload_file(workspace, given).kind not in (None, Kind.JOB):
            raise UsageError(f"{given} is a service, no job", hint=f"`fig svc deploy --name {given}` deploys it.")
        return given
    jobs = [file for file in workspace.workloads if file.kind is Kind.JOB]
    if not jobs:
        raise NotFound("this workspace has no job", hint="Run `fig job init` to write one's manifest.")
    return ask_one(JOB, [Option(file.name) for file in jobs])
