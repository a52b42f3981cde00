"""What is so: proxies and target groups as they are wanted, with what was seen of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from stranglerfig.control.blueprint import to_claims
from stranglerfig.control.context import Control
from stranglerfig.control.fleet import TaskRecord
from stranglerfig.control.meter import Reading
from stranglerfig.control.traffic.latencies import Quantiles, Sums
from stranglerfig.core.application import balancer_name, owner_of
from stranglerfig.core.desired import Balancer, Proxy, TargetGroup, UrlTargets
from stranglerfig.core.ingress import Claim
from stranglerfig.core.observed import GroupCounters, ObservedGroup, ObservedServer, TaskState
from stranglerfig.core.plan import Place


class TargetState(Enum):
    #: as it should be
    ACTIVE = "ACTIVE"
    #: its first tasks are not healthy yet
    STARTING = "STARTING"
    #: it serves, and tasks come or go
    UPDATING = "UPDATING"
    #: its tasks do not become healthy, and nothing older serves
    FAILED = "FAILED"
    #: fig is down
    DOWN = "DOWN"


@dataclass(frozen=True, slots=True)
class ProxyView:
    proxy: Proxy
    requests: int
    rate: float


@dataclass(frozen=True, slots=True)
class BalancerView:
    """``claims`` are what services take from it now."""

    balancer: Balancer
    claims: tuple[Claim, ...]
    requests: int
    rate: float


@dataclass(frozen=True, slots=True)
class TargetView:
    """``servers`` are what HAProxy holds; ``tasks`` all that live, those not in the rotation too. ``is_applied``: it
    has been told of all that was decided about them. ``latency`` is of the last minutes, ``sums`` since the daemon
    began.
    """

    group: TargetGroup
    state: TargetState
    problem: str | None
    failed_revision: int | None
    servers: tuple[ObservedServer, ...]
    tasks: tuple[TaskRecord, ...]
    counters: GroupCounters
    rate: float
    used_by: tuple[str, ...]
    is_applied: bool = True
    latency: Quantiles | None = None
    sums: Sums | None = None


async def view_proxies(control: Control) -> list[ProxyView]:
    reading = await control.meter.read()
    return [_view_proxy(proxy, reading) for proxy in control.books.desired.proxies.values()]


async def view_proxy(control: Control, name: str) -> ProxyView:
    control.books.proxy(name)
    reading = await control.meter.read()
    return _view_proxy(control.books.proxy(name), reading)


async def view_environment_balancers(control: Control) -> list[BalancerView]:
    """Each environment's own listener; endpoints of single services are left out."""
    reading = await control.meter.read()
    requests, desired = dict(reading.seen.listener_requests), control.books.desired
    claims = to_claims(desired)
    places = control.applications.store.environments()
    found = [desired.balancers.get(balancer_name(place.app, place.name)) for place in places]
    return [
        BalancerView(
            one, tuple(claims.get(one.name, ())), requests.get(one.name, 0), reading.listener_rates.get(one.name, 0.0)
        )
        for one in found
        if one is not None
    ]


async def view_targets(control: Control) -> list[TargetView]:
    reading = await control.meter.read()
    users = control.books.all_users()
    seen = {group.name: group for group in reading.seen.groups}
    groups = control.books.desired.groups.values()
    return [_view_target(control, g, seen.get(g.name), reading, tuple(users[g.name])) for g in groups]


async def view_target(control: Control, name: str) -> TargetView:
    control.books.group(name)
    reading = await control.meter.read()
    group = control.books.group(name)
    seen = next((group for group in reading.seen.groups if group.name == name), None)
    return _view_target(control, group, seen, reading, control.books.users_of(name))


def to_state(control: Control, group: TargetGroup) -> TargetState:
    if not control.books.desired.running:
        return TargetState.DOWN
    if isinstance(group.targets, UrlTargets):
        return TargetState.ACTIVE
    everyone = control.fleet.of(group.name)
    # HAProxy may send requests to one that leaves until it has heard of it.
    tasks = [task for task in everyone if task.place is not Place.LEAVING or not task.is_drain_applied]
    serving = [task for task in tasks if task.place is Place.IN and task.task.state is TaskState.HEALTHY]
    current = [task for task in serving if task.task.revision == group.revision]
    waits_for_apply = group.name in control.reconciler.executor.unapplied
    in_force = control.books.in_force(group.name)
    is_complete = len(tasks) == len(current) == group.targets.replicas and in_force == group
    if is_complete and not waits_for_apply:
        return TargetState.ACTIVE
    if serving:
        return TargetState.UPDATING
    return TargetState.FAILED if control.histories.has_failed(group) else TargetState.STARTING


def _view_proxy(proxy: Proxy, reading: Reading) -> ProxyView:
    requests = dict(reading.seen.listener_requests).get(proxy.name, 0)
    return ProxyView(proxy, requests, reading.listener_rates.get(proxy.name, 0.0))


def _view_target(
    control: Control, group: TargetGroup, seen: ObservedGroup | None, reading: Reading, used_by: tuple[str, ...]
) -> TargetView:
    return TargetView(
        group=group,
        state=to_state(control, group),
        problem=control.histories.problem(group.name),
        failed_revision=control.histories.failed_revision(group.name),
        servers=seen.servers if seen is not None else (),
        tasks=tuple(task for task in control.fleet.of(group.name) if not task.has_ended),
        counters=seen.counters if seen is not None else GroupCounters(),
        rate=reading.group_rates.get(group.name, 0.0),
        used_by=(*used_by, *filter(None, [owner_of(group.name)])),
        is_applied=group.name not in control.reconciler.executor.unapplied,
        latency=control.latencies.quantiles(group.name),
        sums=control.latencies.sums.get(group.name),
    )
