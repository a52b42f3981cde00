"""Workloads of an environment: deployed, paused, resumed, rolled back, deleted."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stranglerfig.control.books import Undo
from stranglerfig.control.context import Control
from stranglerfig.control.operations.deploying import (
    Order,
    book_deployment,
    find_in_force,
    in_force_of,
    is_as_ordered,
    prepare,
)
from stranglerfig.control.operations.images import prune_soon
from stranglerfig.control.operations.ledger.arriving import refuse_arriving
from stranglerfig.control.operations.leftovers import require_stoppable
from stranglerfig.control.operations.targets import MOST_NAMED, retire_target, roll_back_group
from stranglerfig.control.operations.views import TargetState, to_state
from stranglerfig.core.application import Deployment, Environment, Kind, group_name
from stranglerfig.core.claims import refuse_conflicts
from stranglerfig.core.desired import TargetGroup, TaskTargets, UrlTargets
from stranglerfig.core.runs import RunKind
from stranglerfig.errors import Conflict, NotFound, UsageError


@dataclass(frozen=True, slots=True)
class Outcome:
    """``unchanged``: there was nothing to do. ``ordered`` is the revision that was asked for. ``resumed``: a pause ends
    by it.
    """

    deployment: Deployment
    unchanged: bool = False
    ordered: int | None = None
    resumed: bool = False


async def deploy_workload(control: Control, app: str, environment: str, order: Order) -> Outcome:
    """Booked when this returns; what follows can be watched. The same digest again changes nothing: where it is still
    under way, that deploy is the one to watch.
    """
    control.require_running()
    # One at a time: two that prepare at once would each book a revision of the same.
    async with control.applications.turn(app, environment, order.workload.name):
        return await _deploy(control, control.applications.environment(app, environment), order)


async def _deploy(control: Control, place: Environment, order: Order) -> Outcome:
    names = (place.app, place.name, order.workload.name)
    known = find_in_force(control, *names)
    _refuse_deleted(control, known)
    if known is not None and not order.force and is_as_ordered(control, known, order):
        group = control.books.desired.groups.get(group_name(*names))
        if group is None or to_state(control, group) is TargetState.ACTIVE:
            return Outcome(known, unchanged=True)
        return Outcome(known, ordered=group.revision)
    deployment, group = await prepare(control, place, order)
    # That may have taken long.
    _refuse_deleted(control, find_in_force(control, *names))
    deployment = await book_deployment(control, deployment, group, "deploy")
    prune_soon(control, deployment.workload)
    return Outcome(deployment, ordered=deployment.revision, resumed=known is not None and known.workload.paused)


async def roll_back_workload(control: Control, app: str, environment: str, name: str, revision: int | None) -> Outcome:
    """Tasks, routing, health check, queues or schedule as they were. ``revision`` None: the one before."""
    control.require_running()
    async with control.applications.turn(app, environment, name):
        return await _roll_back(control, control.applications.environment(app, environment), name, revision)


async def _roll_back(control: Control, place: Environment, name: str, revision: int | None) -> Outcome:
    app, environment = place.app, place.name
    known = _in_force(control, app, environment, name)
    if known.workload.paused:
        raise Conflict(f"{name} is paused", hint=f"`fig svc resume --name {name}` first.")
    earlier = _earlier(control, known, revision)
    order = Order(earlier.workload, None, earlier.listeners)
    if known.workload.kind is Kind.JOB:
        deployment, _ = await prepare(control, place, order)
        deployment = await book_deployment(control, deployment, None, f"back to revision {earlier.revision}")
        return Outcome(deployment, ordered=deployment.revision)
    await prepare(control, place, order)
    _refuse_deleted(control, find_in_force(control, app, environment, name))
    await _open_listeners(control, earlier)
    # It may have been paused when the next one came.
    earlier = replace(earlier, workload=replace(earlier.workload, paused=False))
    control.applications.store.save_deployment(earlier, "rolled back to")
    group = await roll_back_group(control, group_name(app, environment, name), earlier.revision)
    return Outcome(earlier, ordered=group.revision)


async def pause_workload(control: Control, app: str, environment: str, name: str) -> Deployment:
    """Its tasks leave; all else stays, and requests are told so.

    A revision that is on its way has not proven itself, and must not come into force without a task: it waits, and the
    one that it is to replace is what is paused.
    """
    # A deploy that is being prepared knows nothing of it: it is paused after that.
    async with control.applications.turn(app, environment, name):
        return _pause(control, app, environment, name)


def _pause(control: Control, app: str, environment: str, name: str) -> Deployment:
    deployment = _in_force(control, app, environment, name)
    group, replicas = _require_tasks(control, deployment)
    if deployment.workload.paused:
        return deployment
    proven = control.books.in_force(group.name)
    if proven is not None and proven.revision != group.revision:
        earlier = control.applications.store.deployment(app, environment, name, proven.revision)
        if earlier is not None:
            deployment = replace(earlier, goes_on_with=group.revision)
            # It was paused when the newer one came: what it has now is no size to return to.
            replicas = earlier.replicas if earlier.workload.paused else _require_tasks_of(proven).replicas
            group = proven
    paused = replace(deployment, workload=replace(deployment.workload, paused=True), replicas=replicas)
    _set_size(control, paused, group, 0, "paused")
    return paused


async def resume_workload(control: Control, app: str, environment: str, name: str) -> Deployment:
    """A revision that was on its way then is so again."""
    control.require_running()
    async with control.applications.turn(app, environment, name):
        return await _resume(control, app, environment, name)


async def _resume(control: Control, app: str, environment: str, name: str) -> Deployment:
    deployment = _in_force(control, app, environment, name)
    group, _ = _require_tasks(control, deployment)
    if not deployment.workload.paused:
        return deployment
    resumed = replace(deployment, workload=replace(deployment.workload, paused=False), goes_on_with=None)
    waiting = _waiting(control, deployment, group)
    if waiting is not None:
        refuse_conflicts(control.books.desired, waiting)
        control.histories.forget(group.name)
    _set_size(control, resumed, group, deployment.replicas, "resumed", waiting)
    if waiting is not None:
        await control.applications.brokers.refresh(app, environment)
    return _in_force(control, app, environment, name)


async def delete_workload(control: Control, app: str, environment: str, name: str, *, force: bool = False) -> None:
    """When this returns, its tasks and runs are gone. Its endpoint stays: others may have its address.

    Without ``force`` it is refused while requests arrive that nobody else would take.
    """
    applications, books = control.applications, control.books
    applications.newest(app, environment, name)
    group = group_name(app, environment, name)
    await require_stoppable(control, group)
    if not force:
        refuse_arriving(control, group, force_with=f"fig svc delete --name {name} --env {environment} --force")
    for run in applications.runs.runs(app, environment, name):
        # A one-off task may have the name of a service.
        if run.kind is RunKind.JOB and not run.is_over:
            await applications.runner.stop(run.id, "its job is deleted")
    users = books.users_of(group)
    if users:
        raise Conflict(
            f"{name} is in use by {', '.join(users[:5])}{' and others' if len(users) > 5 else ''}",
            hint="Delete those first: `fig route delete PROXY ROUTE`, `fig proxy delete PROXY`.",
        )
    undos: list[Undo] = []
    if group in books.desired.groups:
        await retire_target(control, group)
        undos.append(books.delete_group(group, "deleted by its user"))
    for balancer in _listeners_of(control, app, environment, name):
        undos.append(books.delete_balancer(balancer, f"of {name}, which is deleted"))
    await control.applier.follow(*undos)
    control.reconciler.loop.wake(group)
    await control.fleet.gone(group)
    control.histories.forget(group)
    applications.store.delete_workload(app, environment, name, "deleted by its user")
    applications.scheduler.wake()
    await applications.brokers.refresh(app, environment)


def _refuse_deleted(control: Control, known: Deployment | None) -> None:
    """Its last revision, which has no tasks, is of no deployment."""
    if known is None:
        return
    workload = known.workload
    group = control.books.desired.groups.get(group_name(workload.app, workload.environment, workload.name))
    if group is not None and group.revision > known.revision:
        raise Conflict(
            f"{workload.name} is being deleted",
            hint=f"Deploy it when it is gone; `fig svc delete --name {workload.name}` waits for that.",
        )


def _in_force(control: Control, app: str, environment: str, name: str) -> Deployment:
    return in_force_of(control, control.applications.newest(app, environment, name))


def _earlier(control: Control, known: Deployment, revision: int | None) -> Deployment:
    workload = known.workload
    place, store = (workload.app, workload.environment, workload.name), control.applications.store
    if revision is None:
        before = (store.deployment(*place, number) for number in range(known.revision - 1, 0, -1))
        found = next((one for one in before if one is not None), None)
    else:
        found = store.deployment(*place, revision)
    if found is None:
        which = "no revision before this one" if revision is None else f"no revision {revision}"
        raise NotFound(f"{workload.name} has {which}", hint=_name_revisions(control, known))
    if found.revision == known.revision:
        raise Conflict(
            f"{workload.name} is at revision {known.revision} already",
            hint=f"`fig svc show --name {workload.name}` shows it.",
        )
    return found


def _name_revisions(control: Control, known: Deployment) -> str:
    """Those that can be gone back to, the newest of them if there are very many."""
    workload, store = known.workload, control.applications.store
    place = (workload.app, workload.environment, workload.name)
    newest = max(known.revision, control.applications.newest(*place).revision)
    there = [number for number in range(1, newest + 1) if store.deployment(*place, number) is not None]
    others = [number for number in there if number != known.revision][-MOST_NAMED:]
    if not others:
        return f"There is no other than revision {known.revision}, which is in force."
    *first, last = map(str, others)
    names = f"revisions {', '.join(first)} and {last}" if first else f"revision {last}"
    verb = "job" if workload.kind is Kind.JOB else "svc"
    return f"There {'are' if first else 'is'} {names}; `fig {verb} show --name {workload.name}` shows what is in force."


async def _open_listeners(control: Control, deployment: Deployment) -> None:
    there = control.books.desired.balancers
    missing = [listener for listener in deployment.listeners if there.get(listener.name) != listener]
    for listener in missing:
        await control.router.claim(listener.host, listener.port)
    if missing:
        reason = f"back to revision {deployment.revision}"
        await control.applier.follow(*(control.books.save_balancer(listener, reason) for listener in missing))


def _require_tasks(control: Control, deployment: Deployment) -> tuple[TargetGroup, int]:
    workload = deployment.workload
    group = control.books.desired.groups.get(group_name(workload.app, workload.environment, workload.name))
    if group is None or isinstance(group.targets, UrlTargets):
        raise UsageError(
            f"{workload.name} is a {workload.kind.value}: it has no tasks that stay", hint="Delete it instead."
        )
    return group, group.targets.replicas


def _require_tasks_of(group: TargetGroup) -> TaskTargets:
    assert not isinstance(group.targets, UrlTargets)
    return group.targets


def _waiting(control: Control, paused: Deployment, group: TargetGroup) -> TargetGroup | None:
    """The revision that the pause has put off, unless another one was ordered since."""
    revision = paused.goes_on_with
    workload = paused.workload
    newest = control.applications.newest(workload.app, workload.environment, workload.name)
    if revision is None or newest.revision > max(revision, paused.revision):
        return None
    return control.books.store.group_revision(group.name, revision)


def _set_size(
    control: Control,
    deployment: Deployment,
    group: TargetGroup,
    replicas: int,
    reason: str,
    waiting: TargetGroup | None = None,
) -> None:
    """``waiting`` is what is wanted from now on instead; should it be taken back, the other one has its size again."""
    targets = replace(_require_tasks_of(group), replicas=replicas)
    with control.books.together():
        control.applications.store.save_deployment(deployment, reason)
        control.books.save_group(replace(group, targets=targets), reason)
        if waiting is not None:
            control.books.save_group(waiting, reason)
    # Whether there are tasks that leave by this or not, requests are answered otherwise from now on.
    control.reconciler.executor.unapplied.add(group.name)
    control.reconciler.loop.wake(group.name)


def _listeners_of(control: Control, app: str, environment: str, name: str) -> list[str]:
    newest = control.applications.newest(app, environment, name)
    store = control.applications.store
    revisions = (store.deployment(app, environment, name, number) for number in range(1, newest.revision + 1))
    named = {listener.name for one in revisions if one is not None for listener in one.listeners}
    return sorted(named & control.books.desired.balancers.keys())
