"""`delete` on AWS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from stranglerfig.aws.applications import Application, find_application
from stranglerfig.aws.deleting import (
    Deployed,
    Leaving,
    delete_application,
    delete_environment,
    delete_late,
    delete_workload,
    deployed,
    find_stack,
    forget_workload,
    is_standing,
    leaves_something,
    refuse_foreign_records,
    refuse_importers,
    stacks_in,
)
from stranglerfig.aws.environments import Environment, find_environment, is_at_home
from stranglerfig.aws.one_off.finding import stacks_of
from stranglerfig.aws.one_off.place import TaskPlace
from stranglerfig.aws.proxies.opening import to_place
from stranglerfig.aws.proxies.removal import proxies_of, remove_proxy
from stranglerfig.aws.records import WorkloadRecord
from stranglerfig.aws.secrets_left import secrets_of
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.aws.stacks.values import Ended, Outcome
from stranglerfig.aws.switching_off import refuse_if_needed
from stranglerfig.cli.asking.questions import Option, ask_one
from stranglerfig.cli.aws.listing import app_name
from stranglerfig.cli.aws.tasks.taking_away import delete_one_off
from stranglerfig.cli.aws.work import Work, session_of, wishes_of, working
from stranglerfig.cli.follow_ups import strong
from stranglerfig.cli.output import done, plural, say, warn
from stranglerfig.cli.prompt import confirm
from stranglerfig.cli.scope.deployed import of_kind
from stranglerfig.cli.scope.places import workspace_or_none
from stranglerfig.core.application import Kind
from stranglerfig.errors import NotFound

Given = Mapping[str, Any]
GONE = Outcome(Ended.DEPLOYED)


def take_workload_away(app: str, env: str, name: str | None, given: Given, *, jobs: bool) -> None:
    """From one environment; where that was the last one, its images and its record go, too."""
    session = session_of(given)
    one = choose_leaving(
        find_environment(find_application(session, app, Deploying(session)), env, Deploying(session)), name, jobs=jobs
    )
    name = one.record.name
    if one.stack is not None:
        refuse_if_needed(one.env, name, one.stack, force=given.get("force") is True)
        question = f"Delete {name} from {env} of {app} on AWS"
    else:
        question = f"Delete what is left of {name}, whose stack in {env} of {app} is gone already"
    confirm(question, yes=bool(given.get("yes")))
    with working(wishes_of(given)) as work:
        how = work.how(session)
        application = find_application(session, app, how)
        environment = find_environment(application, env, how)
        delete_one(work, Leaving(environment, one.record, one.stack))
        if not runs_anywhere(environments(application, work), one.record):
            steps = work.steps(f"Images of {name}")
            with work.step(steps):
                forget_workload(application, name, steps.say)
            work.end(steps, GONE)
    done(f"{'Job' if jobs else 'Service'} {strong(name)} is gone from {env}.")
    here = workspace_or_none()
    if here is not None and here.app == app and any(file.name == name for file in here.workloads):
        say(f"Its manifest is still copilot/{name}/manifest.yml.")


def choose(env: Environment, name: str | None, *, jobs: bool) -> Deployed:
    found = [one for one in deployed(env) if (one.record.kind == Kind.JOB.value) is jobs]
    if name is None and found:
        name = ask_one(of_kind(jobs), [Option(one.record.name, one.record.kind) for one in found])
    for one in found:
        if one.record.name == name:
            return one
    what, short = ("job", "job") if jobs else ("service", "svc")
    raise NotFound(
        f"no {what} {name or ''} is in {env.name} of {env.record.app}".replace("  ", " "),
        hint=f"`fig {short} ls --target aws` lists what is deployed.",
    )


def choose_leaving(env: Environment, name: str | None, *, jobs: bool) -> Leaving:
    """The same, and by its name one whose deletion was cut off when its stack was gone."""
    try:
        one = choose(env, name, jobs=jobs)
    except NotFound:
        for record in env.app.records.workloads(env.record.app):
            is_meant = record.name == name and (record.kind == Kind.JOB.value) is jobs
            if is_meant and (leaves_something(env, record.name) or not runs_anywhere(all_of(env.app), record)):
                return Leaving(env, record, None)
        raise
    return Leaving(env, one.record, one.stack)


def take_environment_away(app: str, name: str, given: Given) -> None:
    session = session_of(given)
    confirm(f"Delete environment {name} of {app} on AWS", yes=bool(given.get("yes")))
    with working(wishes_of(given)) as work:
        how = work.how(session)
        env = find_environment(find_application(session, app, how), name, how)
        left = delete_env(work, env)
    done(f"Environment {strong(name)} of {app} is gone.")
    tell_left(left)


def take_application_away(name: str | None, given: Given) -> None:
    app = app_name(name)
    session = session_of(given)
    confirm(
        f"Delete application {app} on AWS, with all its environments, services and images", yes=bool(given.get("yes"))
    )
    left: list[str] = []
    with working(wishes_of(given)) as work:
        application = find_application(session, app, work.how(session))
        envs = environments(application, work)
        for env in filter(is_standing, envs):
            tasks = stacks_of(TaskPlace(env.session, env.record.region, env))
            refuse_importers(env, [*stacks_in(env), *tasks])
        refuse_foreign_records(application, envs)
        secrets = secrets_of(application, envs)
        for env in envs:
            if is_standing(env):
                delete_proxies(work, env)
                delete_tasks(work, env)
                for one in deployed(env):
                    delete_one(work, Leaving(env, one.record, one.stack), env_stays=False)
            left += delete_env(work, env, app_goes=True)
        steps = work.steps(f"Application {app}")
        with work.step(steps):
            application.how.telling = steps
            for env in filter(is_at_home, envs):
                # Its roles are gone, and nobody in them begins anything any more.
                delete_late(env, application.how, steps.say, role=None)
            delete_application(application, steps.say)
        work.end(steps, GONE)
    done(f"Application {strong(app)} is gone from AWS.")
    tell_left(left)
    for some in secrets:
        where = f"{some.region}{'' if some.account == application.record.account else f' of account {some.account}'}"
        warn(f"{plural(len(some.names), 'secret')} of {where} stay, for nobody else has them:")
        for command in some.commands():
            say(f"  `{command}`")
    here = workspace_or_none()
    if here is not None and here.app == app:
        say(f"Its manifests are still in {Path(here.root)}/copilot.")


def delete_one(work: Work, one: Leaving, *, env_stays: bool = True) -> None:
    steps = work.steps(f"{one.record.name} in {one.env.name}")
    one.env.how.telling = steps
    with work.step(steps):
        delete_workload(one, steps.say, env_stays=env_stays)
    work.end(steps, GONE)


def delete_proxies(work: Work, env: Environment) -> None:
    """First: they lead to services."""
    for name in proxies_of(env):
        steps = work.steps(f"Proxy {name} in {env.name}")
        with work.step(steps):
            remove_proxy(to_place(env, {}), name, steps)
        work.end(steps, GONE)


def delete_tasks(work: Work, env: Environment) -> None:
    place = TaskPlace(env.session, env.record.region, env)
    for stack in stacks_of(place):
        delete_one_off(work, place, stack)


def delete_env(work: Work, env: Environment, *, app_goes: bool = False) -> list[str]:
    steps = work.steps(f"Environment {env.name}")
    env.how.telling = steps
    with work.step(steps):
        left = delete_environment(env, steps.say, app_goes=app_goes)
    work.end(steps, GONE)
    return left


def environments(app: Application, work: Work) -> list[Environment]:
    """Whose stacks are changed as ``work`` shows."""
    return all_of(app, work.how(app.session))


def all_of(app: Application, how: Deploying | None = None) -> list[Environment]:
    return [Environment(app, record, how or app.how) for record in app.records.environments(app.record.name)]


def runs_anywhere(envs: Iterable[Environment], record: WorkloadRecord) -> bool:
    return any(is_standing(env) and find_stack(env, record) is not None for env in envs)


def tell_left(roles: list[str]) -> None:
    for role in roles:
        warn(f"the role {role} stays: it could not be deleted with these credentials.")
