"""Records of the names that a workload is reached by through an application balancer. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from stranglerfig.aws.synth.balancing.fronts import IMPORTED, INTERNAL, PUBLIC, Front
from stranglerfig.aws.synth.facts import EnvFacts, Release
from stranglerfig.aws.synth.names import CLOUDFRONT_ZONE, env_export, logical_id
from stranglerfig.aws.synth.template import Ref, Resource, Sub, Value, import_value, join, literal
from stranglerfig.aws.synth.zones import internal_zone, is_in_reach, nearest_zone, zone_of_record
from stranglerfig.core.application import Kind
from stranglerfig.manifest.model import WorkloadManifest
from stranglerfig.manifest.rules.given import Body, items, section, text, texts
from stranglerfig.manifest.rules.http_rules import aliases_of

ALIAS_ID, INTERNAL_ALIAS_ID = "LoadBalancerDNSAlias", "LoadBalancerInternalDNSAlias"
_RECORDS = "AWS::Route53::RecordSetGroup"
ENV_ZONE = import_value(env_export("HostedZone"))


def records(release: Release, front: Front) -> dict[str, Resource]:
    """Aliases below the domain are the environment's: several workloads may have the same."""
    if front.kind == INTERNAL and not any(rule.aliases for rule in release.manifest.http):
        return {INTERNAL_ALIAS_ID: _internal(release.env, front)}
    if front.kind == PUBLIC and release.env.has_own_domain:
        return {} if release.manifest.http[0].aliases else {ALIAS_ID: _default(release.env)}
    if front.https is None and front.kind != IMPORTED:
        return {}
    return {
        f"{ALIAS_ID}{logical_id(zone)}": Resource(
            _RECORDS,
            {
                "HostedZoneId": zone,
                "Comment": Sub(f"LoadBalancer aliases for service ${{WorkloadName}} in hosted zone {literal(zone)}"),
                "RecordSets": [alias_record(name, front.dns_name, front.hosted_zone) for name in names],
            },
            description=f"Alias records for the application load balancer in hosted zone {zone}",
        )
        for zone, names in zoned_aliases(release.manifest.body).items()
    }


def zoned_aliases(body: Body) -> dict[str, list[str]]:
    """The main rule's hosts for which the manifest says a hosted zone, by zone."""
    http = section(body, "http")
    common = text(http, "hosted_zone")
    pairs = [(text(one, "name") or "", text(one, "hosted_zone") or common) for _, one in items(http, "alias")]
    pairs += [(name, common) for name in texts(http, "alias")]
    found: dict[str, list[str]] = {}
    for name, zone in pairs:
        if zone is not None:
            found.setdefault(zone, []).append(name)
    return found


def hosts_of(manifest: WorkloadManifest) -> tuple[str, ...]:
    """That are nobody else's: of a site, unless its user sees to it, and of a network balancer."""
    http = section(manifest.body, "http")
    is_site = manifest.kind is Kind.STATIC_SITE and not text(http, "certificate")
    return (*(aliases_of(http) if is_site else ()), *aliases_of(section(manifest.body, "nlb")))


def own_zones(release: Release, hosts: Iterable[str], target: tuple[Value, Value], prefix: str) -> dict[str, Resource]:
    """``target`` is a DNS name and its hosted zone. Each host has its record in the nearest zone of the application's;
    those of another account are its owner's to write."""
    env, by_zone = release.env, dict[str, list[str]]()
    for host in hosts:
        if host in release.kept_hosts:
            continue
        zone = nearest_zone(env, host)
        if zone and is_in_reach(env, zone):
            by_zone.setdefault(zone, []).append(host)
    return {
        f"{prefix}{_ZONE_SUFFIX[zone]}": Resource(
            _RECORDS,
            {
                **zone_of_record(env, zone, ENV_ZONE),
                "Comment": Sub("Aliases for service ${WorkloadName}"),
                "RecordSets": [alias_record(name, *target) for name in names],
            },
            description=f"Alias records of the service in the hosted zone of the {_ZONE_OWNER[zone]}",
        )
        for zone, names in by_zone.items()
    }


_ZONE_SUFFIX = {"env": "InEnvironment", "app": "InApplication", "root": "InDomain"}
_ZONE_OWNER = {"env": "environment", "app": "application", "root": "domain"}


def alias_record(name: Value, dns_name: Value, hosted_zone: Value) -> dict[str, Value]:
    return {"Name": name, "Type": "A", "AliasTarget": {"HostedZoneId": hosted_zone, "DNSName": dns_name}}


def entrance(env: EnvFacts) -> tuple[Value, Value]:
    """Where names right below the environment's domain lead to: a DNS name and its hosted zone."""
    if env.names_lead_to_cdn:
        return import_value(env_export("CloudFrontDomainName")), CLOUDFRONT_ZONE
    return import_value(env_export("PublicLoadBalancerDNS")), import_value(env_export("CanonicalHostedZoneID"))


def _default(env: EnvFacts) -> Resource:
    name = join(".", Ref("WorkloadName"), import_value(env_export("SubDomain")), "")
    return Resource(
        _RECORDS,
        {
            "HostedZoneId": ENV_ZONE,
            "Comment": Sub("LoadBalancer alias for service ${WorkloadName}"),
            "RecordSets": [alias_record(name, *entrance(env))],
        },
        description="The default alias record for the application load balancer",
    )


def _internal(env: EnvFacts, front: Front) -> Resource:
    name = join(".", Ref("WorkloadName"), import_value(env_export("InternalWorkloadsHostedZoneName")))
    return Resource(
        _RECORDS,
        {
            "Comment": Sub("Load balancer alias for service ${WorkloadName}"),
            "HostedZoneId": import_value(env_export("InternalWorkloadsHostedZoneID")),
            "RecordSets": [alias_record(name, front.dns_name, front.hosted_zone)],
        },
        description=f"Alias below {internal_zone(env)} to the internal load balancer",
    )
