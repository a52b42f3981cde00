"""``fig svc show``."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import show, show_json
from stranglerfig.cli.scope.deployed import choose_service, deployed
from stranglerfig.cli.scope.places import choose_app, workspace_or_none
from stranglerfig.cli.svc.described import RESOURCES, describe_service, service_sections, to_notes
from stranglerfig.cli.tables import show_facts, show_section, show_sections
from stranglerfig.errors import UsageError

if TYPE_CHECKING:
    from stranglerfig.api.app_client import AppClient
    from stranglerfig.api.app_wire import WorkloadWire


@verb(
    "show",
    examples="""
    fig svc show --name users
    fig svc show --name users --resources
    fig svc show --name users --manifest test
    fig svc show --name users --target aws
    """,
)
@flags.app
@flags.name
@click.option("--resources", is_flag=True, help="Also what there is because of it.")
@click.option("--manifest", metavar="ENV", help="Print the manifest it was deployed with in an environment.")
@aws.target
@aws.access
@common.as_json
def show_service(
    app: str | None,
    name: str | None,
    resources: bool,
    manifest: str | None,
    target: str,
    as_json: bool,
    **given: object,
) -> None:
    """A service in each environment where it is deployed: size, addresses, variables, names of secrets, and which
    fields of its manifest do nothing on this machine."""
    if on_aws := aws.app_on_aws(app, manifest, target):
        from stranglerfig.cli.aws.running.showing import How
        from stranglerfig.cli.aws.running.showing import show_service as show_service_on_aws

        show_service_on_aws(on_aws, name, given, How(resources, manifest, as_json))
        return
    aws.note_local(given)
    client = to_apps()
    app = choose_app(client, app)
    chosen = choose_service(client, app, manifest, name)
    if manifest:
        print_manifest(client, app, manifest, chosen["name"])
        return
    places = [one for one in deployed(client, app, None) if one["name"] == chosen["name"]]
    described = describe_service(client, app, places)
    found = {**described, "notes": to_notes(described), "withoutEffect": without_effect(client, app, places)}
    if as_json:
        show_json(found)
        return
    show_description(found, resources=resources)


def print_manifest(client: AppClient, app: str, env: str, name: str) -> None:
    import json

    show(json.dumps(client.workloads.show(app, env, name)["manifest"], indent=2, ensure_ascii=False))


def without_effect(client: AppClient, app: str, places: Sequence[WorkloadWire]) -> list[str]:
    """Paths of given fields of its manifest here that do nothing in one of the environments at least."""
    here = workspace_or_none()
    name = places[0]["name"]
    if here is None or here.app != app or not any(file.name == name for file in here.workloads):
        return []
    from stranglerfig.core.application import Runtime
    from stranglerfig.workspace.compile.effects import without_effect as unread
    from stranglerfig.workspace.read import read_workload

    runtimes = {env["name"]: Runtime(env["runtime"]) for env in client.environments.all(app)}
    found: set[str] = set()
    for place in places:
        # A manifest that is wrong by now says nothing of what is deployed.
        with suppress(UsageError):
            manifest = read_workload(here, name, place["environment"], is_lenient=True).manifest
            found.update(unread(manifest, runtimes[place["environment"]]))
    return sorted(found)


def show_description(found: dict[str, Any], *, resources: bool) -> None:
    show_facts("About", [("Application", found["application"]), ("Name", found["service"]), ("Type", found["type"])])
    show_sections(found, service_sections("runtime") + (RESOURCES if resources else ()))
    if found["notes"]:
        show_section("Notes", ("Environment", "Note"), [(row["environment"], row["note"]) for row in found["notes"]])
    if found["withoutEffect"]:
        show_section("No Effect Here", ("Field",), [(path,) for path in found["withoutEffect"]])
