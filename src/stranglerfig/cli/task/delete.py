"""``fig task delete``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.follow_ups import strong
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done
from stranglerfig.cli.prompt import confirm
from stranglerfig.cli.scope.places import choose_app
from stranglerfig.cli.task.known import choose_task

#: on AWS
INSTEAD = "aws ecs stop-task --cluster CLUSTER --task TASK"


@verb(
    "delete",
    examples="""
    fig task delete --name users-task
    fig task delete --name report --env test --yes
    """,
)
@flags.app
@flags.env
@click.option("-n", "--name", metavar="NAME", help="The one-off task.")
@common.yes
@flags.without_effect(switches=("--default",))
def delete(app: str | None, env: str | None, name: str | None, yes: bool) -> None:
    """Stop a one-off task if it still runs, and forget it with what it printed."""
    aws.refuse_on_aws("task delete", app, env, name, INSTEAD)
    client = to_apps()
    task = choose_task(client, choose_app(client, app), env, name)
    confirm(f"Delete task {task['name']} from {task['environment']}", yes=yes)
    client.tasks.delete(task["app"], task["environment"], task["name"])
    done(f"Task {strong(task['name'])} is gone from {task['environment']}.")
