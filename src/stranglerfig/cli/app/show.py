"""``fig app show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stranglerfig.cli import flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import show_json, warn
from stranglerfig.cli.scope.deployed import JOB
from stranglerfig.cli.scope.places import choose_app, workspace_or_none
from stranglerfig.cli.tables import show_facts, show_section
from stranglerfig.errors import NotFound

if TYPE_CHECKING:
    from stranglerfig.api.app_client import AppClient
    from stranglerfig.api.app_wire import AppWire, EnvironmentWire
    from stranglerfig.workspace.values import Workspace


@verb(
    "show",
    examples="""
    fig app show
    fig app show --name forum --json
    fig app show --name forum --target aws
    """,
)
@click.option("-n", "--name", metavar="APP", help="The application (the workspace's own).")
@aws.target
@aws.access
@flags.as_json
def show_app(name: str | None, target: str, as_json: bool, **given: object) -> None:
    """An application with its environments, services, jobs, proxies and pipelines, and where each is deployed.

    With --target aws what is on AWS, whoever deployed it.
    """
    if target == aws.AWS:
        from stranglerfig.cli.aws.listing import app_name, show_application

        show_application(app_name(name), given, as_json=as_json)
        return
    aws.note_local(given)
    aws.tell_elsewhere("app show")
    client = to_apps()
    found = describe(client, choose_app(client, name))
    if as_json:
        show_json(found)
        return
    show_facts(
        "About",
        [
            ("Name", found["name"]),
            ("Workspace", found["root"]),
            ("Domain", found["domain"] or "N/A"),
        ],
    )
    show_section(
        "Environments",
        ("Name", "Runtime", "URL"),
        [(env["name"], env["runtime"] or "not deployed", env["url"]) for env in found["environments"]],
    )
    show_section(
        "Workloads",
        ("Name", "Type", "Environments"),
        [
            (workload["name"], workload["type"], ", ".join(workload["environments"]) or "-")
            for workload in (*found["services"], *found["jobs"])
        ],
    )
    show_section("Proxies", ("Name",), [(proxy,) for proxy in found["proxies"]])
    show_section("Pipelines", ("Name",), [(pipeline,) for pipeline in found["pipelines"]])


def describe(client: AppClient, name: str) -> dict[str, Any]:
    """What is deployed together with what the workspace holds, which may not have been deployed at all."""
    here = workspace_or_none()
    if here is not None and here.app != name:
        here = None
    for file in here.misnamed if here else ():
        warn(f"{file.path} is left aside: the name of its folder cannot be used")
    app = known(client, name, here)
    running = {env["name"]: env for env in client.environments.all(name)} if app["environments"] else {}
    kinds = {file.name: file.kind.value if file.kind else "unknown" for file in here.workloads} if here else {}
    places: dict[str, list[str]] = {}
    for env in running:
        for workload in client.workloads.all(name, env):
            kinds[workload["name"]] = workload["kind"]
            places.setdefault(workload["name"], []).append(env)
    workloads = [
        {"name": found, "type": kinds[found], "environments": places.get(found, [])} for found in sorted(kinds)
    ]
    written = [file.name for file in here.environments] if here else []
    return {
        "name": name,
        "root": app["root"],
        "domain": app["domain"],
        "tags": app["tags"],
        "environments": [to_row(env, running.get(env)) for env in sorted({*running, *written})],
        "services": [workload for workload in workloads if workload["type"] != JOB],
        "jobs": [workload for workload in workloads if workload["type"] == JOB],
        "proxies": [file.name for file in here.proxies] if here else [],
        "pipelines": [file.name for file in here.pipelines] if here else [],
    }


def known(client: AppClient, name: str, here: Workspace | None) -> AppWire:
    """A workspace that nothing was ever deployed of is an application all the same."""
    try:
        return client.apps.show(name)
    except NotFound:
        if here is None:
            raise
    return {"name": name, "root": here.root, "domain": None, "tags": {}, "environments": [], "workloads": []}


def to_row(name: str, running: EnvironmentWire | None) -> dict[str, str | None]:
    if running is None:
        return {"name": name, "runtime": None, "url": ""}
    return {"name": name, "runtime": running["runtime"], "url": running["url"]}
