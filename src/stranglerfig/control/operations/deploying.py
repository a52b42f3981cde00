"""What a deploy does before anything runs: checks the order, prepares what the tasks will need, books it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from stranglerfig.control.apps.moments import next_moment
from stranglerfig.control.books import Undo
from stranglerfig.control.context import Control
from stranglerfig.control.operations.environments import LOOPBACK, broker_host
from stranglerfig.control.operations.soundness import check_group, check_tasks
from stranglerfig.control.operations.targets import next_revision
from stranglerfig.core.application import Deployment, Environment, Kind, Workload, group_name
from stranglerfig.core.containers import ContainerTargets
from stranglerfig.core.desired import Balancer, ProcessTargets, TargetGroup, TaskTargets, UrlTargets
from stranglerfig.core.messaging import check_subscriptions, endpoint_variables, is_messaging, messaging_variables
from stranglerfig.core.names import parse_name
from stranglerfig.errors import Conflict, UsageError


@dataclass(frozen=True, slots=True)
class Order:
    """``group`` is None for a job; its revision is given here."""

    workload: Workload
    group: TargetGroup | None
    listeners: tuple[Balancer, ...] = ()
    force: bool = False


def find_in_force(control: Control, app: str, environment: str, name: str) -> Deployment | None:
    """The deployment whose target group is in the books: an earlier one when the newest was taken back."""
    found = next(
        (one for one in control.applications.store.deployments(app, environment) if one.workload.name == name), None
    )
    return None if found is None else in_force_of(control, found)


def in_force_of(control: Control, newest: Deployment) -> Deployment:
    workload = newest.workload
    group = control.books.desired.groups.get(_group_of(workload))
    if group is None or group.revision == newest.revision:
        return newest
    place = (workload.app, workload.environment, workload.name)
    return control.applications.store.deployment(*place, group.revision) or newest


def is_as_ordered(control: Control, known: Deployment, order: Order) -> bool:
    """The very same, and well: one that fails or is paused is deployed anew."""
    if known.workload.digest != order.workload.digest or known.workload.paused:
        return False
    group = control.books.desired.groups.get(_group_of(order.workload))
    return group is None if order.group is None else group is not None and not control.histories.has_failed(group)


async def prepare(control: Control, place: Environment, order: Order) -> tuple[Deployment, TargetGroup | None]:
    """What is to be booked, without its revision. Its listeners are open; the broker holds its topics and queues."""
    workload = order.workload
    _check(place, order)
    if workload.schedule is not None:
        # One that cannot be read is told of now, not when it should be due.
        next_moment(workload.schedule, control.applications.scheduler.wall())
    group, job = order.group, workload.job
    if is_messaging(workload):
        variables = await _prepare_broker(control, place, workload)
        group = None if group is None else replace(group, targets=_with_variables(group.targets, variables))
        job = None if job is None else with_task_variables(job, variables)
    for listener in order.listeners:
        if control.books.desired.balancers.get(listener.name) != listener:
            await _claim(control, listener, workload.name)
    replicas = group.targets.replicas if group is not None and not isinstance(group.targets, UrlTargets) else 1
    workload = replace(workload, job=job, paused=False, deployed_at=_now(control))
    return Deployment(workload, 0, replicas, order.listeners), group


async def book_deployment(
    control: Control, deployment: Deployment, group: TargetGroup | None, reason: str
) -> Deployment:
    """In one transaction; then the reconciler and the scheduler are told. The answer has its revision."""
    applications, workload = control.applications, deployment.workload
    claimed = await _balancers(control, deployment, group)
    # Only now: another deploy of it, or who asked for its endpoint, may have come first while this one waited.
    taken = control.books.desired.balancers.keys() - {listener.name for listener in deployment.listeners}
    balancers = tuple(one for one in claimed if one.name not in taken)
    deployment = replace(deployment, revision=_next_revision(control, workload))
    group = None if group is None else replace(group, revision=deployment.revision)
    is_first = find_in_force(control, workload.app, workload.environment, workload.name) is None

    def undo_first() -> None:
        if is_first:
            applications.store.delete_workload(workload.app, workload.environment, workload.name, "taken back")

    undos: list[Undo] = [undo_first]
    with control.books.together():
        applications.scheduler.note_deployed(deployment, reason)
        applications.store.save_deployment(deployment, reason)
        if group is not None:
            undos.append(control.books.save_deployment(group, balancers, reason))
    if group is not None:
        control.histories.forget(group.name)
    await control.applier.follow(*undos)
    if group is not None:
        control.reconciler.loop.wake(group.name)
    applications.scheduler.wake()
    return deployment


def with_task_variables(targets: TaskTargets, variables: dict[str, str]) -> TaskTargets:
    """For every container of the task. They win over what stands there."""
    if isinstance(targets, ProcessTargets):
        return replace(targets, env=_merged(targets.env, variables))
    containers = tuple(replace(one, env=_merged(one.env, variables)) for one in targets.containers)
    return replace(targets, containers=containers)


def _with_variables(
    targets: UrlTargets | ProcessTargets | ContainerTargets, variables: dict[str, str]
) -> UrlTargets | ProcessTargets | ContainerTargets:
    return targets if isinstance(targets, UrlTargets) else with_task_variables(targets, variables)


def _merged(env: tuple[tuple[str, str], ...], variables: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted({**dict(env), **variables}.items()))


async def _prepare_broker(control: Control, place: Environment, workload: Workload) -> dict[str, str]:
    others = [one.workload for one in control.applications.store.deployments(place.app, place.name)]
    check_subscriptions(workload, [other for other in others if other.name != workload.name])
    host = await broker_host(control, place)
    url = await control.applications.brokers.ensure(place, host, workload)
    return {**endpoint_variables(url), **messaging_variables(workload, url)}


async def _claim(control: Control, listener: Balancer, service: str) -> None:
    try:
        await control.router.claim(listener.host, listener.port)
    except Conflict as error:
        mend = (
            f"Give {service} another port (`nlb.port` in its manifest, `--port-override` in `fig run local`), or end "
            f"what listens there: `ss -ltnp 'sport = :{listener.port}'` shows it."
        )
        raise Conflict(error.message, hint=mend) from error


async def _balancers(control: Control, deployment: Deployment, group: TargetGroup | None) -> tuple[Balancer, ...]:
    """Listeners of its own, and its endpoint if it takes requests there that nobody has asked for yet."""
    there = control.books.desired.balancers
    new = [listener for listener in deployment.listeners if there.get(listener.name) != listener]
    known = {*there, *(listener.name for listener in deployment.listeners)}
    for name in {ingress.balancer for ingress in group.ingress} - known if group is not None else ():
        if group is None or name != group.name:
            raise UsageError(
                f"nothing listens as {name!r}, where {deployment.workload.name} wants its requests from",
                hint=f"Bring the environment into force: `fig env deploy --name {deployment.workload.environment}`.",
            )
        new.append(Balancer(name, LOOPBACK, await control.router.claim(LOOPBACK, 0)))
    return tuple(new)


def _next_revision(control: Control, workload: Workload) -> int:
    """Above all there have been, in the books of target groups and of deployments."""
    known = [
        one.revision + 1
        for one in control.applications.store.deployments(workload.app, workload.environment)
        if one.workload.name == workload.name
    ]
    return max([next_revision(control.books, _group_of(workload)), *known])


def _now(control: Control) -> str:
    moment = datetime.fromtimestamp(control.applications.scheduler.wall(), UTC)
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _group_of(workload: Workload) -> str:
    return group_name(workload.app, workload.environment, workload.name)


def _check(place: Environment, order: Order) -> None:
    workload, group = order.workload, order.group
    parse_name(workload.name, "workload name")
    if (workload.app, workload.environment) != (place.app, place.name):
        raise UsageError(
            f"the order is for {workload.app}.{workload.environment}, not for {place.app}.{place.name}",
            hint="Send it to the environment that it was made for.",
        )
    if group is not None and group.name != _group_of(workload):
        raise UsageError(f"the target group is called {group.name!r}, not {_group_of(workload)!r}", hint=HINT)
    if workload.kind is Kind.JOB and workload.job is None:
        raise UsageError(f"{workload.name} is a job without anything to run", hint=HINT)
    if group is not None:
        check_group(group)
    if workload.job is not None:
        check_tasks(workload.job)


HINT = "The order is not what `fig deploy` makes of a manifest; repeat it with the fig that runs the daemon."
