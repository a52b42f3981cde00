"""``fig task logs``."""

from __future__ import annotations

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import say
from stranglerfig.cli.scope.places import choose_app
from stranglerfig.cli.task import flags as task_flags
from stranglerfig.cli.task.following import ending
from stranglerfig.cli.task.known import choose_task
from stranglerfig.cli.watch.streams import print_lines


@verb(
    "logs",
    examples="""
    fig task logs --name users-task
    fig task logs --name report --env test --follow
    """,
)
@flags.app
@flags.env
@task_flags.name
@click.option("--follow", is_flag=True, help="Go on until it has ended.")
@click.option("--limit", type=click.IntRange(min=0), default=100, show_default=True, help="Lines to begin with.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line: task and line.")
@task_flags.default
@aws.access
def logs(
    app: str | None, env: str | None, name: str | None, follow: bool, limit: int, as_json: bool, **given: object
) -> None:
    """What a one-off task prints, or has printed, and how it ended."""
    if where := aws.place_of_task(app, env, given):
        from stranglerfig.cli.aws.tasks.lines import show_lines

        show_lines(where, name, limit, {**given, "follow": follow, "as_json": as_json})
        return
    aws.note_local(given)
    client = to_apps()
    task = choose_task(client, choose_app(client, app), env, name)
    place = (task["app"], task["environment"], task["name"])
    print_lines(client.tasks.logs(*place, tail=limit, follow=follow), task["name"], as_json=as_json)
    now = client.tasks.show(*place)
    match now["state"]:
        case "RUNNING":
            say(f"Task {now['name']} is running.")
        case "SUCCEEDED":
            say(f"Task {now['name']} succeeded.")
        case _:
            say(f"Task {now['name']} {ending(now)}.")
