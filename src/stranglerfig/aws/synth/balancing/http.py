"""Rules of application balancers, and the target groups that they forward to. Pure.

Each rule of a manifest is one of the listener that serves it, and, where that one speaks HTTPS, one of the listener for
HTTP beside it, which redirects.
"""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.aws.synth.balancing.conditions import listener_conditions
from stranglerfig.aws.synth.balancing.dns import records
from stranglerfig.aws.synth.balancing.fronts import HTTP, HTTPS, IMPORTED, Front, front_of
from stranglerfig.aws.synth.balancing.hosts import hosts_of
from stranglerfig.aws.synth.balancing.limits import check_rules
from stranglerfig.aws.synth.balancing.number_records import owner_of, wanted_rules
from stranglerfig.aws.synth.balancing.priorities import claim
from stranglerfig.aws.synth.balancing.target_groups import target_group
from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.names import env_export, numbered
from stranglerfig.aws.synth.reading.network import read_network
from stranglerfig.aws.synth.template import Fragment, GetAtt, Ref, Resource, Sub, Value, import_value, tags
from stranglerfig.manifest.model import HttpRule

_RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
#: of tasks behind a balancer that is somebody else's
IMPORTED_GROUP = "SecurityGroupForImportedALB"
TO_HTTPS: Value = {
    "Type": "redirect",
    "RedirectConfig": {
        "Protocol": "HTTPS",
        "Port": "443",
        "Host": "#{host}",
        "Path": "/#{path}",
        "Query": "#{query}",
        "StatusCode": "HTTP_301",
    },
}


@dataclass(frozen=True, slots=True)
class ListenerRule:
    """One of one listener. ``at`` counts the manifest's rules from 0."""

    id: str
    at: int
    listener: Value
    protocol: str
    redirects: bool = False


def http_fragment(release: Release) -> Fragment:
    """Empty for a workload without rules. Raises ``UsageError`` for what the balancer would refuse."""
    if not release.manifest.http:
        return Fragment()
    check_rules(release)
    front = front_of(release)
    resources: dict[str, Resource] = {}
    for at, rule in enumerate(release.manifest.http):
        resources[target_group_id(front, at)] = target_group(rule)
    if has_own_group(release):
        resources |= _from_imported(release)
    resources |= records(release, front)
    for one in listener_rules(release):
        resources[one.id] = _resource(release, front, one)
    return Fragment(resources)


def target_group_id(front: Front, at: int) -> str:
    return numbered(f"TargetGroup{front.suffix}", at)


def listener_rules(release: Release) -> tuple[ListenerRule, ...]:
    front = front_of(release)
    found: list[ListenerRule] = []
    for at, rule in enumerate(release.manifest.http):
        if front.https is None:
            assert front.http is not None
            found.append(ListenerRule(numbered(f"HTTPListenerRule{front.suffix}", at), at, front.http, HTTP))
            continue
        if front.http is not None:
            redirects = not front.forwards_plain(rule)
            found.append(ListenerRule(_plain_id(front, redirects, at), at, front.http, HTTP, redirects))
        found.append(ListenerRule(numbered(f"HTTPSListenerRule{front.suffix}", at), at, front.https, HTTPS))
    return tuple(found)


def _plain_id(front: Front, redirects: bool, at: int) -> str:
    """Of the rule on the listener for HTTP, where another one serves."""
    if front.kind != IMPORTED:
        return numbered("HTTPListenerRuleWithDomain", at)
    return numbered(f"HTTPListener{'RedirectRule' if redirects else 'Rule'}{front.suffix}", at)


def _resource(release: Release, front: Front, one: ListenerRule) -> Resource:
    rule = release.manifest.http[one.at]
    forward: Value = {"Type": "forward", "TargetGroupArn": Ref(target_group_id(front, one.at))}
    return Resource(
        _RULE,
        {
            "Actions": [TO_HTTPS if one.redirects else forward],
            "Conditions": listener_conditions(rule, hosts_of(release, rule)),
            "ListenerArn": one.listener,
            "Priority": _priority(release, one),
        },
        description=_described(rule, one),
    )


def _priority(release: Release, one: ListenerRule) -> int:
    """Rules of the listener for HTTP have numbers of their own where Copilot gave them such. Where nobody has given
    any, they are those of a service that is alone."""
    given = release.plain_priorities if one.protocol == HTTP and release.plain_priorities else release.priorities
    return (given or claim(owner_of(release), wanted_rules(release), ()).numbers)[one.at]


def _described(rule: HttpRule, one: ListenerRule) -> str:
    does = "redirects HTTP to HTTPS" if one.redirects else f"forwards {one.protocol} traffic to your tasks"
    return f"An {one.protocol} listener rule for path `{rule.path}` that {does}"


def has_own_group(release: Release) -> bool:
    """Whether its tasks let in what comes from a balancer that is none of the environment's."""
    has_source = release.balancer is not None and bool(release.balancer.security_groups)
    return has_source and bool(release.manifest.http) and not read_network(release.manifest.body).deny_default


def _from_imported(release: Release) -> dict[str, Resource]:
    """A group of its own: what is a rule of the environment's already cannot be made once more, for another service
    behind the same balancer."""
    assert release.balancer is not None
    group = Resource(
        "AWS::EC2::SecurityGroup",
        {
            "GroupDescription": Sub("Access to ${WorkloadName} from an imported load balancer"),
            "VpcId": import_value(env_export("VpcId")),
            "Tags": tags({"Name": Sub("copilot-${AppName}-${EnvName}-${WorkloadName}-imported-lb")}),
        },
        description="A security group for your tasks allowing traffic from the imported load balancer",
    )
    return {
        IMPORTED_GROUP: group,
        **{
            numbered("EnvironmentSecurityGroupIngressFromImportedALB", at): Resource(
                "AWS::EC2::SecurityGroupIngress",
                {
                    "GroupId": GetAtt(IMPORTED_GROUP, "GroupId"),
                    "IpProtocol": "-1",
                    "SourceSecurityGroupId": source,
                },
                description="Allow ingress from the imported load balancer to your tasks",
            )
            for at, source in enumerate(release.balancer.security_groups)
        },
    }
