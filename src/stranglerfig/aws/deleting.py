"""Takes away what is on AWS, in the order in which nothing holds anything that is to go. Each step again is fine, and
whoever was cut off finds what is left by what goes last: records, and the roles that all else is done in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

from stranglerfig.aws.applications import Application
from stranglerfig.aws.assets.bucket import empty
from stranglerfig.aws.assets.registry import Registry
from stranglerfig.aws.cdn_certificates import cdn_certificate_of
from stranglerfig.aws.dns.clearing import clear_zone, refuse_foreign, refuse_foreign_of_app
from stranglerfig.aws.dns.delegation import delegation_of
from stranglerfig.aws.dns.hosted_zone import HostedZone
from stranglerfig.aws.dns.kept import drop_hosts, kept_hosts
from stranglerfig.aws.dns.loose_records import clear_proofs
from stranglerfig.aws.dns.orphans import remove_orphans
from stranglerfig.aws.environments import Environment, is_at_home, session_that_stays
from stranglerfig.aws.one_off.finding import group_of, stacks_of
from stranglerfig.aws.one_off.place import TaskPlace
from stranglerfig.aws.priorities import forget_all_numbers, forget_numbers, numbers_of
from stranglerfig.aws.proxies.removal import forget_shifts, proxies_of
from stranglerfig.aws.records import WorkloadRecord
from stranglerfig.aws.session import Session
from stranglerfig.aws.site_certificates import take_back
from stranglerfig.aws.stacks import states
from stranglerfig.aws.stacks.delete import delete
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.aws.stacks.importers import importers_of
from stranglerfig.aws.stacks.owners import belongs
from stranglerfig.aws.stacks.stacks import Stacks, new_token
from stranglerfig.aws.stacks.values import Stack
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.environment import without
from stranglerfig.aws.synth.environment.features import read
from stranglerfig.core.application import Kind
from stranglerfig.errors import Conflict, FigError, NotFound

Tell = Callable[[str], None]
#: So often somebody else may begin a stack while all is taken away.
MOST_ROUNDS = 5
BUCKET = "AWS::S3::Bucket"
#: of an environment: lines of its load balancer, which nobody is asked about
LOGS = "ELBAccessLogsBucket"


@dataclass(frozen=True, slots=True)
class Deployed:
    """A workload's stack in an environment."""

    env: Environment
    record: WorkloadRecord
    stack: Stack


@dataclass(frozen=True, slots=True)
class Leaving:
    """A workload that is to go from an environment. ``stack`` None: that is gone already."""

    env: Environment
    record: WorkloadRecord
    stack: Stack | None


def deployed(env: Environment, name: str | None = None) -> list[Deployed]:
    """All that runs there, of all repositories; or just the one of that name."""
    records = [one for one in env.app.records.workloads(env.record.app) if name in (None, one.name)]
    found = ((record, find_stack(env, record)) for record in records)
    return [Deployed(env, record, stack) for record, stack in found if stack is not None]


def find_stack(env: Environment, record: WorkloadRecord) -> Stack | None:
    """None: there is none, it is only proposed, or it is that of another workload or environment."""
    found = env.stacks.find(names.workload_stack(env.record.app, env.name, record.name))
    is_there = found is not None and states.is_there(found.status)
    return found if found and is_there and belongs(found, {**env.tags(), names.SERVICE_TAG: record.name}) else None


def leaves_something(env: Environment, name: str) -> bool:
    """Whether a workload that has no stack there has anything else: its deletion was cut off."""
    return has_features(env, name) or any(True for _ in numbers_of(env.session, env.facts({}), name))


def delete_workload(one: Leaving, tell: Tell, *, env_stays: bool = True) -> None:
    """Its stack, and what the environment had for it alone, unless that goes next."""
    env, name = one.env, one.record.name
    is_site = one.record.kind == Kind.STATIC_SITE.value
    if one.stack is not None:
        tell(f"deleting {name} from {env.name}")
        if env.app.record.domain:
            # Before what they lead to, and what says which they are.
            drop_hosts(env, one.stack, kept_hosts(env, one.stack))
        if is_site:
            empty_buckets(env.session, env.stacks, one.stack.name, lambda logical: logical == "Bucket")
        remove(env.how, one.stack, role=env.record.execution_role or None)
    clear_name(env, name)
    forget_numbers(env.session, env.facts({}), name)
    if is_site:
        take_back(env.record.app, env.name, name, replace(env.how, session=session_that_stays(env)))
    if env_stays:
        leave_features(env, name, tell)


def clear_name(env: Environment, workload: str) -> None:
    """Of a stack that was to be created, by a deploy that was cut off."""
    stack = names.workload_stack(env.record.app, env.name, workload)
    env.how.change_sets.clear_name(stack, {**env.tags(), names.SERVICE_TAG: workload})


def has_features(env: Environment, name: str) -> bool:
    """Whether a workload or a proxy stands among those that the environment has something for."""
    stack = env.stack()
    present = read(stack.parameters if stack else {})
    return without(present, [name]) != present


def leave_features(env: Environment, name: str, tell: Tell) -> None:
    """The environment loses what it had for that one alone."""
    if has_features(env, name):
        tell(f"updating {env.name}")
        env.bring_features(lambda known: without(read(known), [name]))


def forget_workload(app: Application, name: str, tell: Tell) -> None:
    """Once it is deployed nowhere: its images, its repositories and its record."""
    tell(f"removing the images of {name}")
    for one in app.stack_set.instances():
        Registry(app.session, one.region).empty(names.repository(app.record.name, name))
    # Whoever changes the repositories in between still finds the record, and is followed once more.
    app.bring_resources(app.facts(), leaving=[name])
    app.records.forget_workload(app.record.name, name)
    app.bring_resources(app.facts())


def is_standing(env: Environment) -> bool:
    """Whether its stack is there. When that is gone, so is all that stood on it, and perhaps the role to ask in: in the
    account of the application its user can tell."""
    return Stacks(session_that_stays(env), env.record.region).find(env.stack_name) is not None


def delete_environment(env: Environment, tell: Tell, *, app_goes: bool = False) -> list[str]:
    """Its stack, its two roles and its record; gives what is left. Raises ``Conflict`` while workloads run there."""
    if is_standing(env):
        refuse_in_use(env)
        refuse_importers(env)
        refuse_foreign(env)
        clear(env, tell)
    if app_goes:
        delete_late(env, env.how, tell, role=env.record.execution_role or None)
    remove_orphans(env.record, env.app.record.domain, session_that_stays(env), None, env.how.telling.note)
    if env.app.record.domain and env.record.region != names.EDGE_REGION:
        cdn_certificate_of(env.record, replace(env.how, session=session_that_stays(env))).remove()
    return delete_roles(env, tell)


def delete_late(env: Environment, how: Deploying, tell: Tell, *, role: str | None) -> None:
    """Stacks that others have begun there meanwhile: once the records are gone, no command finds them."""
    stacks = Stacks(session_that_stays(env), env.record.region)
    for _ in range(MOST_ROUNDS):
        late = [one for one in stacks.of_tags(own_marks(env)) if is_of_fig(env, one)]
        for stack in late:
            tell(f"deleting {stack.name}, which was begun meanwhile")
            if stack.status == states.REVIEWED:
                stacks.delete(stack.id, token=new_token())
            else:
                delete(stacks, stack, role=role, telling=how.telling, patience=how.patience())
        if not late:
            return


def own_marks(env: Environment) -> dict[str, str]:
    return {names.APP_TAG: env.record.app, names.ENV_TAG: env.name}


def is_of_fig(env: Environment, stack: Stack) -> bool:
    """Of those that have an environment's tags: that of a task, or of what its name says, too."""
    workload = stack.tags.get(names.SERVICE_TAG) or stack.tags.get(names.PROXY_TAG)
    is_named = workload is not None and stack.name == names.workload_stack(env.record.app, env.name, workload)
    return is_named or names.TASK_TAG in stack.tags


def refuse_in_use(env: Environment) -> None:
    proxies = proxies_of(env)
    if proxies:
        raise Conflict(
            f"environment {env.name} of {env.record.app} still has the proxies {', '.join(proxies)}",
            hint=f"Run `fig proxy delete {proxies[0]} --env {env.name}` first: its requests go to services then.",
        )
    here = [one.record for one in deployed(env)]
    running = [one.name for one in here]
    if running:
        verb = "job" if here[0].kind == Kind.JOB.value else "svc"
        raise Conflict(
            f"{', '.join(running)} {'are' if len(running) > 1 else 'is'} deployed to {env.name} of {env.record.app}",
            hint=f"`fig {verb} delete --name {running[0]} --env {env.name}` takes one away.",
        )
    tasks = [group_of(one) for one in stacks_of(TaskPlace(env.session, env.record.region, env))]
    if tasks:
        raise Conflict(
            f"environment {env.name} of {env.record.app} still has the one-off tasks {', '.join(tasks)}",
            hint=f"`fig task delete --name {tasks[0]} --env {env.name}` takes one away.",
        )


def refuse_importers(env: Environment, besides: Iterable[Stack] = ()) -> None:
    """Stacks that fig did not deploy, and that CloudFormation keeps the environment's for: better known before all else
    is gone. ``besides`` go before it, with what is nested in them. Raises ``Conflict``."""
    own = env.stack()
    if own is None:
        return
    going = tuple(one.name for one in besides)
    nested = tuple(f"{name}-" for name in going)
    found = [
        name
        for name in importers_of(session_that_stays(env), env.record.region, own)
        if name not in going and not (name.startswith(nested) and _is_of_app(env, name))
    ]
    if found:
        raise Conflict(
            f"{', '.join(found)} {'import' if len(found) > 1 else 'imports'} what stack {own.name} exports: the"
            f" environment {env.name} cannot go before",
            hint=f"`aws cloudformation delete-stack --stack-name {found[0]} --region {env.record.region}` deletes one,"
            " if it is not needed; or have it import nothing of the environment.",
        )


def _is_of_app(env: Environment, name: str) -> bool:
    stack = env.stacks.find(name)
    return stack is not None and belongs(stack, env.tags())


def refuse_foreign_records(app: Application, envs: Iterable[Environment]) -> None:
    """Of users, in any zone that goes with the application. Raises ``Conflict``."""
    if not app.record.domain:
        return
    there = {env.name: (env, stacks_in(env) if is_standing(env) else []) for env in envs}
    for env, (_, *others) in ((env, found) for env, found in there.values() if found):
        refuse_foreign(env, others)
    refuse_foreign_of_app(app, there)


def stacks_in(env: Environment) -> list[Stack]:
    """Its own first, then those of workloads and proxies."""
    own = env.stack()
    proxies = (env.stacks.find(names.workload_stack(env.record.app, env.name, one)) for one in proxies_of(env))
    return [one for one in (own, *(one.stack for one in deployed(env)), *proxies) if one is not None]


def clear(env: Environment, tell: Tell) -> None:
    """Its stack, and before that whatever workloads and proxies have left whose deletion was cut off."""
    tell(f"deleting environment {env.name}")
    forget_all_numbers(env.session, env.facts({}))
    forget_shifts(env)
    for record in env.app.records.workloads(env.record.app):
        clear_name(env, record.name)
        if record.kind == Kind.STATIC_SITE.value:
            take_back(env.record.app, env.name, record.name, replace(env.how, session=session_that_stays(env)))
    delegation = delegation_of(env.facts({}), env.app.session, env.session)
    if delegation is not None:
        delegation.remove()
    stack = env.stack()
    if stack is not None:
        clear_zone(env, stack)
        remove_stack(env, stack, tell)


def remove_stack(env: Environment, stack: Stack, tell: Tell) -> None:
    """With its access logs. A load balancer writes those until it is gone itself."""
    role = env.record.execution_role or None
    empty_logs(env, stack)
    try:
        remove(env.how, stack, role=role)
    except Conflict:
        left = env.stacks.find(stack.id)
        if left is None or not empty_logs(env, left):
            raise
        tell(f"deleting environment {env.name} once more, for there were new access logs")
        remove(env.how, left, role=role)


def empty_logs(env: Environment, stack: Stack) -> int:
    return empty_buckets(env.session, env.stacks, stack.id, lambda logical: logical == LOGS)


def delete_roles(env: Environment, tell: Tell) -> list[str]:
    """With its record. They outlive their stack, for it is deleted by them. Gives the ARNs of those that could not be
    deleted."""
    tell(f"deleting the roles of {env.name}")
    # In the account of the application by the user; elsewhere only the manager's role can, itself last. Without it
    # nothing there can be asked any more, so the record goes before.
    session = session_that_stays(env)
    left = [arn for arn in [env.record.execution_role] if arn and not delete_role(env, session, arn)]
    if not is_at_home(env):
        env.app.records.forget_environment(env.record.app, env.name)
    left += [arn for arn in [env.record.manager_role] if arn and not delete_role(env, session, arn)]
    env.app.records.forget_environment(env.record.app, env.name)
    return left


def delete_role(env: Environment, session: Session, arn: str) -> bool:
    """Whether it is gone then."""
    iam, name = session.client("iam", env.record.region), arn.rpartition("/")[2]
    try:
        for policy in list(iam.pages("list_role_policies", "PolicyNames", RoleName=name)):
            # Where an answer is lost the SDK asks again.
            with suppress(NotFound):
                iam.delete_role_policy(RoleName=name, PolicyName=policy)
        iam.delete_role(RoleName=name)
    except NotFound:
        return True
    except FigError:
        return False
    return True


def delete_application(app: Application, tell: Tell) -> None:
    """What it has in all regions, its roles, its record. Its environments are gone by then."""
    name = app.record.name
    if app.stack_set.template() is not None:
        for one in app.stack_set.instances():
            tell(f"emptying the artifacts in {one.region}")
            if one.stack_id:
                empty_buckets(app.session, Stacks(app.session, one.region), one.stack_id, lambda logical: True)
            for workload in app.records.workloads(name):
                Registry(app.session, one.region).empty(names.repository(name, workload.name))
        tell("deleting the repositories, buckets and keys")
        app.stack_set.delete()
    roles = app.how.stacks.find_own(names.roles_stack(name), app.tags())
    if roles is not None:
        tell("deleting the roles")
        own_zone = app.facts().own_zone
        if own_zone is not None:
            clear_proofs(HostedZone(app.session, own_zone))
        remove(app.how, roles, role=None)
    for workload in app.records.workloads(name):
        app.records.forget_workload(name, workload.name)
    app.records.forget_app(name)


def remove(how: Deploying, stack: Stack, *, role: str | None) -> None:
    delete(how.stacks, stack, role=role, telling=how.telling, patience=how.patience())


def empty_buckets(session: Session, stacks: Stacks, stack: str, which: Callable[[str], bool]) -> int:
    """Gives the number of objects that were there."""
    buckets = [one.physical for one in stacks.resources(stack) if one.type == BUCKET and which(one.logical)]
    return sum(empty(session, stacks.region, bucket) for bucket in buckets if bucket)
