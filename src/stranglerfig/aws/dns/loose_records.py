"""Records in zones of ours that no stack has: what proves certificates, and what functions of Copilot's wrote for
aliases.

CloudFormation writes the former and leaves them, and cannot delete a zone that has any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from stranglerfig.aws.dns.hosted_zone import HostedZone, Record, leads_to, plain_name
from stranglerfig.aws.session import Session
from stranglerfig.aws.synth.facts import EnvFacts
from stranglerfig.aws.synth.names import CLOUDFRONT_ZONE
from stranglerfig.aws.synth.zones import is_in_reach, nearest_zone, zone_id

_PROVES = ".acm-validations.aws"


@dataclass(frozen=True, slots=True)
class Entrance:
    """Where aliases lead to: a DNS name and its hosted zone."""

    name: str
    zone: str


@dataclass(frozen=True, slots=True)
class LooseRecords:
    """``app`` acts in the application's account, ``env`` in that of the environment. Its zone is ``own_zone``."""

    facts: EnvFacts
    app: Session
    env: Session
    own_zone: str

    def tend(self, gone: Iterable[str], outputs: Mapping[str, str]) -> None:
        """As Copilot's function did after each change of the environment, whose stack has ``outputs``: aliases follow
        its entrance, and go with the last who had them."""
        self.drop(gone)
        entrance = entrance_of(outputs)
        if entrance is not None:
            self.lead(self.facts.kept_hosts, entrance)

    def lead(self, hosts: Iterable[str], entrance: Entrance) -> None:
        """Those of them that have a record and lead elsewhere."""
        for host, zone in self.places(hosts):
            target = {"HostedZoneId": entrance.zone, "DNSName": entrance.name, "EvaluateTargetHealth": False}
            elsewhere = [one for one in zone.aliases(host) if not leads_to(one, entrance.name)]
            zone.change("UPSERT", [{**one, "AliasTarget": target} for one in elsewhere])

    def drop(self, hosts: Iterable[str]) -> None:
        for host, zone in self.places(hosts):
            zone.change("DELETE", zone.aliases(host))

    def places(self, hosts: Iterable[str]) -> Iterator[tuple[str, HostedZone]]:
        """With the zones that they are in, through who may change these."""
        for host in hosts:
            nearest = nearest_zone(self.facts, host)
            zone = zone_id(self.facts, nearest, self.own_zone) if nearest else None
            if isinstance(zone, str) and is_in_reach(self.facts, nearest):
                yield host, HostedZone(self.app if self.facts.is_at_home else self.env, zone)


def entrance_of(outputs: Mapping[str, str]) -> Entrance | None:
    """Of an environment's stack. None: it has no load balancer."""
    if name := outputs.get("CloudFrontDomainName"):
        return Entrance(name, CLOUDFRONT_ZONE)
    name = outputs.get("PublicLoadBalancerDNSName")
    return Entrance(name, outputs["PublicLoadBalancerHostedZone"]) if name else None


def clear_proofs(zone: HostedZone) -> None:
    """Before the zone is deleted, and its certificates with it."""
    zone.change("DELETE", [one for one in zone.records() if is_proof(one)])


def is_proof(record: Record) -> bool:
    values = [plain_name(one["Value"]) for one in record.get("ResourceRecords", ())]
    return record["Type"] == "CNAME" and any(value.endswith(_PROVES) for value in values)
