"""Begins an environment on AWS, with the two roles that all else in it is made by."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from stranglerfig.aws.applications import Application
from stranglerfig.aws.environments import Environment
from stranglerfig.aws.records import EnvRecord
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.deploy import Deploying, bring
from stranglerfig.aws.stacks.telling import Patience
from stranglerfig.aws.stacks.values import to_order
from stranglerfig.aws.synth.environment import bootstrap_parameters, bootstrap_template
from stranglerfig.aws.synth.template import to_tree
from stranglerfig.errors import Conflict, Refused

T = TypeVar("T")

#: until a new role can be taken on: seconds, as a rule
ATTEMPTS = 10


def begin_environment(app: Application, name: str, session: Session, how: Deploying) -> Environment:
    """As it is there, or with its roles made in the account and region of ``session``. Again goes on."""
    for env in app.records.environments(app.record.name):
        if env.name == name:
            refuse_other_place(env, session)
            return Environment(app, env, how)
    record = EnvRecord(app=app.record.name, name=name, region=session.region, account=session.account)
    app.add_place(app.facts(), record)
    begun = Environment(app, record, how)
    facts = replace(begun.facts({}), partition=session.partition)
    order = to_order(
        begun.stack_name,
        to_tree(bootstrap_template(facts)),
        parameters={**bootstrap_parameters(facts)},
        tags=begun.tags(),
    )
    own = replace(how, session=session, region=record.region)
    # Whatever is deployed there already has these roles, and more.
    stack = own.stacks.find_own(begun.stack_name, begun.tags())
    if stack is None or "EnvironmentManagerRoleARN" not in stack.outputs:
        stack = bring(order, own)
    record = replace(
        record,
        manager_role=stack.outputs["EnvironmentManagerRoleARN"],
        execution_role=stack.outputs["CFNExecutionRoleARN"],
    )
    app.records.begin_environment(record)
    made = Environment(app, record, how)
    wait_for_role(made)
    return made


def wait_for_role(env: Environment) -> None:
    """A role that was made a moment ago cannot be taken on everywhere yet. Who may not at all learns that later."""
    with suppress(Refused):
        when_allowed(lambda: env.session.account, env.how.patience())


def when_allowed(do: Callable[[], T], patience: Patience) -> T:
    """What a role was allowed a moment ago is not known everywhere yet: tried for some seconds."""
    for _ in range(ATTEMPTS - 1):
        with suppress(Refused):
            return do()
        patience.pause()
    return do()


def refuse_other_place(env: EnvRecord, session: Session) -> None:
    if (env.account, env.region) != (session.account, session.region):
        raise Conflict(
            f"environment {env.name} of {env.app} is in account {env.account}, {env.region}, "
            f"not in {session.account}, {session.region}",
            hint="Give the other one another name, or name the profile and region of this one.",
        )
