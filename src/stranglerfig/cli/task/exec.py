"""``fig task exec``."""

from __future__ import annotations

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.inside.enter import enter
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.scope.places import choose_app
from stranglerfig.cli.task import flags as task_flags
from stranglerfig.cli.task.known import choose_task


@verb(
    "exec",
    examples="""
    fig task exec --name users-task
    fig task exec --name report --command 'ls -l'
    fig task exec --name report --env prod --task-id 8c38184
    """,
)
@flags.app
@flags.env
@task_flags.name
@flags.exec_command
@click.option("--task-id", metavar="ID", help="Which copy: the beginning or the end of its id.")
@task_flags.default
@aws.access
@flags.without_effect(switches=("--yes",))
@click.pass_context
def exec_(
    context: click.Context,
    /,
    app: str | None,
    env: str | None,
    name: str | None,
    command: str,
    task_id: str | None,
    **given: object,
) -> None:
    """Run a command inside a one-off task that is running: in its container, or in its folder with its variables.

    On AWS through the Session Manager plugin, as `svc exec` does it.
    """
    if where := aws.place_of_task(app, env, given):
        from stranglerfig.cli.aws.tasks.entering import enter_task

        enter_task(where, name, {**given, "command": command, "task_id": task_id})
        return
    aws.note_local(given)
    client = to_apps()
    task = choose_task(client, choose_app(client, app), env, name)
    plan = client.tasks.exec(task["app"], task["environment"], task["name"], task=task_id)
    context.exit(enter(plan, command))
