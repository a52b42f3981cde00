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
from stranglerfig.cli.views import dash

#: on AWS
INSTEAD = "aws ecs list-tasks --cluster CLUSTER"


@verb(
    "ls",
    examples="""
    fig task ls
    fig task ls --env test
    fig task ls --app forum --json
    """,
)
@flags.app
@flags.env
@common.as_json
def ls(app: str | None, env: str | None, as_json: bool) -> None:
    """All one-off tasks of an application, ended ones too, until they are deleted or run anew under the same name."""
    aws.refuse_on_aws("task ls", app, env, None, INSTEAD)
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
