"""``fig env show``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import show, show_json
from stranglerfig.cli.scope.deployed import JOB, choose_environment
from stranglerfig.cli.scope.places import choose_app, workspace_of
from stranglerfig.cli.tables import show_facts, show_section

if TYPE_CHECKING:
    from stranglerfig.api.app_wire import EnvironmentWire, WorkloadWire


@verb(
    "show",
    examples="""
    fig env show --name test
    fig env show --name test --resources
    fig env show --name test --manifest
    """,
)
@flags.app
@click.option("-n", "--name", metavar="ENV", help="The environment.")
@click.option("--resources", is_flag=True, help="Also what there is on this machine because of it.")
@click.option("--manifest", is_flag=True, help="Print its manifest instead.")
@common.as_json
@aws.access
def show_environment(
    app: str | None, name: str | None, resources: bool, manifest: bool, as_json: bool, **given: object
) -> None:
    """One environment: how it runs, the address of its load balancer, and what is deployed there."""
    if place := aws.environment_on_aws(app, name, given, "--name"):
        from stranglerfig.cli.aws.listing import show_one_environment

        show_one_environment(*place, given, (resources, manifest, as_json))
        return
    client = to_apps()
    app = choose_app(client, app)
    if manifest:
        print_manifest(app, name or choose_environment(client, app, None, flag="--name")["name"])
        return
    found = choose_environment(client, app, name, flag="--name")
    workloads = client.workloads.all(app, found["name"])
    if as_json:
        services = [{key: one[key] for key in ("name", "kind", "revision", "urls")} for one in workloads]
        show_json({"environment": found, "services": services})
        return
    show_description(found, workloads)
    if resources:
        tasks = [one["name"] for one in client.tasks.all(app, found["name"])]
        secrets = client.secrets.names(app, found["name"])
        show_section("Resources", ("Kind", "Name"), owned(found, workloads, tasks, secrets))


def print_manifest(app: str, name: str) -> None:
    from stranglerfig.workspace.find import environment_file

    path = Path(environment_file(workspace_of(app), name).path)
    show(path.read_text(encoding="utf-8").rstrip("\n"))


def show_description(found: EnvironmentWire, workloads: Sequence[WorkloadWire]) -> None:
    facts = [
        ("Name", found["name"]),
        ("Application", found["app"]),
        ("Runtime", found["runtime"]),
        ("URL", found["url"]),
    ]
    show_facts("About", facts)
    rows = [(one["name"], one["kind"], "-" if one["revision"] is None else str(one["revision"])) for one in workloads]
    show_section("Workloads", ("Name", "Type", "Revision"), rows)
    show_section("Variables", ("Name", "Value"), sorted(found["variables"].items()))


def owned(
    found: EnvironmentWire, workloads: Sequence[WorkloadWire], tasks: Sequence[str], secrets: Sequence[str]
) -> list[tuple[str, str]]:
    """What there is on this machine because of it; of secrets the names."""
    rows = [("load balancer", f"{found['app']}.{found['name']} on port {found['port']}")]
    if found["runtime"] == "docker":
        rows.append(("network", found["network"]))
    if (broker := found["variables"].get("AWS_ENDPOINT_URL")) is not None:
        rows.append(("broker", f"topics and queues, on {broker}"))
    rows += [("target", one["target"]["name"]) for one in workloads if one["target"]]
    rows += [("job", one["name"]) for one in workloads if one["kind"] == JOB]
    rows += [("one-off task", name) for name in tasks]
    return [*rows, *(("secret", name) for name in secrets)]
