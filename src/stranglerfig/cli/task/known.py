"""Which one-off task a command is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from stranglerfig.cli.asking.questions import Option, Question, ask_one
from stranglerfig.cli.scope.deployed import choose_environment
from stranglerfig.errors import NotFound, UsageError

if TYPE_CHECKING:
    from stranglerfig.api.app_client import AppClient
    from stranglerfig.api.app_wire import OneOffWire

TASK = Question("Task", "Which one-off task?", "--name", "One that `fig task run` has started.")


def choose_task(client: AppClient, app: str, env: str | None, name: str | None) -> OneOffWire:
    environment = choose_environment(client, app, env)["name"]
    found = client.tasks.all(app, environment)
    if name is None and found:
        name = ask_one(TASK, [Option(task["name"], task["state"].lower()) for task in found])
    for task in found:
        if task["name"] == name:
            return task
    known = ", ".join(task["name"] for task in found) or "none"
    raise NotFound(
        f"no one-off task {name or ''}".rstrip() + f" is known in {environment} of {app} (known: {known})",
        hint="`fig task run` starts one.",
    )


def refuse_two_programs(given: Mapping[str, Any]) -> None:
    """What runs as a service has that service's image."""
    for flag in ("image", "dockerfile", "build_context", "build_args"):
        if given[flag]:
            name = flag.replace("_", "-")
            raise UsageError(
                f"--{name} and --as say two different things to run",
                hint=f"Leave --{name} out: {given['service']}'s own image is taken.",
            )
