"""``fig job show``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from stranglerfig.cli import flags as common
from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.aws import target as aws
from stranglerfig.cli.connect import to_apps
from stranglerfig.cli.job.logs import outcome
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import show_json
from stranglerfig.cli.scope.deployed import choose_named
from stranglerfig.cli.scope.places import choose_app
from stranglerfig.cli.svc.described import all_given, job_sections, sizes
from stranglerfig.cli.svc.show import print_manifest, without_effect
from stranglerfig.cli.tables import Sections, show_facts, show_section, show_sections

if TYPE_CHECKING:
    from stranglerfig.api.app_client import AppClient
    from stranglerfig.api.app_wire import RunWire, WorkloadWire

#: of each environment
MOST_RUNS = 5
RUNS: Sections = (
    (
        "Last Runs",
        "runs",
        {"Environment": "environment", "Run": "id", "Started At": "startedAt", "Attempts": "attempts", "End": "end"},
    ),
)


@verb(
    "show",
    examples="""
    fig job show --name report
    fig job show --name report --manifest test
    fig job show --name report --json
    fig job show --name report --target aws
    """,
)
@flags.app
@flags.job
@click.option("--manifest", metavar="ENV", help="Print the manifest it was deployed with in an environment.")
@aws.target
@aws.access
@common.as_json
def show_job(
    app: str | None, name: str | None, manifest: str | None, target: str, as_json: bool, **given: object
) -> None:
    """A job in each environment where it is deployed: schedule, size, variables, names of secrets, how its last runs
    ended, and which fields of its manifest do nothing on this machine."""
    if on_aws := aws.app_on_aws(app, manifest, target):
        from stranglerfig.cli.aws.running.showing import How
        from stranglerfig.cli.aws.running.showing import show_job as show_job_on_aws

        show_job_on_aws(on_aws, name, given, How(manifest=manifest, as_json=as_json))
        return
    aws.note_local(given)
    client = to_apps()
    app = choose_app(client, app)
    places = choose_named(client, app, manifest, name, is_job=True)
    if manifest:
        print_manifest(client, app, manifest, places[0]["name"])
        return
    found = {**describe_job(client, app, places), "withoutEffect": without_effect(client, app, places)}
    if as_json:
        show_json(found)
        return
    show_facts("About", [("Application", found["application"]), ("Name", found["job"]), ("Type", found["type"])])
    show_sections(found, job_sections("runtime") + RUNS)
    if found["withoutEffect"]:
        show_section("No Effect Here", ("Field",), [(path,) for path in found["withoutEffect"]])


def describe_job(client: AppClient, app: str, places: Sequence[WorkloadWire]) -> dict[str, Any]:
    """``places`` is the job in each environment, at least one."""
    runtimes = {env["name"]: env["runtime"] for env in client.environments.all(app)}
    return {
        "application": app,
        "job": places[0]["name"],
        "type": places[0]["kind"],
        "configurations": [configuration(one, runtimes[one["environment"]]) for one in places],
        **all_given(places),
        "runs": [
            to_row(one["environment"], run)
            for one in places
            for run in client.jobs.runs(app, one["environment"], one["name"])[:MOST_RUNS]
        ],
    }


def configuration(one: WorkloadWire, runtime: str) -> dict[str, Any]:
    manifest = one["manifest"]
    return {
        "environment": one["environment"],
        "schedule": manifest.get("on", {}).get("schedule", "-"),
        "timeout": manifest.get("timeout", "-"),
        "retries": manifest.get("retries", 0),
        **sizes(manifest),
        "runtime": runtime,
        "revision": one["revision"] if one["revision"] is not None else "-",
    }


def to_row(environment: str, run: RunWire) -> dict[str, Any]:
    return {
        "environment": environment,
        "id": run["id"],
        "startedAt": run["started_at"],
        "attempts": run["attempts"],
        "state": run["state"],
        "end": outcome(run),
    }
