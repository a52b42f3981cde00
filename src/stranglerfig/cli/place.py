"""Which application, environment and workload a command is about: what a flag says, else the workspace, else a
question whose only answer is taken without asking."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stranglerfig.cli.asking.questions import Option, Question, ask_one
from stranglerfig.errors import NotFound

if TYPE_CHECKING:
    from collections.abc import Container

    from stranglerfig.api.app_client import AppClient
    from stranglerfig.workspace.values import Workspace

JOB = "Scheduled Job"


def here() -> Workspace:
    from stranglerfig.workspace.find import find_workspace

    return find_workspace(Path.cwd())


def choose_app(given: str | None) -> str:
    return given or here().app


def choose_environment(client: AppClient, app: str, given: str | None) -> str:
    """One that has been deployed."""
    if given:
        return given
    names = client.apps.show(app)["environments"]
    if not names:
        raise NotFound(
            f"application {app} has no environment here", hint="Run `fig env init` and `fig env deploy` first."
        )
    return ask_one(Question("Environment", "In which environment?", "--env"), [Option(name) for name in names])


def choose_deployed(client: AppClient, app: str, environment: str, given: str | None, *, jobs: bool) -> str:
    """A job or a service that is deployed there."""
    if given:
        return given
    what = "job" if jobs else "service"
    found = [work for work in client.workloads.all(app, environment) if (work["kind"] == JOB) == jobs]
    if not found:
        raise NotFound(
            f"no {what} is deployed in environment {environment} of {app}",
            hint=f"Run `fig {'job' if jobs else 'svc'} deploy` first.",
        )
    options = [Option(work["name"], work["kind"]) for work in found]
    return ask_one(Question(what.capitalize(), f"Which {what}?", "--name"), options)


def require_known(name: str, known: Container[str], what: str, listing: str) -> str:
    if name not in known:
        raise NotFound(f"there is no {what} {name!r}", hint=f"`{listing}` lists them.")
    return name
