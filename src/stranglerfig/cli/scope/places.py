"""The workspace of this folder, and the application that a command is about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stranglerfig.cli.asking.questions import Option, Question, ask_one
from stranglerfig.errors import Conflict, NotFound

if TYPE_CHECKING:
    from stranglerfig.api.app_client import AppClient
    from stranglerfig.workspace.values import Workspace

APP = Question(
    "Application", "Which application is it about?", "--app", "Inside a workspace it is the workspace's own."
)


def workspace_here() -> Workspace:
    """Raises what ``find_workspace`` does."""
    from stranglerfig.workspace.find import find_workspace

    return find_workspace(Path.cwd())


def workspace_or_none() -> Workspace | None:
    from stranglerfig.workspace.find import SUMMARY, find_root, find_workspace

    root = find_root(Path.cwd())
    if root is None or not (root / "copilot" / SUMMARY).is_file():
        return None
    return find_workspace(Path.cwd())


def workspace_of(app: str | None) -> Workspace:
    """The workspace here, which must be that application's if one is named."""
    here = workspace_here()
    if app is not None and app != here.app:
        raise Conflict(
            f"{here.root} is the workspace of application {here.app}, not of {app}",
            hint=f"Leave `--app {app}` out, or change to the folder of {app}: `fig app show --name {app}` names it.",
        )
    return here


def choose_app(client: AppClient, given: str | None) -> str:
    """Its name: the flag's, the workspace's, or one of those that the daemon knows."""
    if given:
        return given
    here = workspace_or_none()
    if here:
        return here.app
    known = client.apps.all()
    if not known:
        raise NotFound("there is no application yet", hint="Run `fig app init` in the folder of your application.")
    return ask_one(APP, [Option(app["name"], app["root"]) for app in known])
