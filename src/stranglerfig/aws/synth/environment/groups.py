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
from stranglerfig.aws.synth.template import Fragment, Ref, Resource, Sub, Value, present
from stranglerfig.errors import UsageError

_ALL = "-1"
_TASKS = "EnvironmentSecurityGroup"


def groups_fragment(plan: Plan) -> Fragment:
    return Fragment(
        resources={**_balancers(plan), **_tasks(plan)},
        outputs={
            _TASKS: exported(Ref(_TASKS), _TASKS),
            "InternalLoadBalancerSecurityGroup": exported(
                Ref("InternalLoadBalancerSecurityGroup"), "InternalLoadBalancerSecurityGroup", INTERNAL
            ),
        },
    )


def _tasks(plan: Plan) -> dict[str, Resource]:
    shape = plan.shape
    group = present(
        GroupDescription=Sub("${AppName}-${EnvironmentName}EnvironmentSecurityGroup"),
        VpcId=plan.vpc,
        Tags=called("-env"),
        SecurityGroupIngress=_rules(shape.ingress),
        SecurityGroupEgress=_rules(shape.egress),
    )
    found = {
        _TASKS: Resource(
            "AWS::EC2::SecurityGroup",
            group,
            description="A security group to allow your containers to talk to each other",
        ),
        "EnvironmentHTTPSecurityGroupIngressFromPublicALB": ingress_from(
            _TASKS, "PublicHTTPLoadBalancerSecurityGroup", "HTTP ingress from the public ALB", PUBLIC
        ),
        "EnvironmentSecurityGroupIngressFromInternalALB": ingress_from(
            _TASKS, "InternalLoadBalancerSecurityGroup", "Ingress from the internal ALB", INTERNAL
        ),
        "EnvironmentSecurityGroupIngressFromSelf": ingress_from(
            _TASKS, _TASKS, "Ingress from other containers in the same security group"
        ),
        "InternalALBIngressFromEnvironmentSecurityGroup": ingress_from(
            "InternalLoadBalancerSecurityGroup", _TASKS, "Ingress from the env security group", INTERNAL
        ),
    }
    if plan.has_https:
        found["EnvironmentHTTPSSecurityGroupIngressFromPublicALB"] = ingress_from(
            _TASKS, "PublicHTTPSLoadBalancerSecurityGroup", "HTTPS ingress from the public ALB", HTTPS
        )
    return found


def _rules(traffic: Sequence[Traffic]) -> list[Value] | None:
    return [
        {"IpProtocol": rule.protocol, "FromPort": rule.first, "ToPort": rule.last, **addresses(rule.cidr)}
        for rule in traffic
    ] or None


def ingress_from(group: str, source: str, description: str, condition: str | None = None) -> Resource:
    """Everything that ``source`` sends to ``group``."""
    properties: dict[str, Value] = {
        "Description": description,
        "GroupId": Ref(group),
        "IpProtocol": _ALL,
        "SourceSecurityGroupId": Ref(source),
    }
    return Resource("AWS::EC2::SecurityGroupIngress", properties, condition=condition)


def _balancers(plan: Plan) -> dict[str, Resource]:
    found = {
        "PublicHTTPLoadBalancerSecurityGroup": _public(plan, "HTTP", HTTP_PORT, PUBLIC),
        "InternalLoadBalancerSecurityGroup": Resource(
            "AWS::EC2::SecurityGroup",
            {
                "GroupDescription": "Access to the internal load balancer",
                "VpcId": plan.vpc,
                "Tags": called("-internal-lb"),
            },
            description="A security group for your internal load balancer allowing HTTP traffic from within the VPC",
            condition=INTERNAL,
        ),
    }
    if plan.has_https:
        found["PublicHTTPSLoadBalancerSecurityGroup"] = _public(plan, "HTTPS", HTTPS_PORT, HTTPS)
    if plan.shape.internal.whole_vpc:
        found["InternalLoadBalancerSecurityGroupIngressFromHttp"] = _from_the_vpc(HTTP_PORT, INTERNAL)
    if plan.shape.internal.whole_vpc and plan.has_internal_https:
        found["InternalLoadBalancerSecurityGroupIngressFromHttps"] = _from_the_vpc(HTTPS_PORT, INTERNAL_HTTPS)
    return found


def _public(plan: Plan, protocol: str, port: int, condition: str) -> Resource:
    return Resource(
        "AWS::EC2::SecurityGroup",
        {
            "GroupDescription": f"{protocol} access to the public facing load balancer",
            "SecurityGroupIngress": [
                {**source, "FromPort": port, "IpProtocol": "tcp", "ToPort": port} for source in _sources(plan, port)
            ],
            "VpcId": plan.vpc,
            "Tags": called(f"-lb-{protocol.lower()}"),
        },
        description=f"A security group for your load balancer allowing {protocol} traffic",
        condition=condition,
    )


def _sources(plan: Plan, port: int) -> list[dict[str, Value]]:
    public: PublicBalancer = plan.shape.public
    found: list[dict[str, Value]] = []
    if public.only_cdn:
        list_id = _cdn_addresses(plan)
        found.append(
            {
                "SourcePrefixListId": list_id,
                "Description": f"Allow ingress from prefix list {list_id} on port {port}",
            }
        )
    for cidr in public.source_ips:
        found.append({**addresses(cidr), "Description": f"Allow ingress from source IP {cidr} on port {port}"})
    return found or [{"CidrIp": ANYBODY, "Description": f"Allow from anyone on port {port}"}]


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
        "GroupId": Ref("InternalLoadBalancerSecurityGroup"),
    }
    return Resource(
        "AWS::EC2::SecurityGroupIngress",
        properties,
        description=f"An inbound rule to the internal load balancer security group for port {port} within the VPC",
        condition=condition,
    )
