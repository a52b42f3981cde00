"""Target groups of services in an environment: what a proxy's rules lead to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stranglerfig.aws.proxies.place import Place
from stranglerfig.aws.synth import names
from stranglerfig.aws.synth.balancing.target_groups import TARGET_GROUP
from stranglerfig.core.application import owner_of
from stranglerfig.core.declared.declaration import ProxyDeclaration

#: of the first of a manifest's rules, and of the same behind a balancer of somebody else's
_FIRST = ("TargetGroup", "TargetGroupForImportedALB")


@dataclass(frozen=True, slots=True)
class Services:
    """Those that a declaration names. ``problems`` are why some cannot be led to, ``arns`` are of all others."""

    arns: Mapping[str, str]
    problems: Mapping[str, str]

    @property
    def all(self) -> dict[str, str | None]:
        return {**dict.fromkeys(self.arns), **self.problems}


def find_services(place: Place, declaration: ProxyDeclaration) -> Services:
    arns: dict[str, str] = {}
    problems: dict[str, str] = {}
    for name in _names(declaration):
        found, why = _find(place, name.rpartition(".")[2])
        if why:
            problems[name] = why
        else:
            arns[name] = found
    return Services(arns, problems)


def _names(declaration: ProxyDeclaration) -> list[str]:
    routes = [name for route in declaration.routes for name in (route.to, route.legacy)]
    given = dict.fromkeys(name for name in (declaration.default, *routes) if name)
    return [name for name in given if "://" not in name and owner_of(name) is not None]


def _find(place: Place, service: str) -> tuple[str, str]:
    """The ARN, or why there is none."""
    env = place.env
    stack = place.stacks.find(names.workload_stack(env.app.name, env.name, service))
    if stack is None:
        deploy = f"`fig svc deploy --name {service} --env {env.name}`"
        return "", f"service {service} is not deployed to {env.name}: {deploy} comes first"
    groups = {one.logical: one.physical for one in place.stacks.resources(stack.name) if one.type == TARGET_GROUP}
    arn = next((groups[logical] for logical in _FIRST if groups.get(logical)), "")
    if not arn:
        return "", f"service {service} is behind no load balancer: give it `http`, with a path of its own"
    described = place.session.client("elbv2", env.region).describe_target_groups(TargetGroupArns=[arn])
    balancers = described["TargetGroups"][0].get("LoadBalancerArns") or []
    if balancers and place.outputs_so_far().get("PublicLoadBalancerArn") not in balancers:
        return "", f"service {service} is behind another balancer than the public one of {env.name}: one group has one"
    return arn, ""
