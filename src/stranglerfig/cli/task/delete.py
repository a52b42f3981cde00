"""``fig task delete``."""

from __future__ import annotations

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.follow_ups import strong
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done
from stranglerfig.cli.prompt import confirm
from stranglerfig.cli.scope.places import choose_app
from stranglerfig.cli.task import flags as task_flags
from stranglerfig.cli.task.known import choose_task


@verb(
    "delete",
    examples="""
    fig task delete --name users-task
    fig task delete --name report --env test --yes
    fig task delete --name report --default
    """,
)
@flags.app
@flags.env
@task_flags.name
@common.yes
@task_flags.default
@aws.access
def delete(app: str | None, env: str | None, name: str | None, yes: bool, **given: object) -> None:
    """Stop a one-off task if it still runs, and forget it with what it printed. On AWS its images, its files and its
    stack go, too."""
    if where := aws.place_of_task(app, env, given):
        from stranglerfig.cli.aws.tasks.taking_away import take_task_away

        take_task_away(where, name, {**given, "yes": yes})
        return
    aws.note_local(given)
    client = to_apps()
    task = choose_task(client, choose_app(client, app), env, name)
    confirm(f"Delete task {task['name']} from {task['environment']}", yes=yes)
    client.tasks.delete(task["app"], task["environment"], task["name"])
    done(f"Task {strong(task['name'])} is gone from {task['environment']}.")
