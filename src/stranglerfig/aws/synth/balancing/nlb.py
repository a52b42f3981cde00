"""The network balancer that a service has to itself. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from stranglerfig.aws.synth.balancing.dns import ENV_ZONE, alias_record, own_zones
from stranglerfig.aws.synth.balancing.limits import health_problems
from stranglerfig.aws.synth.balancing.target_groups import (
    attributes,
    check_port,
    plain_target_group,
    threshold_properties,
)
from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.names import env_export, numbered
from stranglerfig.aws.synth.problems import Problem, refuse
from stranglerfig.aws.synth.template import (
    STACK_NAME,
    Fragment,
    GetAtt,
    Output,
    Ref,
    Resource,
    Sub,
    Value,
    import_value,
    join,
    present,
    split,
    tags,
)
from stranglerfig.aws.synth.zones import env_zone, is_in_reach, nearest_zone, zone_id
from stranglerfig.manifest.model import NlbListener
from stranglerfig.manifest.rules.given import Body, items, section, text, value
from stranglerfig.manifest.rules.http_rules import aliases_of

BALANCER, SECURITY_GROUP = "PublicNetworkLoadBalancerV2", "NetworkLoadBalancerSecurityGroup"
CERTIFICATE, ALIAS_ID = "NLBCertificate", "NLBDNSAlias"
INGRESS = f"EnvironmentSecurityGroupIngressFrom{SECURITY_GROUP}"
SSL_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
ANYWHERE = "0.0.0.0/0"
TLS = "tls"
_DNS_NAME, _HOSTED_ZONE = GetAtt(BALANCER, "DNSName"), GetAtt(BALANCER, "CanonicalHostedZoneID")


def nlb_fragment(release: Release) -> Fragment:
    """Empty for a workload without one. Raises ``UsageError`` for what the balancer would refuse."""
    listeners = release.manifest.nlb
    if not listeners:
        return Fragment()
    refuse(release, tuple(_problems(release)))
    resources = {
        BALANCER: _balancer(),
        SECURITY_GROUP: _security_group(listeners),
        INGRESS: _ingress(),
    }
    for at, (listener, body) in enumerate(zip(listeners, _bodies(release.manifest.body), strict=True)):
        resources[listener_id(at)] = _listener(at, listener, body)
        resources[nlb_target_group_id(at)] = _target_group(listener, body)
    if release.env.has_own_domain:
        resources |= _records(release)
        if _has_tls(release):
            resources[CERTIFICATE] = _certificate(release)
    export = join("-", STACK_NAME, "PublicNetworkLoadBalancerDNSName")
    return Fragment(resources, outputs={"PublicNetworkLoadBalancerDNSName": Output(_DNS_NAME, export=export)})


def listener_id(at: int) -> str:
    return numbered("NLBListener", at)


def nlb_target_group_id(at: int) -> str:
    return numbered("NetworkLoadBalancerTargetGroup", at)


def nlb_name(release: Release) -> str:
    """Below the environment's own domain."""
    return f"{release.manifest.name}-nlb.{env_zone(release.env)}"


def _bodies(body: Body) -> list[Body]:
    """In the order of the model's listeners."""
    nlb = section(body, "nlb")
    return [nlb, *(listener for _, listener in items(nlb, "additional_listeners"))]


def _has_tls(release: Release) -> bool:
    return any(listener.protocol == TLS for listener in release.manifest.nlb)


def _problems(release: Release) -> Iterator[Problem]:
    env, nlb = release.env, section(release.manifest.body, "nlb")
    aliases = aliases_of(nlb)
    for at, listener in enumerate(release.manifest.nlb):
        field = "nlb" if at == 0 else f"nlb.additional_listeners[{at - 1}]"
        yield from ((f"{field}{where}", message) for where, message in health_problems(listener.health))
        if listener.port in [one.port for one in release.manifest.nlb[:at]]:
            yield f"{field}.port", f"{listener.port} is another listener's already, whatever protocol it speaks"
        if listener.protocol == TLS and not env.has_own_domain:
            yield f"{field}.port", f"TLS needs a certificate below the application's domain, and {env.name} has none"
    if aliases and not env.has_own_domain:
        yield "nlb.alias", f"needs names below the application's domain, and {env.name} has none of its own"
        return
    for alias in aliases:
        zone = nearest_zone(env, alias)
        if zone is None:
            yield "nlb.alias", f"{alias} is not below the application's domain {env.app.domain}"
        elif _has_tls(release) and (zone_id(env, zone, ENV_ZONE) is None or not is_in_reach(env, zone)):
            yield (
                "nlb.alias",
                f"{alias} cannot have a certificate: its zone is out of reach for {env.name}, so that nothing proves"
                f" the name; one below {env_zone(env)} can",
            )


def _balancer() -> Resource:
    return Resource(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        {
            "Scheme": "internet-facing",
            "Subnets": split(",", import_value(env_export("PublicSubnets"))),
            "Type": "network",
            "SecurityGroups": [GetAtt(SECURITY_GROUP, "GroupId")],
        },
        description="A Network Load Balancer to distribute public traffic to your service",
    )


def _security_group(listeners: tuple[NlbListener, ...]) -> Resource:
    return Resource(
        "AWS::EC2::SecurityGroup",
        {
            "GroupDescription": "Allow traffic to the public facing load balancer on listener ports",
            "SecurityGroupIngress": [_from_anywhere(listener) for listener in listeners],
            "VpcId": import_value(env_export("VpcId")),
            "Tags": tags({"Name": Sub("copilot-${AppName}-${EnvName}-${WorkloadName}-nlb")}),
        },
        description="A security group for your network load balancer allowing public traffic",
    )


def _from_anywhere(listener: NlbListener) -> Value:
    protocol = _transport(listener)
    return {
        "CidrIp": ANYWHERE,
        "Description": f"Allow {protocol} traffic from anyone on listener port {listener.port}",
        "FromPort": listener.port,
        "IpProtocol": protocol.lower(),
        "ToPort": listener.port,
    }


def _ingress() -> Resource:
    return Resource(
        "AWS::EC2::SecurityGroupIngress",
        {
            "GroupId": import_value(env_export("EnvironmentSecurityGroup")),
            "IpProtocol": "-1",
            "SourceSecurityGroupId": GetAtt(SECURITY_GROUP, "GroupId"),
        },
        description="Allow ingress from the network load balancer to services in your environment",
    )


def _listener(at: int, listener: NlbListener, body: Body) -> Resource:
    protocol = listener.protocol.upper()
    is_tls = listener.protocol == TLS
    return Resource(
        "AWS::ElasticLoadBalancingV2::Listener",
        present(
            DefaultActions=[{"Type": "forward", "TargetGroupArn": Ref(nlb_target_group_id(at))}],
            LoadBalancerArn=Ref(BALANCER),
            Port=listener.port,
            Protocol=protocol,
            Certificates=[{"CertificateArn": Ref(CERTIFICATE)}] if is_tls else None,
            SslPolicy=(text(body, "ssl_policy") or SSL_POLICY) if is_tls else None,
        ),
        description=f"A {protocol} listener on port `{listener.port}` that forwards traffic to your tasks",
    )


def _target_group(listener: NlbListener, body: Body) -> Resource:
    sticky = value(body, "stickiness")
    # A balancer that ends TLS cannot hold a client to its task.
    others = {"stickiness.enabled": "true" if sticky else "false"} if listener.protocol != TLS else {}
    return plain_target_group(
        listener.target_port,
        present(
            Protocol=_transport(listener),
            HealthCheckProtocol="TCP",
            HealthCheckPort=check_port(listener.health),
            **threshold_properties(listener.health),
            TargetGroupAttributes=attributes(listener.deregistration_delay_s, others),
        ),
        "network load balancer",
    )


def _transport(listener: NlbListener) -> str:
    return "UDP" if listener.protocol == "udp" else "TCP"


def _records(release: Release) -> dict[str, Resource]:
    aliases = aliases_of(section(release.manifest.body, "nlb"))
    target = _DNS_NAME, _HOSTED_ZONE
    if aliases:
        return own_zones(release, aliases, target, ALIAS_ID)
    name = join(".", Sub("${WorkloadName}-nlb"), import_value(env_export("SubDomain")), "")
    return {
        ALIAS_ID: Resource(
            "AWS::Route53::RecordSetGroup",
            {
                "HostedZoneId": ENV_ZONE,
                "Comment": Sub("Default NetworkLoadBalancer alias for service ${WorkloadName}"),
                "RecordSets": [alias_record(name, *target)],
            },
            description="The default alias record for the network load balancer",
        )
    }


def _certificate(release: Release) -> Resource:
    """CloudFormation writes the records that prove the names, and waits until they do."""
    env, aliases = release.env, aliases_of(section(release.manifest.body, "nlb"))
    main = nlb_name(release)
    options: list[Value] = [
        present(DomainName=name, HostedZoneId=zone_id(env, nearest_zone(env, name) or "env", ENV_ZONE))
        for name in (main, *aliases)
    ]
    return Resource(
        "AWS::CertificateManager::Certificate",
        present(
            DomainName=main,
            SubjectAlternativeNames=list(aliases) or None,
            ValidationMethod="DNS",
            DomainValidationOptions=options,
        ),
        description="A certificate for your network load balancer",
    )
