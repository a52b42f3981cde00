"""Who may connect to whom: the security groups of tasks and balancers. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from stranglerfig.aws.synth.environment.shape import PublicBalancer, Traffic
from stranglerfig.aws.synth.environment.values import (
    ANYBODY,
    HTTP_PORT,
    HTTPS,
    HTTPS_PORT,
    INTERNAL,
    INTERNAL_HTTPS,
    PUBLIC,
    Plan,
    called,
    exported,
)
from stranglerfig.aws.synth.template import (
    NO_VALUE,
    Fragment,
    GetAtt,
    Ref,
    Resource,
    Sub,
    Value,
    assemble,
    either,
    present,
)
from stranglerfig.errors import UsageError

_ALL = "-1"
TASKS = "EnvironmentSecurityGroup"
_INSIDE = "InternalLoadBalancerSecurityGroup"
#: by protocol
_GROUP, _SOURCES = "Public{}LoadBalancerSecurityGroup", "Public{}LoadBalancerSourcesSecurityGroup"
#: Of IPv4, that a group has in an account that has not asked for more, and as how many CloudFront's addresses count.
MOST_RULES, CDN_WEIGHT = 60, 55


def groups_fragment(plan: Plan) -> Fragment:
    return assemble(
        _tasks(plan),
        _before_tasks(plan) if plan.has_public else Fragment(),
        _inside(plan) if plan.has_internal else Fragment(),
    )


def _tasks(plan: Plan) -> Fragment:
    shape = plan.shape
    group = present(
        GroupDescription=Sub("${AppName}-${EnvironmentName}EnvironmentSecurityGroup"),
        VpcId=plan.vpc,
        Tags=called("-env"),
        SecurityGroupIngress=_rules(shape.ingress),
        SecurityGroupEgress=_rules(shape.egress),
    )
    return Fragment(
        resources={
            TASKS: Resource(
                "AWS::EC2::SecurityGroup",
                group,
                description="A security group to allow your containers to talk to each other",
            ),
            "EnvironmentSecurityGroupIngressFromSelf": ingress_from(
                TASKS, TASKS, "Ingress from other containers in the same security group"
            ),
        },
        outputs={TASKS: exported(Ref(TASKS), TASKS)},
    )


def _before_tasks(plan: Plan) -> Fragment:
    """Of the public balancer."""
    http, https = _GROUP.format("HTTP"), _GROUP.format("HTTPS")
    found = {
        **_public(plan, "HTTP", HTTP_PORT, PUBLIC),
        "EnvironmentHTTPSecurityGroupIngressFromPublicALB": ingress_from(
            TASKS, http, "HTTP ingress from the public ALB", PUBLIC
        ),
    }
    if plan.has_https:
        found |= _public(plan, "HTTPS", HTTPS_PORT, HTTPS)
        found["EnvironmentHTTPSSecurityGroupIngressFromPublicALB"] = ingress_from(
            TASKS, https, "HTTPS ingress from the public ALB", HTTPS
        )
    return Fragment(resources=found)


def _inside(plan: Plan) -> Fragment:
    """Of the internal balancer."""
    properties = {
        "GroupDescription": "Access to the internal load balancer",
        "VpcId": plan.vpc,
        "Tags": called("-internal-lb"),
    }
    found = {
        _INSIDE: Resource(
            "AWS::EC2::SecurityGroup",
            properties,
            description="A security group for your internal load balancer allowing HTTP traffic from within the VPC",
            condition=INTERNAL,
        ),
        "EnvironmentSecurityGroupIngressFromInternalALB": ingress_from(
            TASKS, _INSIDE, "Ingress from the internal ALB", INTERNAL
        ),
        "InternalALBIngressFromEnvironmentSecurityGroup": ingress_from(
            _INSIDE, TASKS, "Ingress from the env security group", INTERNAL
        ),
    }
    if plan.shape.internal.whole_vpc:
        found[f"{_INSIDE}IngressFromHttp"] = _from_the_vpc(HTTP_PORT, INTERNAL)
    if plan.shape.internal.whole_vpc and plan.has_internal_https:
        found[f"{_INSIDE}IngressFromHttps"] = _from_the_vpc(HTTPS_PORT, INTERNAL_HTTPS)
    return Fragment(resources=found, outputs={_INSIDE: exported(Ref(_INSIDE), _INSIDE, INTERNAL)})


def _rules(traffic: Sequence[Traffic]) -> list[Value] | None:
    return [{"IpProtocol": rule.protocol, **_ports(rule), **addresses(rule.cidr)} for rule in traffic] or None


def _ports(rule: Traffic) -> dict[str, Value]:
    """Of all protocols together, ports have no meaning."""
    return {} if rule.protocol == _ALL else {"FromPort": rule.first, "ToPort": rule.last}


def ingress_from(group: str, source: str, description: str, condition: str | None = None) -> Resource:
    """Everything that ``source`` sends to ``group``."""
    properties: dict[str, Value] = {
        "Description": description,
        "GroupId": Ref(group),
        # A number, as Copilot has it: a rule cannot be changed, and its like cannot be made beside it.
        "IpProtocol": int(_ALL),
        "SourceSecurityGroupId": Ref(source),
    }
    return Resource("AWS::EC2::SecurityGroupIngress", properties, condition=condition)


def public_groups(plan: Plan) -> list[Value]:
    """Of the public balancer."""
    found: list[Value] = [GetAtt(name, "GroupId") for name in _public_names(plan, "HTTP")]
    if plan.has_https:
        found += [either(HTTPS, GetAtt(name, "GroupId"), NO_VALUE) for name in _public_names(plan, "HTTPS")]
    return found


def _public(plan: Plan, protocol: str, port: int, condition: str) -> dict[str, Resource]:
    names, cdn, networks = _public_names(plan, protocol), _from_cdn(plan, port), _from_networks(plan, port)
    anybody: list[dict[str, Value]] = [{"CidrIp": ANYBODY, "Description": f"Allow from anyone on port {port}"}]
    rules = [cdn, networks] if len(names) > 1 else [[*cdn, *networks] or anybody]
    return {name: _public_group(plan, protocol, port, condition, each) for name, each in zip(names, rules, strict=True)}


def _public_names(plan: Plan, protocol: str) -> tuple[str, ...]:
    """A second group has the networks that find no room beside CloudFront's addresses."""
    public: PublicBalancer = plan.shape.public
    networks = sum(":" not in cidr for cidr in public.source_ips)
    is_full = public.only_cdn and CDN_WEIGHT + networks > MOST_RULES
    return (_GROUP.format(protocol), *([_SOURCES.format(protocol)] if is_full else []))


def _public_group(
    plan: Plan, protocol: str, port: int, condition: str, sources: Sequence[dict[str, Value]]
) -> Resource:
    return Resource(
        "AWS::EC2::SecurityGroup",
        {
            "GroupDescription": f"{protocol} access to the public facing load balancer",
            "SecurityGroupIngress": [
                {**source, "FromPort": port, "IpProtocol": "tcp", "ToPort": port} for source in sources
            ],
            "VpcId": plan.vpc,
            "Tags": called(f"-lb-{protocol.lower()}"),
        },
        description=f"A security group for your load balancer allowing {protocol} traffic",
        condition=condition,
    )


def _from_cdn(plan: Plan, port: int) -> list[dict[str, Value]]:
    if not plan.shape.public.only_cdn:
        return []
    list_id = _cdn_addresses(plan)
    return [{"SourcePrefixListId": list_id, "Description": f"Allow ingress from prefix list {list_id} on port {port}"}]


def _from_networks(plan: Plan, port: int) -> list[dict[str, Value]]:
    return [
        {**addresses(cidr), "Description": f"Allow ingress from source IP {cidr} on port {port}"}
        for cidr in plan.shape.public.source_ips
    ]


def addresses(cidr: str) -> dict[str, Value]:
    """As a rule of a security group has them."""
    return {"CidrIpv6" if ":" in cidr else "CidrIp": cidr}


def _cdn_addresses(plan: Plan) -> str:
    if plan.env.cdn_prefix_list is None:
        raise UsageError(
            f"'http.public.ingress.cdn' cannot be had in {plan.env.region}: no list of CloudFront's addresses is there",
            hint="Name the networks in `http.public.ingress.source_ips` instead.",
        )
    return plan.env.cdn_prefix_list


def _from_the_vpc(port: int, condition: str) -> Resource:
    # The group stands in private subnets: whoever reaches it is in the VPC, or in a network that is joined to it.
    properties: dict[str, Value] = {
        "Description": f"Allow from within the VPC on port {port}",
        "CidrIp": ANYBODY,
        "FromPort": port,
        "ToPort": port,
        "IpProtocol": "tcp",
        "GroupId": Ref(_INSIDE),
    }
    return Resource(
        "AWS::EC2::SecurityGroupIngress",
        properties,
        description=f"An inbound rule to the internal load balancer security group for port {port} within the VPC",
        condition=condition,
    )
