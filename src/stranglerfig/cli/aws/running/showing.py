"""`svc show` and `job show` on AWS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stranglerfig.aws.addresses import INTERNET
from stranglerfig.aws.applications import find_application
from stranglerfig.aws.deleting import Deployed, deployed
from stranglerfig.aws.running.described import Described, Given, describe
from stranglerfig.aws.running.executions import Run, last_runs
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.aws.stacks.template_text import manifest_of, parse_template
from stranglerfig.aws.synth.notes import notes
from stranglerfig.cli.asking.questions import Option, ask_one
from stranglerfig.cli.aws.job_runs import in_words
from stranglerfig.cli.aws.listing import all_environments
from stranglerfig.cli.aws.work import session_of
from stranglerfig.cli.output import show, show_json, warn
from stranglerfig.cli.scope.deployed import of_kind
from stranglerfig.cli.svc.described import RESOURCES, by_name, job_sections, service_sections
from stranglerfig.cli.tables import Sections, show_facts, show_sections
from stranglerfig.cli.views import dash
from stranglerfig.core.application import Kind
from stranglerfig.errors import NotFound, Refused
from stranglerfig.manifest.durations import render_duration

#: of each environment
MOST_RUNS = 5
RUNS: Sections = (
    ("Last Runs", "runs", {"Environment": "environment", "Run": "id", "Started At": "startedAt", "End": "end"}),
)
NOTES: Sections = (("Notes", "notes", {"Environment": "environment", "Note": "note"}),)


@dataclass(frozen=True)
class How:
    """``manifest`` is an environment: what it is deployed with there, and nothing else."""

    resources: bool = False
    manifest: str | None = None
    as_json: bool = False


def show_service(app: str, name: str | None, given: Mapping[str, Any], how: How) -> None:
    places = find_places(session_of(given), app, name, how.manifest, jobs=False)
    if how.manifest:
        print_manifest(places[0])
        return
    found = [describe(one) for one in places]
    document = {
        "application": app,
        "service": places[0].record.name,
        "type": places[0].record.kind,
        "configurations": [service_row(one) for one in found],
        "routes": [row for one in found for row in address_rows(one, "url", public=True)],
        "endpoints": [row for one in found for row in address_rows(one, "endpoint", public=False)],
        **given_rows(found),
        "resources": resource_rows(found),
        "notes": [{"environment": env_of(one), "note": note} for one in found for note in notes(one.release)],
    }
    show_document(document, "service", service_sections("platform") + NOTES, how)


def show_job(app: str, name: str | None, given: Mapping[str, Any], how: How) -> None:
    places = find_places(session_of(given), app, name, how.manifest, jobs=True)
    if how.manifest:
        print_manifest(places[0])
        return
    found = [describe(one) for one in places]
    document = {
        "application": app,
        "job": places[0].record.name,
        "type": places[0].record.kind,
        "configurations": [job_row(one) for one in found],
        **given_rows(found),
        "runs": [run_row(one, run) for one in found for run in runs_of(one)],
        "resources": resource_rows(found),
    }
    show_document(document, "job", job_sections("platform") + RUNS, how)


def runs_of(described: Described) -> list[Run]:
    """The role of an environment of Copilot's may not ask for them."""
    try:
        return last_runs(described.one, described.resources, MOST_RUNS)
    except Refused as refused:
        warn(f"Runs in {env_of(described)} are not shown: {refused.message}")
        return []


def show_document(document: Mapping[str, Any], what: str, sections: Sections, how: How) -> None:
    if how.as_json:
        show_json(document)
        return
    show_facts(
        "About", [("Application", document["application"]), ("Name", document[what]), ("Type", document["type"])]
    )
    show_sections(document, sections + (RESOURCES if how.resources else ()))


def find_places(session: Session, app: str, name: str | None, env: str | None, *, jobs: bool) -> list[Deployed]:
    """The workload in each environment that it is deployed to, or in ``env`` alone. Raises ``NotFound``."""
    application = find_application(session, app, Deploying(session))
    if env:
        application.records.environment(app, env)
    places = [place for place in all_environments(application) if env in (None, place.name)]
    found = [one for place in places for one in deployed(place, name)]
    found = [one for one in found if (one.record.kind == Kind.JOB.value) is jobs]
    if name is None and found:
        kinds = {one.record.name: one.record.kind for one in found}
        name = ask_one(of_kind(jobs), [Option(one, kinds[one]) for one in sorted(kinds)])
    same = [one for one in found if one.record.name == name]
    if not same:
        what, verb = ("job", "job") if jobs else ("service", "svc")
        where = f"in {env} of {app}" if env else f"of {app}"
        raise NotFound(
            f"no {what} {name or ''} {where} is on AWS".replace("  ", " "),
            hint=f"`fig {verb} ls --target aws` lists what is deployed; `fig {verb} deploy --env` deploys to one.",
        )
    return same


def print_manifest(one: Deployed) -> None:
    show(manifest_of(parse_template(one.env.stacks.template(one.stack.name))).rstrip("\n"))


def service_row(one: Described) -> dict[str, Any]:
    return {
        "environment": env_of(one),
        "tasks": "-" if one.desired is None else one.desired,
        **sizes(one),
        "port": number(one.port),
        "revision": number(one.revision),
    }


def job_row(one: Described) -> dict[str, Any]:
    manifest = one.manifest
    return {
        "environment": env_of(one),
        "schedule": dash(manifest.schedule),
        "timeout": dash(render_duration(manifest.timeout_s) if manifest.timeout_s else None),
        "retries": manifest.retries,
        **sizes(one),
        "revision": number(one.revision),
    }


def sizes(one: Described) -> dict[str, Any]:
    parameters = one.one.stack.parameters
    cpu = parameters.get("TaskCPU")
    return {
        "cpu": f"{int(cpu) / 1024:g}" if cpu else "-",
        "memory": number(parameters.get("TaskMemory")),
        "platform": dash(one.platform),
    }


def number(found: str | None) -> int | str:
    return int(found) if found else "-"


def address_rows(one: Described, key: str, *, public: bool) -> Iterator[dict[str, str]]:
    """Those from the internet, or all others."""
    for found in one.addresses:
        if (found.how == INTERNET) is public:
            yield {"environment": env_of(one), key: found.url}


def given_rows(found: Sequence[Described]) -> dict[str, Any]:
    """Variables and secrets, in all environments."""
    return {
        "variables": by_name(given_row(one, each, "value") for one in found for each in one.variables),
        "secrets": by_name(given_row(one, each, "from") for one in found for each in one.secrets),
    }


def given_row(one: Described, given: Given, key: str) -> dict[str, str]:
    return {"name": given.name, "container": given.container, "environment": env_of(one), key: given.value}


def resource_rows(found: Sequence[Described]) -> list[dict[str, str]]:
    return [
        {"environment": env_of(one), "kind": each.type, "name": each.physical}
        for one in found
        for each in one.resources
    ]


def run_row(one: Described, run: Run) -> dict[str, str]:
    return {
        "environment": env_of(one),
        "id": run.name,
        "startedAt": run.started,
        "state": run.state,
        "end": f"{in_words(run.state)} {run.ended}".rstrip(),
    }


def env_of(one: Described) -> str:
    return one.one.env.name
