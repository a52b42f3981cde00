"""The ECS service that keeps the tasks, and the name by which others find them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from stranglerfig.aws.synth.balancing.fronts import front_of
from stranglerfig.aws.synth.balancing.http import IMPORTED_GROUP, has_own_group, target_group_id
from stranglerfig.aws.synth.balancing.nlb import nlb_target_group_id
from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.names import env_export
from stranglerfig.aws.synth.reading.deployment import read_deployment
from stranglerfig.aws.synth.reading.network import Network, read_network
from stranglerfig.aws.synth.reading.scaling import Capacity, read_capacity
from stranglerfig.aws.synth.template import (
    NO_VALUE,
    PARTITION,
    Fragment,
    GetAtt,
    Output,
    Ref,
    Resource,
    Sub,
    Value,
    either,
    equals,
    import_value,
    join,
    present,
    split,
    tags,
)
from stranglerfig.aws.synth.workload.alarms import alarm_names
from stranglerfig.aws.synth.workload.cluster import CLUSTER, SERVICE
from stranglerfig.aws.synth.workload.logs import to_group
from stranglerfig.aws.synth.workload.platform import platform_version
from stranglerfig.aws.synth.workload.ports import SERVED, served_port
from stranglerfig.aws.synth.workload.variables import ADDONS
from stranglerfig.core.application import Kind
from stranglerfig.manifest.model import WorkloadManifest
from stranglerfig.manifest.rules.given import section

#: they make targets of a service's tasks; it waits for them, or ECS refuses their target groups
ROUTING_TYPES = ("AWS::ElasticLoadBalancingV2::ListenerRule", "AWS::ElasticLoadBalancingV2::Listener")
_IN_GOV_CLOUD = "IsGovCloud"


def service(release: Release, routing: Fragment) -> Fragment:
    """``routing`` is what leads to it: target groups, rules and listeners of balancers."""
    manifest = release.manifest
    network = read_network(manifest.body)
    capacity = read_capacity(manifest.body)
    properties = present(
        PlatformVersion=platform_version(manifest),
        Cluster=CLUSTER,
        TaskDefinition=Ref("TaskDefinition"),
        DesiredCount=Ref("TaskCount"),
        DeploymentConfiguration=_deployment_configuration(release),
        PropagateTags="SERVICE",
        EnableExecuteCommand=manifest.exec or None,
        LaunchType=None if capacity else "FARGATE",
        CapacityProviderStrategy=[_provider(one) for one in capacity] or None,
        ServiceConnectConfiguration=_connection(release, network),
        NetworkConfiguration={"AwsvpcConfiguration": placement(release, network)},
        ServiceRegistries=_registries(manifest),
        HealthCheckGracePeriodSeconds=_grace_s(manifest),
        LoadBalancers=_targets(release) or None,
        Tags=tags({key: str(tag) for key, tag in section(manifest.body, "tags").items()}) or None,
    )
    kept = Resource(
        "AWS::ECS::Service",
        properties,
        description="An ECS service to run and maintain your tasks in the environment cluster",
        depends_on=tuple(name for name, one in routing.resources.items() if one.type in ROUTING_TYPES),
    )
    says_all = network.connects and alarm_names(release)
    conditions = {} if says_all else {_IN_GOV_CLOUD: equals(PARTITION, "aws-us-gov")}
    return Fragment({SERVICE: kept}, conditions=conditions)


def discovery(release: Release) -> Fragment:
    if release.manifest.kind not in (Kind.LOAD_BALANCED, Kind.BACKEND):
        return Fragment()
    records: list[Value] = [{"TTL": 10, "Type": kind} for kind in ("A", "SRV")]
    properties: dict[str, Value] = {
        "Description": "Discovery Service for the Copilot services",
        "DnsConfig": {"RoutingPolicy": "MULTIVALUE", "DnsRecords": records},
        "HealthCheckCustomConfig": {"FailureThreshold": 1},
        "Name": Ref("WorkloadName"),
        "NamespaceId": import_value(env_export("ServiceDiscoveryNamespaceID")),
    }
    found = Resource(
        "AWS::ServiceDiscovery::Service",
        properties,
        description="Service discovery for your services to communicate within the VPC",
    )
    arn = Output(
        GetAtt("DiscoveryService", "Arn"),
        export=Sub("${AWS::StackName}-DiscoveryServiceARN"),
        description="ARN of the Discovery Service.",
    )
    return Fragment({"DiscoveryService": found}, outputs={"DiscoveryServiceARN": arn})


def _deployment_configuration(release: Release) -> Value:
    """What fails is taken back by ECS itself, and by alarms where there are some."""
    least, most = (0, 100) if read_deployment(release.manifest.body).recreate else (100, 200)
    names = alarm_names(release)
    none: Mapping[str, Value] = {"Enable": False, "AlarmNames": [], "Rollback": True}
    return {
        "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
        "MinimumHealthyPercent": least,
        "MaximumPercent": most,
        "Alarms": {"Enable": True, "AlarmNames": names, "Rollback": True}
        if names
        else either(_IN_GOV_CLOUD, NO_VALUE, none),
    }


def _provider(capacity: Capacity) -> Value:
    return present(CapacityProvider=capacity.provider, Weight=capacity.weight, Base=capacity.base)


def _connection(release: Release, network: Network) -> Value:
    if not network.connects:
        off: Mapping[str, Value] = {"Enabled": False}
        return either(_IN_GOV_CLOUD, NO_VALUE, off)
    served: Value = {
        "PortName": SERVED,
        # The service's own name is taken in the namespace, by service discovery.
        "DiscoveryName": join("-", Ref("WorkloadName"), "sc"),
        "ClientAliases": [{"Port": Ref("TargetPort"), "DnsName": network.alias or Ref("WorkloadName")}],
    }
    return present(
        Enabled=True,
        Namespace=release.env.discovery_domain,
        LogConfiguration=to_group(),
        Services=[served] if served_port(release) else None,
    )


def placement(release: Release, network: Network) -> Mapping[str, Value]:
    """Its subnets, addresses and security groups."""
    own: list[Value] = [] if network.deny_default else [import_value(env_export("EnvironmentSecurityGroup"))]
    if has_own_group(release):
        own.append(GetAtt(IMPORTED_GROUP, "GroupId"))
    addons = release.addons.security_groups if release.addons else ()
    where = "PrivateSubnets" if network.private else "PublicSubnets"
    return {
        "AssignPublicIp": "ENABLED" if network.has_public_addresses else "DISABLED",
        "Subnets": [*network.subnets, *release.subnets] or split(",", import_value(env_export(where))),
        "SecurityGroups": [*own, *network.groups, *(GetAtt(ADDONS, f"Outputs.{name}") for name in addons)],
    }


def _registries(manifest: WorkloadManifest) -> Value | None:
    registry: Mapping[str, Value] = {"RegistryArn": GetAtt("DiscoveryService", "Arn"), "Port": Ref("TargetPort")}
    match manifest.kind:
        case Kind.LOAD_BALANCED:
            return [registry]
        case Kind.BACKEND:
            return either("ExposePort", [registry], NO_VALUE)
        case _:
            return None


def _grace_s(manifest: WorkloadManifest) -> int | None:
    """Only one of the balancers' sections may say it."""
    if not manifest.http and not manifest.nlb:
        return None
    first = manifest.http[0] if manifest.http else manifest.nlb[0]
    by_nlb = "nlb.healthcheck.grace_period" in manifest.given
    return int(manifest.nlb[0].health.grace_s if by_nlb else first.health.grace_s)


def _targets(release: Release) -> list[Value]:
    manifest = release.manifest
    found = [
        (rule.target_container, rule.target_port, target_group_id(front_of(release), at))
        for at, rule in enumerate(manifest.http)
    ] + [(one.target_container, one.target_port, nlb_target_group_id(at)) for at, one in enumerate(manifest.nlb)]
    return [
        {"ContainerName": container, "ContainerPort": port, "TargetGroupArn": Ref(group)}
        for container, port, group in found
    ]
