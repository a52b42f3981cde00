"""What there is on AWS, as lists and shown one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stranglerfig.aws.applications import Application, find_application
from stranglerfig.aws.deleting import deployed
from stranglerfig.aws.environments import Environment, find_environment
from stranglerfig.aws.proxies.removal import proxies_of
from stranglerfig.aws.records import EnvRecord, Records
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.aws.stacks.template_text import manifest_of, parse_template
from stranglerfig.cli.aws.work import session_of
from stranglerfig.cli.output import recommend, say, show, show_json
from stranglerfig.cli.scope.places import workspace_here
from stranglerfig.cli.tables import Sections, show_facts, show_rows, show_section, show_sections
from stranglerfig.core.application import Kind

Given = Mapping[str, Any]
APPLICATION: Sections = (
    ("Environments", "environments", {"Name": "name", "Account": "account", "Region": "region"}),
    ("Proxies", "proxies", {"Name": "name", "Environment": "environment"}),
)


def app_name(given: str | None) -> str:
    return given or workspace_here().app


def show_applications(given: Given, *, as_json: bool) -> None:
    session = session_of(given)
    apps = Records(session).apps()
    if as_json:
        show_json({"applications": [{"name": app.name, "domain": app.domain, "tags": {**app.tags}} for app in apps]})
        return
    for app in apps:
        show(app.name)
    if not apps:
        say(f"There is no application in account {session.account}, {session.region}.")


def show_application(name: str, given: Given, *, as_json: bool) -> None:
    session = session_of(given)
    application = find_application(session, name, Deploying(session))
    record = application.record
    environments = all_environments(application)
    rows = workload_rows(application, environments)
    jobs = [row for row in rows if row["type"] == Kind.JOB.value]
    services = [row for row in rows if row not in jobs]
    document: dict[str, Any] = {
        "name": name,
        "account": record.account,
        "region": session.region,
        "domain": record.domain or None,
        "permissionsBoundary": record.permissions_boundary or None,
        "tags": {**record.tags},
        "environments": [to_document(env.record) for env in environments],
        "services": services,
        "jobs": jobs,
        "proxies": [{"name": one, "environment": env.name} for env in environments for one in proxies_of(env)],
    }
    if as_json:
        show_json(document)
        return
    facts = [
        ("Name", name),
        ("Account", record.account),
        ("Region", session.region),
        ("Domain", record.domain or "N/A"),
    ]
    show_facts("About", facts)
    show_sections(document, APPLICATION)
    show_section("Workloads", ("Name", "Type", "Environments"), map(to_row, (*services, *jobs)))
    show_section("Tags", ("Key", "Value"), sorted(record.tags.items()))


def show_environments(app: str | None, given: Given, *, as_json: bool) -> None:
    name = app_name(app)
    records = Records(session_of(given))
    records.app(name)
    found = records.environments(name)
    if as_json:
        show_json({"environments": [to_document(one) for one in found]})
    elif found:
        show_rows(("Name", "Account", "Region"), [(one.name, one.account, one.region) for one in found])
    else:
        say("There is no environment on AWS yet.")
        recommend("fig env init --target aws")


def environment_names(app: str | None, env: str | None, given: Given) -> tuple[str, list[str]]:
    """The application, and its environments there; the one that is named alone."""
    name = app_name(app)
    if env is not None:
        return name, [env]
    records = Records(session_of(given))
    records.app(name)
    return name, [one.name for one in records.environments(name)]


def show_one_environment(app: str, name: str, given: Given, how: tuple[bool, bool, bool]) -> None:
    """``how``: with its resources, its manifest alone, as JSON."""
    resources, manifest, as_json = how
    env = environment(session_of(given), app, name)
    if manifest:
        show(manifest_of(parse_template(env.stacks.template(env.stack_name))).rstrip("\n"))
        return
    stack = env.stack()
    workloads = deployed(env)
    found = env.stacks.resources(env.stack_name) if resources and stack else []
    if as_json:
        document = {
            "environment": {**to_document(env.record), "status": stack.status if stack else None},
            "services": [
                {"name": one.record.name, "kind": one.record.kind, "status": one.stack.status} for one in workloads
            ],
            "tags": dict(stack.tags) if stack else {},
        }
        more = {"resources": [{"type": one.type, "physicalID": one.physical} for one in found]} if resources else {}
        show_json({**document, **more})
        return
    facts = [("Name", name), ("Application", app), ("Account", env.record.account), ("Region", env.record.region)]
    show_facts("About", [*facts, ("Stack", stack.status if stack else "none")])
    rows = [(one.record.name, one.record.kind, one.stack.status) for one in workloads]
    show_section("Workloads", ("Name", "Type", "Stack"), rows)
    show_section("Tags", ("Key", "Value"), sorted(stack.tags.items()) if stack else [])
    show_section("Resources", ("Type", "Name"), [(one.type, one.physical) for one in found])


def show_workloads(app: str | None, given: Given, *, jobs: bool, as_json: bool) -> None:
    """Services or jobs, with the environments that they are deployed to."""
    session, name = session_of(given), app_name(app)
    application = find_application(session, name, Deploying(session))
    environments = all_environments(application)
    rows = [row for row in workload_rows(application, environments) if (row["type"] == Kind.JOB.value) is jobs]
    what = "job" if jobs else "service"
    if as_json:
        show_json({f"{what}s": rows})
    elif rows:
        show_rows(("Name", "Type", "Environments"), [to_row(row) for row in rows])
    else:
        say(f"There is no {what} of {name} on AWS yet.")


def workload_rows(application: Application, environments: Sequence[Environment]) -> list[dict[str, Any]]:
    places: dict[str, list[str]] = {}
    for env in environments:
        for one in deployed(env):
            places.setdefault(one.record.name, []).append(env.name)
    return [
        {"name": one.name, "type": one.kind, "environments": places.get(one.name, [])}
        for one in application.records.workloads(application.record.name)
    ]


def to_row(workload: Mapping[str, Any]) -> tuple[str, str, str]:
    return workload["name"], workload["type"], ", ".join(workload["environments"]) or "-"


def all_environments(application: Application) -> list[Environment]:
    records = application.records.environments(application.record.name)
    return [Environment(application, record, application.how) for record in records]


def environment(session: Session, app: str, name: str) -> Environment:
    how = Deploying(session)
    return find_environment(find_application(session, app, how), name, how)


def to_document(env: EnvRecord) -> dict[str, str]:
    return {"app": env.app, "name": env.name, "account": env.account, "region": env.region}
