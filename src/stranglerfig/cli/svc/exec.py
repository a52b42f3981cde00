"""``fig svc exec``."""

from __future__ import annotations

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.scope.deployed import choose_workload
from stranglerfig.cli.scope.places import choose_app
from stranglerfig.errors import Conflict


@verb(
    "exec",
    examples="""
    fig svc exec --name users
    fig svc exec --name users --command "ls -l"
    fig svc exec --name users --command "sh -c 'ls -l | head -2'"
    fig svc exec --name users --env prod --task-id 8c38184
    """,
)
@flags.app
@flags.env
@flags.name
@flags.exec_command
@click.option("--task-id", metavar="ID", help="In this task: the beginning or the end of its id.")
@click.option("--container", metavar="NAME", help="On AWS: in this container of the task (the service's own).")
@aws.access
@flags.without_effect(switches=("--yes",))
@click.pass_context
def exec_command(
    ctx: click.Context,
    /,
    app: str | None,
    env: str | None,
    name: str | None,
    command: str,
    task_id: str | None,
    **given: object,
) -> None:
    """Run a command where a service's task runs: in its container, or in its folder with its variables. The exit status
    is the command's.

    On AWS through the Session Manager plugin, into tasks whose manifest says `exec: true`; its exit status says nothing
    of the command's.
    """
    from stranglerfig.cli.inside.enter import enter

    if place := aws.environment_on_aws(app, env, given):
        from stranglerfig.cli.aws.running.entering import enter_service

        enter_service(place, name, {**given, "command": command, "task_id": task_id})
        return
    aws.note_local(given, "container")
    client = to_apps()
    found = choose_workload(client, choose_app(client, app), env, name)
    if found["paused"]:
        name, env = found["name"], found["environment"]
        raise Conflict(
            f"service {name} is paused in {env}: it has no task to run a command in",
            hint=f"Run `fig svc resume --name {name} --env {env}` first.",
        )
    plan = client.workloads.exec(found["app"], found["environment"], found["name"], task=task_id)
    ctx.exit(enter(plan, command))
