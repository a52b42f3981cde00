"""``fig task ls``."""

from __future__ import annotations

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import recommend, say, show_json
from stranglerfig.cli.scope.deployed import environments_of
from stranglerfig.cli.scope.places import choose_app
from stranglerfig.cli.tables import show_rows
from stranglerfig.cli.task import flags as task_flags
from stranglerfig.cli.views import dash


@verb(
    "ls",
    examples="""
    fig task ls
    fig task ls --env test
    fig task ls --app forum --json
    fig task ls --target aws
    fig task ls --default --region eu-west-1
    """,
)
@flags.app
@flags.env
@common.as_json
@aws.target
@task_flags.default
@aws.access
def ls(app: str | None, env: str | None, as_json: bool, target: str, **given: object) -> None:
    """All one-off tasks of an application, ended ones too, until they are deleted or run anew under the same name.
    Those on AWS are listed with --env or --target aws, where all environments of the workspace are there, or with
    --default."""
    if (places := aws.places_of_tasks(app, env, target, given)) is not None:
        from stranglerfig.cli.aws.tasks.listing import list_tasks

        list_tasks(places, given, as_json=as_json)
        return
    aws.note_local(given)
    client = to_apps()
    app = choose_app(client, app)
    tasks = [task for place in environments_of(client, app, env) for task in client.tasks.all(app, place)]
    if as_json:
        show_json({"tasks": tasks})
    elif tasks:
        rows = [
            (
                task["name"],
                task["environment"],
                str(len(task["runs"])),
                task["state"],
                dash(task["exit_status"]),
                task["started_at"],
            )
            for task in tasks
        ]
        show_rows(("Name", "Environment", "Copies", "State", "Exit Status", "Started At"), rows)
    else:
        say("There is no one-off task.")
        recommend("fig task run")
