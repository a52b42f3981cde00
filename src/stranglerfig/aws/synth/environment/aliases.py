"""Records of the hosts that workloads ask for: one a host, however many of them answer there by different paths. Pure.

Copilot had a function for them, CustomDomainAction. CloudFormation makes no record that is there already, so what that
one wrote stays as it is.
"""

from __future__ import annotations

from stranglerfig.aws.synth.balancing.dns import alias_record
from stranglerfig.aws.synth.environment.values import PUBLIC, Plan
from stranglerfig.aws.synth.names import CLOUDFRONT_ZONE, OWN_ZONE, logical_id
from stranglerfig.aws.synth.template import Fragment, GetAtt, Ref, Resource, Value
from stranglerfig.aws.synth.zones import is_in_reach, nearest_zone, zone_of_record

_SPELT = {".": "DOT", "-": "DASH", "_": "LINE", "*": "ANY", "?": "ONE"}


def aliases_fragment(plan: Plan) -> Fragment:
    env = plan.env
    if not plan.has_public or not env.has_own_zone:
        return Fragment()
    hosts = [host for host in plan.features.hosts if host not in env.kept_hosts]
    return Fragment(
        {record_id(host): _record(plan, host) for host in hosts if is_in_reach(env, nearest_zone(env, host))}
    )


def record_id(host: str) -> str:
    """Other hosts have others."""
    return logical_id(f"AliasOf{''.join(_SPELT.get(mark, mark) for mark in host)}")


def _record(plan: Plan, host: str) -> Resource:
    return Resource(
        "AWS::Route53::RecordSet",
        {
            **zone_of_record(plan.env, nearest_zone(plan.env, host) or "env", Ref(OWN_ZONE)),
            **alias_record(host, *_entrance(plan)),
        },
        description=f"The alias record of {host}",
        condition=PUBLIC,
    )


def _entrance(plan: Plan) -> tuple[Value, Value]:
    """A DNS name and its hosted zone."""
    if plan.shape.cdn is not None:
        return GetAtt("CloudFrontDistribution", "DomainName"), CLOUDFRONT_ZONE
    return GetAtt("PublicLoadBalancer", "DNSName"), GetAtt("PublicLoadBalancer", "CanonicalHostedZoneID")
