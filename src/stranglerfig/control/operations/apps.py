"""Applications: made, shown, and removed with everything of theirs."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass

from stranglerfig.control.context import Control
from stranglerfig.control.operations.environments import clear_environment, declared_in
from stranglerfig.control.operations.leftovers import require_stoppable
from stranglerfig.control.operations.proxies import delete_proxy
from stranglerfig.control.operations.workloads import delete_workload
from stranglerfig.core.application import App
from stranglerfig.core.names import parse_name
from stranglerfig.errors import Conflict, UsageError


@dataclass(frozen=True, slots=True)
class AppView:
    app: App
    environments: tuple[str, ...]
    workloads: tuple[str, ...]


def create_app(control: Control, wanted: App) -> App:
    """Idempotent for the workspace that made it. A workspace that is gone leaves its application to the next one."""
    parse_name(wanted.name, "application name")
    if not os.path.isabs(wanted.root):
        raise UsageError(f"the workspace {wanted.root!r} is no full path", hint="Give the full path of its folder.")
    before = next((app for app in control.applications.store.apps() if app.name == wanted.name), None)
    if before is not None and before.root != wanted.root and os.path.isdir(before.root):
        raise Conflict(
            f"application {wanted.name!r} exists already, of the workspace {before.root}",
            hint=f"Choose another name, or `fig app delete --name {wanted.name}` first.",
        )
    if before != wanted:
        control.applications.store.save_app(wanted, f"of the workspace {wanted.root}")
    return wanted


async def delete_app(control: Control, name: str) -> tuple[str, ...]:
    """With its environments and all that runs there. Nothing of it is left when this returns, but for what is told;
    repeat it if it fails.
    """
    applications = control.applications
    applications.app(name)
    await require_stoppable(control, name)
    for environment in applications.store.environments(name):
        for proxy in declared_in(control, name, environment.name):
            await delete_proxy(control, proxy)
    deployed = [deployment.workload for deployment in applications.store.deployments(name)]
    # Side by side: each waits for its last requests and tasks.
    ends = await asyncio.gather(
        *(delete_workload(control, name, workload.environment, workload.name, force=True) for workload in deployed),
        return_exceptions=True,
    )
    for error in ends:
        if error is not None:
            raise error
    rest: list[str] = []
    for environment in applications.store.environments(name):
        rest += await clear_environment(control, name, environment.name)
    applications.store.delete_app(name, "deleted by its user")
    return tuple(rest)


def view_apps(control: Control) -> list[AppView]:
    return [_view(control, app) for app in control.applications.store.apps()]


def view_app(control: Control, name: str) -> AppView:
    return _view(control, control.applications.app(name))


def _view(control: Control, app: App) -> AppView:
    store = control.applications.store
    return AppView(
        app,
        tuple(environment.name for environment in store.environments(app.name)),
        tuple(sorted({deployment.workload.name for deployment in store.deployments(app.name)})),
    )
