"""``fig app show``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import show_json
from stranglerfig.cli.scope.deployed import JOB
from stranglerfig.cli.scope.places import choose_app, workspace_or_none
from stranglerfig.cli.tables import show_facts, show_section

if TYPE_CHECKING:
    from stranglerfig.api.app_client import AppClient


@verb(
    "show",
    examples="""
    fig app show
    fig app show --name forum --json
    """,
)
@click.option("-n", "--name", metavar="APP", help="The application (the workspace's own).")
@flags.as_json
def show_app(name: str | None, as_json: bool) -> None:
    """An application with its environments, services, jobs and pipelines, and where each is deployed."""
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
    show_section("Pipelines", ("Name",), [(pipeline,) for pipeline in found["pipelines"]])


def describe(client: AppClient, name: str) -> dict[str, Any]:
    """What is deployed together with what the workspace holds."""
    app = client.apps.show(name)
    here = workspace_or_none()
    is_ours = here is not None and here.app == name
    kinds: dict[str, str] = {}
    places: dict[str, list[str]] = {}
    environments = {env["name"]: env for env in client.environments.all(name)}
    if here is not None and is_ours:
        kinds = {file.name: file.kind.value if file.kind else "unknown" for file in here.workloads}
    for env in environments:
        for workload in client.workloads.all(name, env):
            kinds[workload["name"]] = workload["kind"]
            places.setdefault(workload["name"], []).append(env)
    written = [file.name for file in here.environments] if here is not None and is_ours else []
    workloads = [
        {"name": found, "type": kinds[found], "environments": places.get(found, [])} for found in sorted(kinds)
    ]
    return {
        "name": name,
        "root": app["root"],
        "domain": app["domain"],
        "tags": app["tags"],
        "environments": [
            {
                "name": env,
                "runtime": environments[env]["runtime"] if env in environments else None,
                "url": environments[env]["url"] if env in environments else "",
            }
            for env in sorted({*environments, *written})
        ],
        "services": [workload for workload in workloads if workload["type"] != JOB],
        "jobs": [workload for workload in workloads if workload["type"] == JOB],
        "pipelines": [file.name for file in here.pipelines] if here is not None and is_ours else [],
    }
