"""Which deployed workload a command is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stranglerfig.cli.asking.questions import Option, Question, ask_one
from stranglerfig.errors import NotFound

if TYPE_CHECKING:
    from stranglerfig.api.app_client import AppClient
    from stranglerfig.api.app_wire import EnvironmentWire, WorkloadWire

JOB = "Scheduled Job"

ENVIRONMENT = Question(
    "Environment", "Which environment?", "--env", "Each runs services of its own behind a load balancer of its own."
)
SERVICE = Question("Service", "Which service?", "--name", "A service that has been deployed.")


def choose_environment(client: AppClient, app: str, given: str | None, *, flag: str = "--env") -> EnvironmentWire:
    """One that runs here."""
    if given:
        try:
            return client.environments.show(app, given)
        except NotFound as error:
            hint = f"`fig env deploy --name {given}` brings it into force; `fig env ls` lists all."
            raise NotFound(error.message, hint=hint) from error
    try:
        found = client.environments.all(app)
    except NotFound:  # a workspace is known to the daemon from its first deploy on
        found = []
    if not found:
        raise NotFound(
            f"no environment of {app} runs here",
            hint="Run `fig env deploy` to bring one into force; `fig env init` writes another.",
        )
    name = ask_one(
        with_flag(ENVIRONMENT, flag), [Option(env["name"], f"{env['runtime']}, {env['url']}") for env in found]
    )
    return next(env for env in found if env["name"] == name)


def choose_workload(
    client: AppClient, app: str, env: str | None, name: str | None, *, is_job: bool = False
) -> WorkloadWire:
    """A service, or a job, that is deployed. Asks for its name, then for the environment if it is in several."""
    same = choose_named(client, app, env, name, is_job=is_job)
    where = ask_one(ENVIRONMENT, [Option(one["environment"]) for one in same]) if len(same) > 1 else ""
    return next(one for one in same if where in ("", one["environment"]))


def choose_service(client: AppClient, app: str, env: str | None, name: str | None) -> WorkloadWire:
    """The same for a service, in any of the environments where it is deployed."""
    return choose_named(client, app, env, name, is_job=False)[0]


def choose_named(client: AppClient, app: str, env: str | None, name: str | None, *, is_job: bool) -> list[WorkloadWire]:
    found = deployed(client, app, env, is_job=is_job)
    if name is None:
        name = ask_one(of_kind(is_job), options(found, app, is_job=is_job))
    same = [workload for workload in found if workload["name"] == name]
    if not same:
        raise not_deployed(app, env, name, is_job=is_job)
    return same


def deployed(client: AppClient, app: str, env: str | None, *, is_job: bool = False) -> list[WorkloadWire]:
    return [
        workload
        for environment in environments_of(client, app, env)
        for workload in client.workloads.all(app, environment)
        if (workload["kind"] == JOB) is is_job
    ]


def environments_of(client: AppClient, app: str, env: str | None) -> list[str]:
    """The one that is named, else all that run here."""
    return [env] if env else client.apps.show(app)["environments"]


def options(found: Sequence[WorkloadWire], app: str, *, is_job: bool) -> list[Option]:
    if not found:
        what, verb = ("job", "job") if is_job else ("service", "svc")
        raise NotFound(f"no {what} of {app} is deployed", hint=f"Run `fig {verb} deploy`.")
    kinds = {workload["name"]: workload["kind"] for workload in found}
    return [Option(name, kinds[name]) for name in sorted(kinds)]


def not_deployed(app: str, env: str | None, name: str, *, is_job: bool) -> NotFound:
    what, verb = ("job", "job") if is_job else ("service", "svc")
    where = f" in {env}" if env else ""
    return NotFound(
        f"no {what} {name} of {app} is deployed{where}",
        hint=f"`fig {verb} ls` lists them; `fig {verb} deploy --name {name}` deploys it.",
    )


def of_kind(is_job: bool) -> Question:
    return Question("Job", "Which job?", "--name", "A job that has been deployed.") if is_job else SERVICE


def with_flag(question: Question, flag: str) -> Question:
    return Question(question.label, question.text, flag, question.help)
