"""The page of fields: ``python -m tests.aws.fields.page`` writes it, as ``make docs`` does. It takes half a minute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from pathlib import Path

from stranglerfig.manifest.kinds import WORKLOADS
from stranglerfig.manifest.kinds.environment import ENVIRONMENT_TYPE
from tests.aws.fields.derive import Effect, effects_of_fields
from tests.manifest.fields import copilot_paths

PAGE = Path(__file__).parents[3] / "docs" / "generated" / "aws-fields.md"
NOTE = "<!-- Written by `make docs`; do not edit. -->"
HEAD = """
# Fields of manifests on AWS

What each field of Copilot's language becomes: resources of CloudFormation that come with it, and properties that say
something else by it. Types are without `AWS::`. Seen in the templates of this version, by leaving a field out and by
saying something else. What the stacks have besides: [workloads](../aws-workloads.md),
[environments](../aws-environments.md). Pipelines have no stack.
"""
#: Of more than these only the types are told.
MOST = 8
_BUILT = "the image that is built and pushed: `ECS::TaskDefinition` has it by its digest"
_FILE = "a file in the application's bucket, which `ECS::TaskDefinition` names by a parameter"
_TARGET = "`ECS::Service` `LoadBalancers.ContainerName`"
_AS_ABOVE = "what stands below it"
#: What no template can show, by the field or what it is below.
TOLD = {
    "count.queue_delay": _AS_ABOVE,
    "env_file": _FILE,
    "files": "what is brought into the site's bucket",
    "http.alb": "a load balancer that is looked up, in place of the environment's",
    "http.private.endpoint": "nothing: App Runner, whose endpoint it was, is closed",
    "http.redirect_to_https": "`ElasticLoadBalancingV2::ListenerRule` `Actions`, of the listener for HTTP",
    "http.targetContainer": _TARGET,
    "http.target_container": _TARGET,
    "image": _AS_ABOVE,
    "image.build": _BUILT,
    "logging.env_file": _FILE,
    "network.vpc.placement.subnets.from_tags": "subnets that are looked up: `ECS::Service` `NetworkConfiguration`",
    "network.vpc.subnets.private[].az": "`EC2::Subnet` `AvailabilityZone`",
    "network.vpc.subnets.public[].az": "`EC2::Subnet` `AvailabilityZone`",
    "network.vpc.subnets.public": _AS_ABOVE,
    "nlb.alias[].name": "`Route53::RecordSet` `Name`",
    "on": _AS_ABOVE,
    "platform.architecture": "`ECS::TaskDefinition` `RuntimePlatform.CpuArchitecture`",
    "platform.osfamily": "`ECS::TaskDefinition` `RuntimePlatform.OperatingSystemFamily`",
    "sidecars.<key>.env_file": _FILE,
    "sidecars.<key>.image.build": _BUILT,
    "sidecars.<key>.mount_points[].source_volume": "`ECS::TaskDefinition` `ContainerDefinitions.MountPoints`",
    "taskdef_overrides[].path": "`ECS::TaskDefinition`: which property of it",
    "taskdef_overrides[].value": "`ECS::TaskDefinition`: the property that `path` names",
    "type": "which resources there are",
}
#: Refused where they would stand, by us as by Copilot, which lists them because its types share structures.
REFUSED = {
    "nlb.additional_listeners[].healthcheck.grace_period": "a service has one, which the main listener says",
    "nlb.alias[].hosted_zone": "a network balancer's names are below the application's domain",
    "http.private.security_groups.ingress.restrict_to": "it restricts who comes from outside",
    "http.private.security_groups.ingress.restrict_to.cdn": "it restricts who comes from outside",
    "http.private.security_groups.ingress.restrict_to.source_ips": "it restricts who comes from outside",
    "http.public.security_groups.ingress.from_vpc": "it lets in who is inside",
}
#: Lists whose items are what the section around them is.
SAME = {"http.additional_rules[].": "http.", "nlb.additional_listeners[].": "nlb."}
WHERE = {"Workloads": (*WORKLOADS,), "Environments": (ENVIRONMENT_TYPE,)}


def render(effects: dict[str, set[Effect]]) -> str:
    lines = [NOTE, *HEAD.splitlines()]
    for title, kinds in WHERE.items():
        paths = sorted({path for kind in kinds for path in copilot_paths(kind)})
        lines += ["", f"## {title}", "", "| field | becomes |", "| --- | --- |"]
        lines += [f"| `{path}` | {becomes(path, effects)} |" for path in paths]
    return "\n".join(lines) + "\n"


def becomes(path: str, effects: dict[str, set[Effect]]) -> str:
    if path in REFUSED:
        return f"refused: {REFUSED[path]}"
    if path in TOLD:
        return TOLD[path]
    if seen := effects.get(path):
        return "; ".join(described(seen))
    for below, above in SAME.items():
        if path.startswith(below):
            return becomes(above + path.removeprefix(below), effects)
    return told(path)


def told(path: str) -> str:
    """Of what it is below. Raises ``KeyError`` where nothing is told."""
    above = path.rpartition(".")[0].removesuffix("[]")
    if not above:
        raise KeyError(f"nothing is known of {path}: no case shows it, and nothing is told")
    return TOLD.get(above) or told(above)


def described(seen: Collection[Effect]) -> Iterator[str]:
    by_type: dict[str, list[str]] = defaultdict(list)
    for effect in sorted(seen):
        by_type[effect.type.removeprefix("AWS::")].append(effect.prop)
    for kind, properties in by_type.items():
        named = [f"`{one}`" for one in properties if one]
        yield f"`{kind}`" if len(seen) > MOST or not named else f"`{kind}` {', '.join(named)}"


if __name__ == "__main__":
    PAGE.write_text(render(effects_of_fields()), encoding="utf-8")
