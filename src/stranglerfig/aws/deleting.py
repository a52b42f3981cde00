"""Takes away what is on AWS, in the order in which nothing holds anything that is to go. Each step again is fine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from stranglerfig.aws.applications import Application
from stranglerfig.aws.assets.bucket import empty
from stranglerfig.aws.assets.registry import Registry
from stranglerfig.aws.delegation import delegation_of
from stranglerfig.aws.environments import Environment
from stranglerfig.aws.one_off.finding import group_of, stacks_of
from stranglerfig.aws.one_off.place import TaskPlace
from stranglerfig.aws.priorities import forget_numbers
from stranglerfig.aws.proxies.removal import proxies_of
from stranglerfig.aws.records import WorkloadRecord
from stranglerfig.aws.session import Session
from stranglerfig.aws.site_certificates import take_back
from stranglerfig.aws.stacks.delete import delete
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.stacks.values import Stack
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.environment import without
from stranglerfig.aws.synth.environment.features import read
from stranglerfig.core.application import Kind
from stranglerfig.errors import Conflict, FigError, NotFound

Tell = Callable[[str], None]
BUCKET = "AWS::S3::Bucket"
#: of an environment: lines of its load balancer, which nobody is asked about
LOGS = "ELBAccessLogsBucket"


@dataclass(frozen=True, slots=True)
class Deployed:
    """A workload's stack in an environment."""

    env: Environment
    record: WorkloadRecord
    stack: Stack


def deployed(env: Environment) -> list[Deployed]:
    """All that runs there, of all repositories."""
    stacks = env.stacks
    found = []
    for record in env.app.records.workloads(env.record.app):
        stack = stacks.find(names.workload_stack(env.record.app, env.name, record.name))
        if stack is not None:
            found.append(Deployed(env, record, stack))
    return found


def delete_workload(one: Deployed, tell: Tell) -> None:
    """Its stack, and what the environment had for it alone."""
    tell(f"deleting {one.record.name} from {one.env.name}")
    if one.record.kind == Kind.STATIC_SITE.value:
        empty_buckets(one.env.session, one.env.stacks, one.stack.name, lambda logical: logical == "Bucket")
    remove(one.env.how, one.stack, role=one.env.record.execution_role or None)
    forget_numbers(one.env.session, one.env.facts({}), one.record.name)
    if one.record.kind == Kind.STATIC_SITE.value:
        take_back(one.env.record.app, one.env.name, one.record.name, replace(one.env.how, session=one.env.app.session))
    env = one.env.stack()
    if env is not None:
        left = without(read(env.parameters), [one.record.name])
        if left != read(env.parameters):
            tell(f"updating {one.env.name}")
            one.env.bring_features(left)


def forget_workload(app: Application, name: str, tell: Tell) -> None:
    """Once it is deployed nowhere: its images, its repositories and its record."""
    tell(f"removing the images of {name}")
    for one in app.stack_set.instances():
        Registry(app.session, one.region).empty(names.repository(app.record.name, name))
    app.records.forget_workload(app.record.name, name)
    app.bring_resources(app.facts(), app.records.workloads(app.record.name))


def delete_environment(env: Environment, tell: Tell) -> list[str]:
    """Its stack, its two roles and its record; gives what is left. Raises ``Conflict`` while workloads run there."""
    proxies = proxies_of(env)
    if proxies:
        raise Conflict(
            f"environment {env.name} of {env.record.app} still has the proxies {', '.join(proxies)}",
            hint=f"Run `fig proxy delete {proxies[0]} --env {env.name}` first: its requests go to services then.",
        )
    running = [one.record.name for one in deployed(env)]
    if running:
        raise Conflict(
            f"{', '.join(running)} {'are' if len(running) > 1 else 'is'} deployed to {env.name} of {env.record.app}",
            hint=f"`fig svc delete --name {running[0]} --env {env.name}` takes one away.",
        )
    tasks = [group_of(one) for one in stacks_of(TaskPlace(env.session, env.record.region, env))]
    if tasks:
        raise Conflict(
            f"environment {env.name} of {env.record.app} still has the one-off tasks {', '.join(tasks)}",
            hint=f"`fig task delete --name {tasks[0]} --env {env.name}` takes one away.",
        )
    stack = env.stack()
    delegation = delegation_of(env.facts({}), env.app.session, env.session)
    if delegation is not None:
        delegation.remove()
    if stack is not None:
        tell(f"deleting environment {env.name}")
        empty_buckets(env.session, env.stacks, stack.name, lambda logical: logical == LOGS)
        remove(env.how, stack, role=env.record.execution_role or None)
    left = delete_roles(env, tell)
    env.app.records.forget_environment(env.record.app, env.name)
    return left


def delete_roles(env: Environment, tell: Tell) -> list[str]:
    """They outlive their stack, for it is deleted by them. Gives the ARNs of those that could not be deleted."""
    tell(f"deleting the roles of {env.name}")
    # In the account of the application by the user; elsewhere only the manager's role can, itself last.
    at_home = env.record.account == env.app.record.account
    iam = (env.app.session if at_home else env.session).client("iam", env.record.region)
    left = []
    for arn in filter(None, (env.record.execution_role, env.record.manager_role)):
        name = arn.rpartition("/")[2]
        try:
            for policy in list(iam.pages("list_role_policies", "PolicyNames", RoleName=name)):
                iam.delete_role_policy(RoleName=name, PolicyName=policy)
            iam.delete_role(RoleName=name)
        except NotFound:
            continue
        except FigError:
            left.append(arn)
    return left


def delete_application(app: Application, tell: Tell) -> None:
    """What it has in all regions, its roles, its record. Its environments are gone by then."""
    name = app.record.name
    if app.stack_set.template() is not None:
        for one in app.stack_set.instances():
            tell(f"emptying the artifacts in {one.region}")
            region = Stacks(app.session, one.region)
            empty_buckets(app.session, region, one.stack_id, lambda logical: True)
            for workload in app.records.workloads(name):
                Registry(app.session, one.region).empty(names.repository(name, workload.name))
        tell("deleting the repositories, buckets and keys")
        app.stack_set.delete()
    roles = app.how.stacks.find(names.roles_stack(name))
    if roles is not None:
        tell("deleting the roles")
        remove(app.how, roles, role=None)
    for workload in app.records.workloads(name):
        app.records.forget_workload(name, workload.name)
    app.records.forget_app(name)


def secrets_left(session: Session, app: str) -> list[str]:
    """Names of values that users put there, which nobody else has."""
    found = session.client("ssm").pages(
        "describe_parameters",
        "Parameters",
        ParameterFilters=[{"Key": "Path", "Option": "Recursive", "Values": [f"/copilot/{app}"]}],
    )
    return sorted(one["Name"] for one in found)


def remove(how: Deploying, stack: Stack, *, role: str | None) -> None:
    delete(how.stacks, stack, role=role, telling=how.telling, patience=how.patience())


def empty_buckets(session: Session, stacks: Stacks, stack: str, which: Callable[[str], bool]) -> None:
    for one in stacks.resources(stack):
        if one.type == BUCKET and one.physical and which(one.logical):
            empty(session, stacks.region, one.physical)
