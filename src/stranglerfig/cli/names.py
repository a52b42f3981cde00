"""Names for shell completion, of the workspace or asked of the daemon if it runs: it is never started for that, and
nothing is complained of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click
    from click.shell_completion import CompletionItem

    from stranglerfig.api.app_client import AppClient
    from stranglerfig.api.client import Client

#: A shell that hangs on TAB is worse than one that knows no names.
PATIENCE_S = 1.0


def complete_proxy(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return offer(((proxy["name"], proxy["url"]) for client in running() for proxy in client.proxies.all()), incomplete)


def complete_target(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return offer(target_names(), incomplete)


def complete_target_or_url(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return offer([*safe(target_names()), ("http://", "a URL")], incomplete)


def complete_target_or_all(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return offer([*safe(target_names()), ("all", "every target")], incomplete)


def complete_route(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    proxy = ctx.params.get("proxy")
    if not isinstance(proxy, str):
        return []
    return offer(route_names(proxy), incomplete)


def complete_app(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return offer(((app["name"], app["root"]) for client in running_apps() for app in client.apps.all()), incomplete)


def complete_environment(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return offer(environment_names(ctx.params.get("app")), incomplete)


def complete_workload(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return offer(workload_names(), incomplete)


def complete_proxy_manifest(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return offer(proxy_manifest_names(), incomplete)


def complete_key(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return offer(key_names(), incomplete)


def target_names() -> Iterator[tuple[str, str]]:
    for client in running():
        for target in client.targets.all():
            yield target["name"], target["state"]


def route_names(proxy: str) -> Iterator[tuple[str, str]]:
    """Each route by its path and by its id, whichever the user began to type."""
    for client in running():
        for route in client.routes.all(proxy):
            yield route["id"], f"{','.join(route['methods'])} {route['path']}".strip()
            yield route["path"], f"to {route['to']}"


def environment_names(app: object) -> Iterator[tuple[str, str]]:
    """Those of the workspace, and those that are deployed."""
    from stranglerfig.cli.scope.places import workspace_or_none

    here = workspace_or_none()
    if here is not None and app in (None, here.app):
        for file in here.environments:
            yield file.name, "of this workspace"
        return
    for client in running_apps() if isinstance(app, str) else ():
        for environment in client.environments.all(str(app)):
            yield environment["name"], environment["url"]


def workload_names() -> Iterator[tuple[str, str]]:
    from stranglerfig.cli.scope.places import workspace_or_none

    here = workspace_or_none()
    for file in here.workloads if here is not None else ():
        yield file.name, file.kind.value if file.kind else ""


def proxy_manifest_names() -> Iterator[tuple[str, str]]:
    from stranglerfig.cli.scope.places import workspace_or_none

    here = workspace_or_none()
    for file in here.proxies if here is not None else ():
        yield file.name, "of this workspace"


def key_names() -> Iterator[tuple[str, str]]:
    from stranglerfig.cli.connect import to_running_aws

    keys = to_running_aws(timeout_s=PATIENCE_S).keys()
    for key in keys:
        yield key["name"], key["id"]


def running_apps() -> Iterator[AppClient]:
    from stranglerfig.cli.connect import to_running_apps

    yield to_running_apps(timeout_s=PATIENCE_S)


def running() -> Iterator[Client]:
    from stranglerfig.cli.connect import to_running_daemon

    yield to_running_daemon(timeout_s=PATIENCE_S)


def safe(names: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    from stranglerfig.errors import FigError

    try:
        return list(names)
    except FigError:
        return []


def offer(names: Iterator[tuple[str, str]] | list[tuple[str, str]], incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    return [CompletionItem(name, help=line) for name, line in safe(iter(names)) if name.startswith(incomplete)]
