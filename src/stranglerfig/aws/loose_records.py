"""Records in zones of ours that no stack has: what proves certificates, and what functions of Copilot's wrote for
aliases.

CloudFormation writes the former and leaves them, and cannot delete a zone that has any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stranglerfig.aws.refusals import code_of
from stranglerfig.aws.session import Session
from stranglerfig.aws.synth.facts import EnvFacts
from stranglerfig.aws.synth.names import CLOUDFRONT_ZONE
from stranglerfig.aws.synth.zones import is_in_reach, nearest_zone, zone_id
from stranglerfig.errors import FigError

_PROVES = ".acm-validations.aws"
Record = dict[str, Any]


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
        for host, zone, session in self._places(hosts):
            for record in _aliases(session, zone, host):
                if _name(record["AliasTarget"]["DNSName"]) != _name(entrance.name):
                    target = {"HostedZoneId": entrance.zone, "DNSName": entrance.name, "EvaluateTargetHealth": False}
                    _change(session, zone, "UPSERT", [{**record, "AliasTarget": target}])

    def drop(self, hosts: Iterable[str]) -> None:
        for host, zone, session in self._places(hosts):
            _change(session, zone, "DELETE", _aliases(session, zone, host))

    def _places(self, hosts: Iterable[str]) -> Iterator[tuple[str, str, Session]]:
        """With the zones that they are in, and who may change these."""
        for host in hosts:
            nearest = nearest_zone(self.facts, host)
            zone = zone_id(self.facts, nearest, self.own_zone) if nearest else None
            if isinstance(zone, str) and is_in_reach(self.facts, nearest):
                yield host, zone, self.app if self.facts.is_at_home else self.env


def entrance_of(outputs: Mapping[str, str]) -> Entrance | None:
    """Of an environment's stack. None: it has no load balancer."""
    if name := outputs.get("CloudFrontDomainName"):
        return Entrance(name, CLOUDFRONT_ZONE)
    name = outputs.get("PublicLoadBalancerDNSName")
    return Entrance(name, outputs["PublicLoadBalancerHostedZone"]) if name else None


def clear_proofs(session: Session, zone: str) -> None:
    """Before the zone is deleted, and its certificates with it."""
    _change(session, zone, "DELETE", [one for one in _records(session, zone) if _is_proof(one)])


def _is_proof(record: Record) -> bool:
    values = [_name(one["Value"]) for one in record.get("ResourceRecords", ())]
    return record["Type"] == "CNAME" and any(value.endswith(_PROVES) for value in values)


def _aliases(session: Session, zone: str, host: str) -> list[Record]:
    found = _records(session, zone)
    return [one for one in found if _name(one["Name"]) == host and one["Type"] == "A" and "AliasTarget" in one]


def _records(session: Session, zone: str) -> Iterator[Record]:
    """None where a deletion that went on to fail has taken the zone."""
    try:
        yield from session.client("route53").pages("list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone)
    except FigError as error:
        if code_of(error) != "NoSuchHostedZone":
            raise


def _change(session: Session, zone: str, action: str, records: list[Record]) -> None:
    changes = [{"Action": action, "ResourceRecordSet": record} for record in records]
    if changes:
        session.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})


def _name(text: str) -> str:
    """As it is compared: Route 53 ends names with a dot, and writes an asterisk as its number."""
    return text.rstrip(".").lower().replace("\\052", "*").removeprefix("dualstack.")
