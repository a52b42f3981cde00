"""The application load balancers: public and internal, each there when a workload asks for it. Pure.

What no rule wants goes to a target group without targets: 503.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stranglerfig.aws.synth.environment.domain import CERTIFICATE
from stranglerfig.aws.synth.environment.groups import public_groups
from stranglerfig.aws.synth.environment.network import ATTACHMENT
from stranglerfig.aws.synth.environment.shape import AccessLogs, ImportedVpc
from stranglerfig.aws.synth.environment.values import (
    HTTP_PORT,
    HTTPS,
    HTTPS_PORT,
    INTERNAL,
    INTERNAL_HTTPS,
    PUBLIC,
    Plan,
    exported,
)
from stranglerfig.aws.synth.names import INTERNAL_ZONE
from stranglerfig.aws.synth.template import (
    REGION,
    Fragment,
    GetAtt,
    Output,
    Ref,
    Resource,
    Sub,
    Value,
    assemble,
    present,
)
from stranglerfig.errors import UsageError

_INTERNAL_DOMAIN = Sub("${EnvironmentName}.${AppName}.internal")


@dataclass(frozen=True, slots=True)
class _Balancer:
    """Logical ids of what belongs to one, and when they are there. ``certificates`` empty: it has no TLS."""

    itself: str
    group: str
    prefix: str
    condition: str
    with_tls: str
    certificates: tuple[Value, ...] = ()
    ssl_policy: str | None = None

    @property
    def adjective(self) -> str:
        return "An internal load balancer" if self.prefix else "A load balancer"


def public_fragment(plan: Plan) -> Fragment:
    _refuse(plan, "public", plan.features.public_balancer, plan.public_subnets)
    if not plan.has_public:
        return Fragment()
    own: tuple[Value, ...] = (Ref(CERTIFICATE),) if plan.env.has_own_domain else ()
    certificates: tuple[Value, ...] = plan.shape.public.certificates or own
    public = _Balancer(
        "PublicLoadBalancer",
        "DefaultHTTPTargetGroup",
        "",
        PUBLIC,
        HTTPS,
        certificates,
        plan.shape.public.ssl_policy,
    )
    logs = plan.shape.public.access_logs
    balancer = Resource(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        {
            "LoadBalancerAttributes": _access_logs(logs),
            "Scheme": "internet-facing",
            "SecurityGroups": public_groups(plan),
            "Subnets": plan.public_subnets,
            "Type": "application",
        },
        description="An Application Load Balancer to distribute public traffic to your services",
        condition=PUBLIC,
        depends_on=tuple(_what_comes_first(plan)),
    )
    accessible = "false" if plan.shape.public.only_cdn else "true"
    return assemble(
        Fragment(resources={public.itself: balancer}, outputs=_public_outputs(accessible)),
        _target_group(plan, public),
        _listeners(public),
    )


def _what_comes_first(plan: Plan) -> Iterator[str]:
    """What the public balancer does not name, and cannot be made without."""
    if not isinstance(plan.shape.vpc, ImportedVpc):
        yield ATTACHMENT
    logs = plan.shape.public.access_logs
    if logs and logs.bucket is None:
        yield "ELBAccessLogsBucketPolicy"


def _access_logs(logs: AccessLogs | None) -> list[Value]:
    if logs is None:
        return [{"Key": "access_logs.s3.enabled", "Value": "false"}]
    found: list[Value] = [{"Key": "access_logs.s3.enabled", "Value": "true"}]
    if logs.prefix is not None:
        found.append({"Key": "access_logs.s3.prefix", "Value": logs.prefix})
    return [*found, {"Key": "access_logs.s3.bucket", "Value": logs.bucket or Ref("ELBAccessLogsBucket")}]


def _public_outputs(accessible: str) -> dict[str, Output]:
    return {
        "PublicLoadBalancerDNSName": exported(GetAtt("PublicLoadBalancer", "DNSName"), "PublicLoadBalancerDNS", PUBLIC),
        "PublicLoadBalancerFullName": exported(
            GetAtt("PublicLoadBalancer", "LoadBalancerFullName"), "PublicLoadBalancerFullName", PUBLIC
        ),
        "PublicLoadBalancerHostedZone": exported(
            GetAtt("PublicLoadBalancer", "CanonicalHostedZoneID"), "CanonicalHostedZoneID", PUBLIC
        ),
        "PublicLoadBalancerArn": exported(
            Ref("PublicLoadBalancer"),
            "PublicLoadBalancerArn",
            PUBLIC,
            "What an addon needs to protect the load balancer.",
        ),
        "DefaultHTTPTargetGroupArn": exported(Ref("DefaultHTTPTargetGroup"), "DefaultHTTPTargetGroup", PUBLIC),
        "PublicALBAccessible": Output(accessible, condition=PUBLIC),
    }


def _refuse(plan: Plan, kind: str, workloads: frozenset[str], subnets: Sequence[Value]) -> None:
    """Balancers that no subnets are good for; zones count as far as they are known."""
    zones = [plan.env.subnet_zones[one] for one in subnets if isinstance(one, str) and one in plan.env.subnet_zones]
    if workloads and len({*zones}) < len(zones):
        raise UsageError(
            f"environment {plan.env.name} has {kind} subnets in the same availability zone ({', '.join(zones)}), and "
            f"the load balancer of {', '.join(sorted(workloads))} takes one of each zone",
            hint="Import one subnet of each zone, of two at least, in the environment's manifest.",
        )
    if workloads and not subnets:
        raise UsageError(
            f"environment {plan.env.name} has no {kind} subnets, and {', '.join(sorted(workloads))} would be reached "
            "through a load balancer in them",
            hint=f"Import some in `network.vpc.subnets.{kind}` of the environment's manifest.",
        )


def internal_fragment(plan: Plan) -> Fragment:
    _refuse(plan, "private", plan.features.internal_balancer, plan.internal_subnets)
    if not plan.has_internal:
        return Fragment()
    shape = plan.shape.internal
    internal = _Balancer(
        "InternalLoadBalancer",
        "DefaultInternalHTTPTargetGroup",
        "Internal",
        INTERNAL,
        INTERNAL_HTTPS,
        shape.certificates,
        shape.ssl_policy,
    )
    balancer = Resource(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        {
            "Scheme": "internal",
            "SecurityGroups": [GetAtt("InternalLoadBalancerSecurityGroup", "GroupId")],
            "Subnets": plan.internal_subnets,
            "Type": "application",
        },
        description="An internal Application Load Balancer to distribute private traffic from within the VPC "
        "to your services",
        condition=INTERNAL,
    )
    return assemble(
        Fragment(resources={internal.itself: balancer}, outputs=_internal_outputs()),
        _target_group(plan, internal),
        _listeners(internal),
        _internal_zone(plan) if plan.env.has_internal_zone else Fragment(),
    )


def _internal_outputs() -> dict[str, Output]:
    return {
        "InternalLoadBalancerDNSName": exported(
            GetAtt("InternalLoadBalancer", "DNSName"), "InternalLoadBalancerDNS", INTERNAL
        ),
        "InternalLoadBalancerFullName": exported(
            GetAtt("InternalLoadBalancer", "LoadBalancerFullName"), "InternalLoadBalancerFullName", INTERNAL
        ),
        "InternalLoadBalancerHostedZone": exported(
            GetAtt("InternalLoadBalancer", "CanonicalHostedZoneID"),
            "InternalLoadBalancerCanonicalHostedZoneID",
            INTERNAL,
        ),
    }


def _internal_zone(plan: Plan) -> Fragment:
    zone: dict[str, Value] = {"Name": _INTERNAL_DOMAIN, "VPCs": [{"VPCId": plan.vpc, "VPCRegion": REGION}]}
    return Fragment(
        resources={
            INTERNAL_ZONE: Resource(
                "AWS::Route53::HostedZone",
                zone,
                description=f"A hosted zone named {plan.env.name}.{plan.env.app.name}.internal "
                "for backends behind a private load balancer",
                condition=INTERNAL,
            )
        },
        outputs={
            INTERNAL_ZONE: exported(Ref(INTERNAL_ZONE), "InternalWorkloadsHostedZoneID", INTERNAL),
            "InternalWorkloadsHostedZoneName": exported(_INTERNAL_DOMAIN, "InternalWorkloadsHostedZoneName", INTERNAL),
        },
    )


def _target_group(plan: Plan, balancer: _Balancer) -> Fragment:
    properties: dict[str, Value] = {
        "HealthCheckIntervalSeconds": 10,
        "HealthyThresholdCount": 2,
        "HealthCheckTimeoutSeconds": 5,
        "Port": HTTP_PORT,
        "Protocol": "HTTP",
        "TargetGroupAttributes": [{"Key": "deregistration_delay.timeout_seconds", "Value": "60"}],
        "TargetType": "ip",
        "VpcId": plan.vpc,
    }
    group = Resource("AWS::ElasticLoadBalancingV2::TargetGroup", properties, condition=balancer.condition)
    return Fragment(resources={balancer.group: group})


def _listeners(balancer: _Balancer) -> Fragment:
    plain, tls = f"{balancer.prefix}HTTPListener", f"{balancer.prefix}HTTPSListener"
    found = {plain: _listener(balancer, HTTP_PORT, "HTTP", balancer.condition)}
    outputs = {f"{plain}Arn": exported(Ref(plain), f"{plain}Arn", balancer.condition)}
    if balancer.certificates:
        first, *others = balancer.certificates
        found[tls] = _listener(balancer, HTTPS_PORT, "HTTPS", balancer.with_tls, [first])
        found |= _further_certificates(balancer, tls, others)
        outputs[f"{tls}Arn"] = exported(Ref(tls), f"{tls}Arn", balancer.with_tls)
    return Fragment(resources=found, outputs=outputs)


def _listener(
    balancer: _Balancer, port: int, protocol: str, condition: str, certificates: Sequence[Value] = ()
) -> Resource:
    properties = present(
        Certificates=[{"CertificateArn": certificate} for certificate in certificates] or None,
        DefaultActions=[{"TargetGroupArn": Ref(balancer.group), "Type": "forward"}],
        LoadBalancerArn=Ref(balancer.itself),
        Port=port,
        Protocol=protocol,
        SslPolicy=balancer.ssl_policy if certificates else None,
    )
    return Resource(
        "AWS::ElasticLoadBalancingV2::Listener",
        properties,
        description=f"{balancer.adjective} listener to route {protocol} traffic",
        condition=condition,
    )


def _further_certificates(balancer: _Balancer, listener: str, certificates: Sequence[Value]) -> dict[str, Resource]:
    """A listener's own property takes only the first."""
    return {
        f"{balancer.prefix}HTTPSImportCertificate{number}": Resource(
            "AWS::ElasticLoadBalancingV2::ListenerCertificate",
            {"ListenerArn": Ref(listener), "Certificates": [{"CertificateArn": certificate}]},
            condition=balancer.with_tls,
        )
        for number, certificate in enumerate(certificates, 2)
    }
