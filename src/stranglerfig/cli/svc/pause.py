"""``fig svc pause``."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.deploying.watching import PAUSE_S, target_of
from stranglerfig.cli.follow_ups import follow_up, strong
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done
from stranglerfig.cli.progress.board import Board
from stranglerfig.cli.prompt import confirm
from stranglerfig.cli.scope.deployed import choose_workload
from stranglerfig.cli.scope.places import choose_app
from stranglerfig.errors import Conflict

if TYPE_CHECKING:
    from stranglerfig.api.app_client import AppClient
    from stranglerfig.api.app_wire import WorkloadWire


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
@aws.access
def pause(app: str | None, env: str | None, name: str | None, yes: bool, **given: object) -> None:
    """Stop a service's tasks; returns when they have finished what they had and are gone.

    Its revisions, routes and settings stay; requests for it are answered with 503. The next deploy ends the pause.
    """
    if place := aws.environment_on_aws(app, env, given):
        from stranglerfig.cli.aws.running.pausing import pause_service

        pause_service(place, name, {**given, "yes": yes})
        return
    aws.note_local(given)
    client = to_apps()
    found = choose_workload(client, choose_app(client, app), env, name)
    name, env = found["name"], found["environment"]
    was_paused = found["paused"]
    if not was_paused:
        confirm(f"Stop all tasks of {name} in {env}", yes=yes)
    with Board() as board:
        step = board.begin(board.add(f"Pausing {name} in {env}"))
        wait_for_departure(client, client.workloads.pause(found["app"], env, name), lambda text: board.tell(step, text))
        board.end(step)
    done(f"Service {strong(name)} is paused in {env}{', as it was' if was_paused else ''}.")
    follow_up(f"Run `fig svc resume --name {name} --env {env}` to start it again.")


def wait_for_departure(client: AppClient, paused: WorkloadWire, tell: Callable[[str], None]) -> None:
    """Until none of its tasks is left. What ends the pause ends the wait."""
    target = target_of(paused)
    while target is not None and target["servers"]:
        tell(f"tasks left: {len(target['servers'])}")
        time.sleep(PAUSE_S)
        seen = client.workloads.show(paused["app"], paused["environment"], paused["name"])
        if not seen["paused"]:
            raise Conflict(f"{paused['name']} was resumed or deployed while its tasks were leaving")
        target = target_of(seen)
