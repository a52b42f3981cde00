"""``fig svc deploy``."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.asking.questions import Option, Question, ask_one
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.follow_ups import strong
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, warn
from stranglerfig.cli.scope.places import choose_app, workspace_of, workspace_or_none
from stranglerfig.errors import NotFound, UsageError

if TYPE_CHECKING:
    from stranglerfig.workspace.values import Workspace

SERVICE = Question("Service", "Which service is to be deployed?", "--name", "Those with a manifest in this workspace.")


@verb(
    "deploy",
    examples="""
    fig svc deploy --name users --env test
    fig svc deploy --name users --diff
    fig svc deploy --name users --revision 2
    fig svc deploy --name users --env prod --profile prod
    """,
)
@flags.app
@flags.env
@flags.name
@flags.tag
@flags.force
@flags.detach
@flags.runtime
@flags.lenient
@click.option(
    "--revision",
    type=click.IntRange(min=1),
    help="Go back to an earlier revision, its routes included; on AWS, say how.",
)
@click.option("--diff", is_flag=True, help="Show what would change, and ask.")
@click.option("--diff-yes", is_flag=True, help="Show what would change, and go on.")
@flags.no_rollback
@common.yes
@aws.access
@flags.resource_tags
@flags.without_effect()
def deploy(
    app: str | None,
    env: str | None,
    name: str | None,
    revision: int | None,
    diff: bool,
    diff_yes: bool,
    **given: object,
) -> None:
    """Build a service, start its new tasks, and switch over once they are healthy; old tasks finish what they have.

    A revision that does not become healthy is taken back, routes and health check included, and the exit status is 7.
    An unchanged service is left alone. On AWS a change set says what would be lost, and that is asked for first.
    """
    here = workspace_or_none()
    if here is not None and aws.is_on_aws(here, env):
        from stranglerfig.cli.aws.workloads import deploy_alone

        aws.note_on_aws(given)
        given |= {"diff": diff, "diff_yes": diff_yes, "revision": revision}
        deploy_alone(here, str(env), choose_name(workspace_of(app), name), given)
        return
    if revision is not None:
        go_back(app, env, name, revision)
        return
    from stranglerfig.cli.deploying.command import deploy_names, show_change
    from stranglerfig.cli.deploying.prepare import prepare, to_settings

    aws.note_local(given)
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
        if workload_file(workspace, given).kind is Kind.JOB:
            raise UsageError(f"{given} is a job, no service", hint=f"`fig job deploy --name {given}` deploys it.")
        return given
    services = [file for file in workspace.workloads if file.kind not in (None, Kind.JOB)]
    if not services:
        raise NotFound("this workspace has no service", hint="Run `fig svc init` to write one's manifest.")
    return ask_one(SERVICE, [Option(file.name, file.kind.value if file.kind else "") for file in services])


def go_back(app: str | None, env: str | None, name: str | None, revision: int) -> None:
    """To an earlier revision: nothing is built, and the manifest does not matter."""
    from stranglerfig.cli.deploying.watching import watch
    from stranglerfig.cli.progress.board import Board
    from stranglerfig.cli.scope.deployed import choose_workload

    client = to_apps()
    found = choose_workload(client, choose_app(client, app), env, name)
    with Board() as board:
        step = board.begin(board.add(f"Returning {found['name']} to revision {revision}"))
        answer = client.workloads.rollback(found["app"], found["environment"], found["name"], revision)
        found = watch(client, answer, lambda text: board.tell(step, text), threading.Event())
        board.end(step)
    if (found["targets"] or {}).get("kind") == "process":
        done(f"Service {strong(found['name'])} is back at revision {revision}, with the files of now.")
        warn(
            "without Docker the files are those of now; "
            f"variables, command, routes and checks are those of revision {revision}"
        )
    else:
        done(f"Service {strong(found['name'])} is as it was in revision {revision}.")
