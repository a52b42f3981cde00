"""`fig env` on AWS."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stranglerfig.aws.additions import Additions, of_environments
from stranglerfig.aws.applications import AppWish, begin_application, find_application
from stranglerfig.aws.beginning import begin_environment
from stranglerfig.aws.checking.lines import by_lines
from stranglerfig.aws.checking.networks import check_imports, check_imports_of
from stranglerfig.aws.environments import Environment, EnvironmentText, find_environment
from stranglerfig.aws.session import Access, Session, open_session
from stranglerfig.aws.stacks.values import Ended, Outcome, StackOrder
from stranglerfig.aws.synth.environment import Features
from stranglerfig.aws.synth.environment.limits import certificate_notes, check_environment
from stranglerfig.cli.asking.questions import ask_yes
from stranglerfig.cli.aws.packaging import SOME, print_difference
from stranglerfig.cli.aws.work import (
    PATIENCE,
    Wishes,
    Work,
    is_interrupted,
    session_of,
    tell_interrupted,
    wishes_of,
    working,
)
from stranglerfig.cli.deploying.command import GO_ON
from stranglerfig.cli.follow_ups import follow_up, strong
from stranglerfig.cli.output import done, say, warn
from stranglerfig.workspace import read
from stranglerfig.workspace.settings import read_settings
from stranglerfig.workspace.values import Workspace

Given = Mapping[str, Any]


def begin(workspace: Workspace, name: str, given: Given) -> None:
    """The application's part if it has none on AWS yet, and the roles of the environment. What its manifest has wrong
    is told before that."""
    settings = read_settings(Path(workspace.root))
    wish = AppWish(workspace.app, settings.domain, settings.permissions_boundary, settings.tags)
    session, own = session_of(given), application_session(given)
    wanted = read_text(workspace, name)
    with by_lines(wanted.loaded):
        check_environment(name, session.region, wanted.manifest.body)
        check_imports(name, session, session.region, wanted.manifest.body)
    with working(wishes_of(given)) as work:
        of_app = work.steps(f"Application {workspace.app}")
        with work.step(of_app):
            app = begin_application(own, wish, work.how(own, of_app))
        work.end(of_app, Outcome(Ended.DEPLOYED))
        of_env = work.steps(f"Environment {name}")
        with work.step(of_env):
            env = begin_environment(app, name, session, work.how(own, of_env))
        work.end(of_env, Outcome(Ended.DEPLOYED))
    done(
        f"Environment {strong(name)} of {workspace.app} is begun in account {env.record.account}, {env.record.region}."
    )
    follow_up(f"Run `fig env deploy --name {name}` to have its network and cluster there.")


def application_session(given: Given) -> Session:
    """Of the default credentials, which may be of another account than the environment's; without any, the same."""
    own = open_session(Access(), warn)
    if not own.has_credentials:
        return session_of(given)
    return own if own.has_region else open_session(Access(region=given.get("region")), warn)


def find(session: Session, app: str, name: str, work: Work) -> Environment:
    how = work.how(session)
    return find_environment(find_application(session, app, how, name), name, how)


def read_text(workspace: Workspace, name: str) -> EnvironmentText:
    """Strictly: what is in the way of a deploy is better known before."""
    checked = read.read_environment(workspace, name)
    return EnvironmentText(checked.manifest, read.filled_environment(workspace, name), checked.loaded)


def deploy(workspace: Workspace, name: str, given: Given) -> None:
    """Raises ``KeyboardInterrupt`` after saying what became of it."""
    wanted = read_text(workspace, name)
    additions = of_environments(Path(workspace.root))
    forced = str(uuid.uuid4()) if given.get("force") else ""
    session = session_of(given)
    with working(wishes_of(given)) as work:
        env = find(session, workspace.app, name, work)
        with by_lines(wanted.loaded):
            check_imports_of(env, wanted.manifest.body)
        if given.get("diff") or given.get("diff_yes"):
            with by_lines(wanted.loaded):
                order = env.order(wanted, additions, forced=forced)
            if not agreed(env, order, work, ask=not given.get("diff_yes")):
                return
        outcome = bring(env, wanted, additions, work, forced=forced)
    tell(env, outcome, work.wishes)


def bring(
    env: Environment,
    wanted: EnvironmentText,
    additions: Additions,
    work: Work,
    *,
    features: Features | None = None,
    forced: str = "",
) -> Outcome:
    steps = work.steps(f"Environment {env.name} of {env.record.app}")
    env.how.telling = steps
    for note in certificate_notes(wanted.manifest.body):
        steps.note(note)
    with work.step(steps), by_lines(wanted.loaded):
        outcome = env.deploy(wanted, additions, features=features, forced=forced)
    work.end(steps, outcome)
    return outcome


def agreed(env: Environment, order: StackOrder, work: Work, *, ask: bool) -> bool:
    with work.board.aside():
        has_changed = print_difference(env.stacks, order) == SOME
        if not ask or not has_changed or ask_yes(GO_ON, default=False):
            return True
        say("Nothing was deployed.")
    return False


def tell(env: Environment, outcome: Outcome, wishes: Wishes) -> None:
    app, name = env.record.app, env.name
    if is_interrupted(outcome, wishes):
        tell_interrupted(f"Environment {strong(name)} of {app}", outcome)
        raise KeyboardInterrupt
    match outcome.ended:
        case Ended.DEPLOYED:
            done(f"Environment {strong(name)} of {app} is deployed.")
            follow_up(f"Run `fig deploy --env {name} --all` to have all workloads of the workspace there.")
        case Ended.UNCHANGED:
            say(f"  Environment {strong(name)} is unchanged: nothing to deploy.")
        case Ended.LEFT:
            say(f"CloudFormation goes on with stack {env.stack_name}: the same command follows it, and does the rest.")
        case Ended.DECLINED:
            say("Nothing was deployed.")


@contextmanager
def package_order(workspace: Workspace, name: str, given: Given) -> Iterator[tuple[Environment, StackOrder]]:
    """What a deploy would ask CloudFormation for. Templates of addons are uploaded with ``upload_assets`` alone."""
    wanted = read_text(workspace, name)
    additions = of_environments(Path(workspace.root))
    session = session_of(given)
    uploads = given.get("upload_assets") is True
    with working(wishes_of(given), patience=PATIENCE if uploads else 0) as work:
        env = find(session, workspace.app, name, work)
        with by_lines(wanted.loaded):
            order = env.order(wanted, additions, uploads=uploads)
        work.listen()
        yield env, order
