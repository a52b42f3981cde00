"""A deploy of a declared proxy: what it comes to, and its way to the balancer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from stranglerfig.aws.proxies.numbering import numbered, settle_numbers
from stranglerfig.aws.proxies.place import DeployedProxy, Place
from stranglerfig.aws.proxies.rules import Health, change_rule, health_of, live_weights, refuse_unhealthy, set_weight
from stranglerfig.aws.proxies.services import Services, find_services
from stranglerfig.aws.proxies.shift_books import ShiftBooks
from stranglerfig.aws.proxies.telling import MOST_TRIES, outlast, overtaken, tell
from stranglerfig.aws.stacks.deploy import deploy
from stranglerfig.aws.stacks.values import Change, Ended, Outcome, StackOrder, to_order
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.proxy import ProxyRelease, proxy_parameters, proxy_template
from stranglerfig.aws.synth.proxy.limits import check_parameters
from stranglerfig.aws.synth.proxy.release import is_split
from stranglerfig.aws.synth.proxy.settle import settle as settle_proxy
from stranglerfig.aws.synth.proxy.weights import fitting
from stranglerfig.aws.synth.template import to_tree
from stranglerfig.core.declared.declaration import ProxyDeclaration
from stranglerfig.core.desired import Proxy, Route, RouteState
from stranglerfig.errors import Conflict

#: until a target of a URL has had its first checks
FIRST_CHECKS_S = 90.0


@dataclass(frozen=True, slots=True)
class Left:
    """A route whose weight was set since, and stays: the manifest's is ``declared``."""

    route: str
    weight: int
    declared: int


@dataclass(frozen=True, slots=True)
class ProxyPlan:
    """``before`` None: it is new. ``after`` has the weights that are to be in force, ``later`` those that routes to new
    addresses get once these are healthy. ``shifting`` routes are their shifts'. ``force``: also to the unhealthy."""

    name: str
    before: DeployedProxy | None
    after: Proxy
    release: ProxyRelease
    live: Mapping[str, int]
    declaration: ProxyDeclaration
    left: tuple[Left, ...] = ()
    later: Mapping[str, int] = field(default_factory=dict)
    shifting: tuple[str, ...] = ()
    force: bool = False


def plan_deploy(place: Place, name: str, declaration: ProxyDeclaration, text: str, *, force: bool = False) -> ProxyPlan:
    """Nothing is changed by it; what somebody else changes is waited for. Raises what cannot be, with all reasons."""
    found_first = place.find(name)
    before = outlast(place, found_first) if found_first else None
    live = live_weights(place, before) if before else {}
    services = find_services(place, declaration)
    networks = _networks(place)
    settled = settle_proxy(name, place.env.name, declaration, services.all, networks)
    shifting = _shifting(place, name)
    if before is not None:
        _refuse_shifting(before, settled.proxy, shifting)
    found = _Weights(place, services, before, live, shifting, force=force)
    weights = {route.id: fitting(found.of(route)) for route in settled.proxy.routes}
    later = {route: weights[route] for route in found.waiting if weights[route]}
    weights |= dict.fromkeys(later, 0)
    after = replace(settled.proxy, routes=tuple(replace(one, weight=weights[one.id]) for one in settled.proxy.routes))
    release = ProxyRelease(
        place.env, name, settled.proxy, text, settled.urls, services.arns, weights, networks=networks
    )
    check_parameters(after, len(proxy_parameters(release)))
    shown = replace(after, routes=tuple(replace(one, weight=later.get(one.id, one.weight)) for one in after.routes))
    left, moved = tuple(found.left), tuple(sorted(shifting))
    return ProxyPlan(name, before, shown, release, live, declaration, left, later, moved, force)


def carry_out(place: Place, plan: ProxyPlan) -> tuple[ProxyPlan, Outcome]:
    """With the plan as it was carried out: weights may have been set since it was made, and have the say.

    Raises ``Conflict`` with routes that wait for targets to become healthy, when all else is done.
    """
    for _ in range(MOST_TRIES):
        plan = _renewed(place, plan)
        if plan.before is not None and tell(place, plan.before) is not None:
            place.how.telling.note("Weights that were set since the last deploy are kept.")
        unmoved = _Unmoved(place, plan)
        outcome = _carry_out(replace(place, how=replace(place.how, agree=unmoved)), plan)
        if unmoved.holds:
            return plan, outcome
    assert plan.before is not None
    raise overtaken(place, plan.before)


def _renewed(place: Place, plan: ProxyPlan) -> ProxyPlan:
    """By what is there once nobody changes it."""
    if plan.before is None:
        return plan
    proxy = outlast(place, plan.before)
    if (proxy, live_weights(place, proxy)) == (plan.before, plan.live):
        return plan
    return plan_deploy(place, plan.name, plan.declaration, plan.release.text, force=plan.force)


class _Unmoved:
    """Agrees as whoever is asked does, and no more once weights are others than those that the plan goes by."""

    def __init__(self, place: Place, plan: ProxyPlan) -> None:
        self._place = place
        self._plan = plan
        self.holds = True

    def __call__(self, order: StackOrder, changes: Sequence[Change]) -> bool:
        ask, before = self._place.how.agree, self._plan.before
        if ask is not None and not ask(order, changes):
            return False
        self.holds = before is None or live_weights(self._place, before) == self._plan.live
        return self.holds


def _carry_out(place: Place, plan: ProxyPlan) -> Outcome:
    release = numbered(place, plan.release, plan.before)
    outcome = deploy(_order(place, release), place.how)
    if outcome.ended in (Ended.DEPLOYED, Ended.UNCHANGED):
        settle_numbers(place, release)
        if _mend(place, plan):
            outcome = replace(outcome, ended=Ended.DEPLOYED)
        _raise(place, plan)
    return outcome


def planned_order(place: Place, plan: ProxyPlan) -> StackOrder:
    """What carrying it out would ask CloudFormation for. Nothing is changed, no number is taken."""
    return _order(place, numbered(place, plan.release, plan.before, writes=False))


def _order(place: Place, release: ProxyRelease) -> StackOrder:
    return to_order(
        place.stack_name(release.name),
        to_tree(proxy_template(release)),
        parameters={**proxy_parameters(release)},
        tags={**place.tags, names.PROXY_TAG: release.name},
        role=place.role,
    )


def _shifting(place: Place, name: str) -> frozenset[str]:
    entries = ShiftBooks(place).all()
    running = [entry.record for entry in entries if entry.record.is_running]
    return frozenset(one.route for one in running if one.proxy.rpartition(".")[2] == name)


def _refuse_shifting(before: DeployedProxy, after: Proxy, shifting: Set[str]) -> None:
    """A running shift owns its route."""
    wanted = {route.id: route for route in after.routes}
    for route in before.proxy.routes:
        other = wanted.get(route.id)
        if route.id not in shifting or (other is not None and _of_shift(other) == _of_shift(route)):
            continue
        what = "has it no more" if other is None else "has another target, condition or state for it"
        raise Conflict(
            f"route {route.id!r} is being shifted, and the manifest {what}",
            hint=f"`fig shift abort {before.proxy.name} {route.id}` gives the shift up, with all traffic back to"
            " legacy.",
        )


def _of_shift(route: Route) -> Route:
    """Without what may change meanwhile."""
    return replace(route, weight=0, owner="", expires="", shift=None)


class _Weights:
    """Those that routes are to have: what is in force has the say, unless the manifest says another than it did."""

    def __init__(
        self,
        place: Place,
        services: Services,
        before: DeployedProxy | None,
        live: Mapping[str, int],
        shifting: Set[str],
        *,
        force: bool,
    ) -> None:
        self._place = place
        self._services = services
        self._before = before
        self._known = {route.id: route for route in before.proxy.routes} if before else {}
        self._unmade = {route.id for route in before.splits() if not before.is_made(route)} if before else set()
        self._live = live
        self._shifting = shifting
        self._force = force
        self.left: list[Left] = []
        #: to addresses whose target group is made by this deploy
        self.waiting: list[str] = []

    def of(self, route: Route) -> int:
        if route.state is not RouteState.ACTIVE or not is_split(route):
            return route.weight
        known = self._known.get(route.id)
        live = self._live.get(route.id)
        if known is None or live is None or known.candidate.group != route.candidate.group:
            self._require(route, 0)
            return route.weight
        declared = fitting(route.weight)
        if route.id in self._shifting or route.shift is not None or fitting(known.weight) == declared:
            if route.id not in self._shifting and route.shift is None and live != declared:
                self.left.append(Left(route.id, live, declared))
            return live
        self._require(route, live)
        return route.weight

    def _require(self, route: Route, before: int) -> None:
        """A candidate that is to get more is there and healthy, or will be asked for that later."""
        if route.weight <= before:
            return
        group = route.candidate.group
        arn = self._services.arns.get(group)
        # Nobody looks at the targets of a group that no rule leads to.
        if arn is None and self._before is not None and route.id not in self._unmade:
            arn = self._before.find_arn(group)
        if arn is None:
            self.waiting.append(route.id)
        elif not self._force:
            refuse_unhealthy(group, health_of(self._place, arn), route.weight)


def _mend(place: Place, plan: ProxyPlan) -> bool:
    """Rules that somebody else has led elsewhere: CloudFormation knows nothing of it, and leaves them so."""
    proxy = place.require(plan.name)
    live = live_weights(place, proxy)
    lost = [route for route in proxy.splits() if route.id not in live]
    for route in lost:
        change_rule(place, proxy, route, plan.release.weight(route))
    return bool(lost)


def _raise(place: Place, plan: ProxyPlan) -> None:
    """Routes to new addresses get their share when these are healthy."""
    proxy = place.require(plan.name)
    for name, weight in plan.later.items():
        route = proxy.route(name)
        place.how.telling.say(f"waiting for {proxy.urls[route.candidate.group].text} to be healthy")
        health = _await_health(place, proxy.arn(route.candidate.group))
        if not health.serves and not plan.force:
            raise Conflict(
                f"route {name} has 0 % yet: {proxy.urls[route.candidate.group].text} is not healthy:"
                f" {'; '.join(health.reasons)}",
                hint=f"`fig route set {proxy.proxy.name} {name} --weight {weight / 100:g}` gives it its share then.",
            )
        set_weight(place, proxy, route, weight, force=plan.force)
    if plan.later:
        tell(place, proxy)


def _await_health(place: Place, group: str) -> Health:
    """Raises ``Interrupted``."""
    patience = place.how.patience()
    while not (health := health_of(place, group)).serves and patience.elapsed_s < FIRST_CHECKS_S:
        patience.pause()
    return health


def _networks(place: Place) -> tuple[str, ...]:
    """The VPC's."""
    found = place.session.client("ec2", place.env.region).describe_vpcs(VpcIds=[place.outputs_so_far()["VpcId"]])[
        "Vpcs"
    ]
    blocks: Sequence[Mapping[str, str]] = found[0].get("CidrBlockAssociationSet") or found
    return tuple(one["CidrBlock"] for one in blocks)
