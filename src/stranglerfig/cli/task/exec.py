"""``fig task exec``."""

from __future__ import annotations

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.inside.enter import enter
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.scope.places import choose_app
from stranglerfig.cli.task.known import choose_task

#: on AWS
INSTEAD = "aws ecs execute-command --cluster CLUSTER --task TASK --interactive --command /bin/sh"


@verb(
    "exec",
    examples="""
    fig task exec --name users-task
    fig task exec --name report --command 'ls -l'
    """,
)
@flags.app
@flags.env
@click.option("-n", "--name", metavar="NAME", help="The one-off task.")
@flags.exec_command
@click.option("--task-id", metavar="ID", help="Which copy: the beginning or the end of its id.")
@flags.without_effect(switches=("--default", "--yes"))
@click.pass_context
def exec_(
    context: click.Context, /, app: str | None, env: str | None, name: str | None, command: str, task_id: str | None
) -> None:
    """Run a command inside a one-off task that is running: in its container, or in its folder with its variables."""
    aws.refuse_on_aws("task exec", app, env, name, INSTEAD)
    client = to_apps()
    task = choose_task(client, choose_app(client, app), env, name)
    plan = client.tasks.exec(task["app"], task["environment"], task["name"], task=task_id)
    context.exit(enter(plan, command))
