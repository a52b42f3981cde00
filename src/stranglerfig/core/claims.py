"""Whether what is to be taken, requests of a balancer or an address, can stand beside what others have. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from stranglerfig.core.desired import Balancer, Desired, Ingress, Proxy, TargetGroup
from stranglerfig.core.ingress import Claim, to_rotation, to_rules
from stranglerfig.core.routing.rules import Order, Rule
from stranglerfig.core.routing.validate import check_rule, check_together
from stranglerfig.core.urls import is_same_host
from stranglerfig.errors import Conflict, UsageError

OTHER_ADDRESS = "Choose another port, or leave it out and get a free one; `fig status` lists those in use."


def refuse_conflicts(desired: Desired, group: TargetGroup) -> None:
    """Raises ``Conflict`` naming both sides, or ``UsageError`` for what no balancer can hold.

    What others have in force counts as well as what they are about to have: either may be what lasts.
    """
    for name in dict.fromkeys(ingress.balancer for ingress in group.ingress):
        balancer = desired.balancers.get(name)
        if balancer is None:
            raise UsageError(
                f"{_service(group)} takes requests from {name!r}, and nothing listens as that",
                hint="`fig env ls` lists the environments, each with its own listener.",
            )
        own = list(_claims_on(balancer, [group]))
        others = list(_claims_on(balancer, _others(desired, group)))
        if balancer.tcp:
            _refuse_second(balancer, own, others)
        else:
            _refuse_alike(group, own, others)


def refuse_taken(desired: Desired, name: str, host: str, port: int, *, hint: str = OTHER_ADDRESS) -> None:
    """Raises ``Conflict`` if a proxy or balancer not called ``name`` listens there: one of both would get nothing."""
    listeners: tuple[Proxy | Balancer, ...] = (*desired.proxies.values(), *desired.balancers.values())
    for other in listeners:
        if other.name != name and other.port == port and is_same_host(other.host, host):
            raise Conflict(
                f"port {port} of {host} is taken by {describe_listener(other)}",
                hint=hint,
            )


def describe_listener(listener: Proxy | Balancer) -> str:
    if isinstance(listener, Proxy):
        return f"proxy {listener.name!r}"
    app, environment, *service = listener.name.split(".")
    return f"{service[0]!r} of {app}.{environment}" if service else f"environment {environment!r} of {app}"


def _refuse_second(balancer: Balancer, own: list[Claim], others: list[Claim]) -> None:
    services = dict.fromkeys(_service(claim.group) for claim in (*own, *others))
    if len(own) > 1 or len(services) > 1:
        raise Conflict(
            f"{balancer.host} port {balancer.port} passes bytes to one service alone, not to {' and '.join(services)}",
            hint="Give one of them another port in its manifest (`nlb.port`).",
        )


def _refuse_alike(group: TargetGroup, own: list[Claim], others: list[Claim]) -> None:
    rules = to_rules(own)
    for claim, rule in zip(own, rules, strict=True):
        problems = check_rule(replace(rule, id=claim.ingress.id), Order.SPECIFIC)
        if problems:
            raise UsageError(f"{rule.id}: {problems[0]}", hint=f"Mend `http` in the manifest of {_service(group)}.")
    beside: tuple[Rule, ...] = to_rules([*others, *own])
    known = set(check_together(beside[: len(others)], Order.SPECIFIC))
    problems = [problem for problem in check_together(beside, Order.SPECIFIC) if problem not in known]
    if problems:
        raise Conflict(
            f"{_service(group)} cannot stand beside what is deployed: {problems[0]}",
            hint="Give one of them another path or alias in its manifest (`http.path`, `http.alias`).",
        )


def _others(desired: Desired, group: TargetGroup) -> Iterator[TargetGroup]:
    for name, other in desired.groups.items():
        if name != group.name:
            yield other
            serving = desired.serving.get(name)
            known = {(one.balancer, one.conditions) for one in other.ingress}
            if serving is not None and serving is not other:
                left = tuple(one for one in serving.ingress if (one.balancer, one.conditions) not in known)
                yield replace(serving, ingress=tuple(replace(one, id=f"{one.id}-before") for one in left))


def _claims_on(balancer: Balancer, groups: Iterable[TargetGroup]) -> Iterator[Claim]:
    for group in groups:
        for ingress in group.ingress:
            if ingress.balancer == balancer.name:
                yield _to_claim(group, ingress, balancer)


def _to_claim(group: TargetGroup, ingress: Ingress, balancer: Balancer) -> Claim:
    return Claim(group, ingress, to_rotation(group, ingress, tcp=balancer.tcp))


def _service(group: TargetGroup) -> str:
    return group.name.rpartition(".")[2]
