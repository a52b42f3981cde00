"""``fig svc resume``."""

from __future__ import annotations

import threading

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.deploying.watching import watch
from stranglerfig.cli.follow_ups import strong
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done
from stranglerfig.cli.progress.board import Board
from stranglerfig.cli.scope.deployed import choose_workload
from stranglerfig.cli.scope.places import choose_app


@verb(
    "resume",
    examples="""
    fig svc resume --name users
    fig svc resume --name users --env test
    """,
)
@flags.app
@flags.env
@flags.name
@aws.access
def resume(app: str | None, env: str | None, name: str | None, **given: object) -> None:
    """Start a paused service's tasks again; returns when they are healthy."""
    if place := aws.environment_on_aws(app, env, given):
        from stranglerfig.cli.aws.running.pausing import resume_service

        resume_service(place, name, given)
        return
    aws.note_local(given)
    client = to_apps()
    found = choose_workload(client, choose_app(client, app), env, name)
    name, env = found["name"], found["environment"]
    with Board() as board:
        step = board.begin(board.add(f"Resuming {name} in {env}"))
        answer = client.workloads.resume(found["app"], env, name)
        watch(client, answer, lambda text: board.tell(step, text), threading.Event())
        board.end(step)
    done(resumed(strong(name), env, was_paused=found["paused"]))


def resumed(name: str, env: str, *, was_paused: bool) -> str:
    return f"Service {name} runs {f'again in {env}' if was_paused else f'in {env}: it was not paused'}."
