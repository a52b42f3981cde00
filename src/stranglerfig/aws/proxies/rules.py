"""Weights in force: rules of the balancer, read and changed where they act."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stranglerfig.aws.proxies.place import DeployedProxy, Place
from stranglerfig.aws.stacks import states
from stranglerfig.aws.synth.proxy.actions import weight_of, weighted_change
from stranglerfig.aws.synth.proxy.limits import check_weight
from stranglerfig.aws.synth.proxy.release import is_split
from stranglerfig.aws.synth.proxy.weights import fitting
from stranglerfig.core.conditions_text import FULL_WEIGHT
from stranglerfig.core.desired import Route, RouteState
from stranglerfig.errors import Conflict, NotFound

#: that one call may name
MOST_RULES_AT_ONCE = 20
#: targets that a deployment takes away
_LEAVING = ("draining", "unhealthy.draining")
#: of a group's targets, what may be unhealthy all the same
SPARE = 0.1
#: of a target, what it says without a reason of its own
_WITHOUT_REASON = "no reason is given"


@dataclass(frozen=True, slots=True)
class Health:
    """Targets of one group, without those that leave it. Those that only begin count as far as they are more than the
    healthy ones: a deployment may begin another one for each, which takes nothing away. ``reasons`` are of all that
    are not healthy."""

    healthy: int
    total: int
    reasons: tuple[str, ...] = ()

    @property
    def serves(self) -> bool:
        return self.healthy > 0

    def carries(self, weight: int) -> bool:
        """As large a share of its targets answers as ``weight`` asks of the route: a balancer sends all of it to those
        few that are healthy. A few that come and go are what autoscaling leaves room for."""
        return self.serves and self.healthy * FULL_WEIGHT >= weight * self.total * (1 - SPARE)


def live_weights(place: Place, proxy: DeployedProxy) -> dict[str, int]:
    """By route. A rule that is not made yet, is gone, or leads elsewhere by now, is left out."""
    routes = {proxy.rule(route): route for route in proxy.splits() if proxy.is_made(route)}
    found: dict[str, int] = {}
    for rule in _described(place, routes):
        route = routes[rule["RuleArn"]]
        weight = weight_of(route, rule["Actions"], proxy.arns(route))
        if weight is not None:
            found[route.id] = weight
    return found


def set_weight(place: Place, proxy: DeployedProxy, route: Route, weight: int, *, force: bool = False) -> int:
    """In one call, and in force for all new requests when it is over but for the balancer's own short lag.

    Whoever gets more than it had must be healthy, unless ``force``: the balancer sends its share to a group with
    nobody in it, too. Gives the weight that it became.
    """
    weight = fitting(weight)
    before = require_live(place, proxy, route)
    check_weight(route, proxy.urls, weight)
    if not force:
        require_healthy(place, proxy, route, before, weight)
    if weight != before:
        change_rule(place, proxy, route, weight)
    return weight


def change_rule(place: Place, proxy: DeployedProxy, route: Route, weight: int) -> None:
    """Whatever it does now."""
    change = weighted_change(route, weight, proxy.arns(route), proxy.urls)
    _elb(place).modify_rule(RuleArn=proxy.rule(route), **change)


def require_live(place: Place, proxy: DeployedProxy, route: Route) -> int:
    """Its weight. Raises ``Conflict`` for a route that has none."""
    if route.state is not RouteState.ACTIVE:
        raise Conflict(
            f"route {route.id} is {route.state.value}, and has no rule on the balancer",
            hint=f"Leave `state` out in the manifest, and run `fig proxy deploy {proxy.name}`.",
        )
    if not is_split(route):
        raise Conflict(
            f"route {route.id}: {route.legacy.group} answers this path already, there is nothing to split",
            hint="Name another target with `to` in the manifest.",
        )
    live = live_weights(place, proxy)
    if route.id not in live:
        if states.is_in_progress(proxy.stack.status) or not proxy.is_made(route):
            raise proxy.unready(f"the rule of route {route.id}")
        raise Conflict(
            f"the rule of route {route.id} was changed by somebody else: it does not lead to"
            f" {route.candidate.group} and {route.legacy.group} any more",
            hint=f"`fig proxy deploy {proxy.name} --env {place.env.name}` makes it as the manifest has it.",
        )
    return live[route.id]


def require_healthy(place: Place, proxy: DeployedProxy, route: Route, before: int, after: int) -> None:
    """Traffic goes back also to a legacy that has lost some of its targets."""
    candidate, legacy = route.candidate.group, route.legacy.group
    if after > before:
        refuse_unhealthy(candidate, health_of(place, proxy.arn(candidate)), after)
    elif after < before:
        refuse_unhealthy(legacy, health_of(place, proxy.arn(legacy)))


def refuse_unhealthy(group: str, health: Health, weight: int = 0) -> None:
    """Raises ``Conflict`` where a group cannot answer as much; any share, without ``weight``."""
    if health.carries(weight):
        return
    told = "; ".join(health.reasons) or "it has no targets"
    what = "has no healthy target, and would answer its share with errors"
    if health.serves:
        what = f"{too_few(health)} for {weight / 100:g} % of a route"
    raise Conflict(
        f"{group} {what}: {told}",
        hint="See its tasks with `fig svc status`, and repeat when they are healthy; `--force` does it all the same.",
    )


def too_few(health: Health) -> str:
    return f"has {health.healthy} of {health.total} targets healthy, too few"


def health_of(place: Place, group: str) -> Health:
    """``group`` is an ARN."""
    found = _elb(place).describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    states = [one["TargetHealth"]["State"] for one in found]
    reasons = tuple(_reason(one) for one in found if one["TargetHealth"]["State"] != "healthy")
    healthy, beginning = states.count("healthy"), states.count("initial")
    staying = sum(one not in _LEAVING for one in states)
    return Health(healthy, staying - min(beginning, healthy), reasons)


def _reason(described: Mapping[str, Any]) -> str:
    target, health = described["Target"], described["TargetHealth"]
    why = health.get("Description") or health.get("Reason") or _WITHOUT_REASON
    return f"{target['Id']}:{target.get('Port', '')} is {health['State']}: {why}"


def _described(place: Place, rules: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    wanted = list(rules)
    for at in range(0, len(wanted), MOST_RULES_AT_ONCE):
        yield from _some(place, wanted[at : at + MOST_RULES_AT_ONCE])


def _some(place: Place, rules: list[str]) -> Iterator[Mapping[str, Any]]:
    """One that is gone must not hide the others."""
    try:
        yield from _elb(place).describe_rules(RuleArns=rules)["Rules"]
    except NotFound:
        if len(rules) > 1:
            for rule in rules:
                yield from _some(place, [rule])


def _elb(place: Place) -> Any:
    return place.session.client("elbv2", place.env.region)
