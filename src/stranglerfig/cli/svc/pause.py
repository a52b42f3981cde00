"""``fig svc pause``."""

from __future__ import annotations

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.follow_ups import follow_up, strong
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done
from stranglerfig.cli.prompt import confirm
from stranglerfig.cli.scope.deployed import choose_workload
from stranglerfig.cli.scope.places import choose_app


@verb(
    "pause",
    examples="""
    fig svc pause --name users
    fig svc pause --name users --env test --yes
    """,
)
@flags.app
@flags.env
@flags.name
@common.yes
def pause(app: str | None, env: str | None, name: str | None, yes: bool) -> None:
    """Stop a service's tasks. Its revisions, routes and settings stay; requests for it are answered with 503."""
    client = to_apps()
    found = choose_workload(client, choose_app(client, app), env, name)
    name, env = found["name"], found["environment"]
    confirm(f"Stop all tasks of {name} in {env}", yes=yes)
    client.workloads.pause(found["app"], env, name)
    done(f"Service {strong(name)} is paused in {env}.")
    follow_up(f"Run `fig svc resume --name {name} --env {env}` to start it again.")
