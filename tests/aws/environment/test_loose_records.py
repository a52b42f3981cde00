"""Records that no stack has: they follow the load balancer, and none is left in a zone that is to go."""

from __future__ import annotations

from typing import Any

import pytest

from stranglerfig.aws.dns.hosted_zone import HostedZone
from stranglerfig.aws.dns.loose_records import Entrance, LooseRecords, clear_proofs, entrance_of
from stranglerfig.aws.session import Session
from stranglerfig.aws.synth.facts import AppFacts, EnvFacts
from tests.aws.standin.cloud import ACCOUNT, REGION

OWN, OF_DOMAIN = "api.test.forum.example.com", "www.example.com"
OLD, NEW = Entrance("old.elb.amazonaws.com", "Z1OLD"), Entrance("new.elb.amazonaws.com", "Z1NEW")


def zone(session: Session, name: str) -> str:
    made: Any = session.client("route53").create_hosted_zone(Name=name, CallerReference=name)
    return str(made["HostedZone"]["Id"]).rpartition("/")[2]


def write(session: Session, zone: str, name: str, kind: str, **value: Any) -> None:
    change = {"Action": "CREATE", "ResourceRecordSet": {"Name": name, "Type": kind, **value}}
    session.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})


def alias(entrance: Entrance) -> dict[str, Any]:
    target = {"HostedZoneId": entrance.zone, "DNSName": entrance.name, "EvaluateTargetHealth": False}
    return {"AliasTarget": target}


def records(session: Session, zone: str) -> dict[str, str]:
    """Where each of them leads, but for those that every zone has."""
    found = session.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    return {
        one["Name"].rstrip("."): one["AliasTarget"]["DNSName"] if "AliasTarget" in one else one["Type"]
        for one in found
        if one["Type"] not in ("NS", "SOA")
    }


@pytest.fixture
def root(session: Session) -> str:
    return zone(session, "example.com")


@pytest.fixture
def own(session: Session) -> str:
    return zone(session, "test.forum.example.com")


def loose(session: Session, root: str, own: str, account: str = ACCOUNT) -> LooseRecords:
    app = AppFacts("forum", ACCOUNT, REGION, domain="example.com", hosted_zone=root, own_zone="Z0UNKNOWN")
    return LooseRecords(EnvFacts(app, "test", account, REGION), session, session, own)


def test_they_lead_to_where_the_environment_is_entered_now_and_go_with_their_alias(
    session: Session, root: str, own: str
) -> None:
    write(session, own, OWN, "A", **alias(OLD))
    write(session, root, OF_DOMAIN, "A", **alias(OLD))
    write(session, root, "mail.example.com", "MX", TTL=60, ResourceRecords=[{"Value": "10 mx.example.com"}])

    for _ in range(2):
        loose(session, root, own).lead([OWN, OF_DOMAIN, "never.example.com", "elsewhere.example.org"], NEW)
        assert {**records(session, root), **records(session, own)} == {
            OWN: NEW.name,
            OF_DOMAIN: NEW.name,
            "mail.example.com": "MX",
        }
    for _ in range(2):
        loose(session, root, own).drop([OWN, OF_DOMAIN, "mail.example.com"])
        assert (records(session, root), records(session, own)) == ({"mail.example.com": "MX"}, {})


def test_what_owners_of_another_account_wrote_into_their_zones_is_theirs(session: Session, root: str, own: str) -> None:
    write(session, root, OF_DOMAIN, "A", **alias(OLD))
    write(session, own, OWN, "A", **alias(OLD))

    loose(session, root, own, account="444455556666").drop([OF_DOMAIN, OWN])

    assert (records(session, root), records(session, own)) == ({OF_DOMAIN: OLD.name}, {})


def test_what_proves_certificates_is_cleared_and_nothing_else(session: Session, own: str) -> None:
    proof = [{"Value": "_x.acm-validations.aws."}]
    write(session, own, "_1.test.forum.example.com", "CNAME", TTL=300, ResourceRecords=proof)
    write(session, own, "docs.test.forum.example.com", "CNAME", TTL=300, ResourceRecords=[{"Value": "example.org"}])

    for _ in range(2):
        clear_proofs(HostedZone(session, own))
        assert records(session, own) == {"docs.test.forum.example.com": "CNAME"}
    clear_proofs(HostedZone(session, "Z0GONE"))


@pytest.mark.parametrize(
    ("outputs", "entrance"),
    [
        ({"PublicLoadBalancerDNSName": "lb", "PublicLoadBalancerHostedZone": "Z1"}, Entrance("lb", "Z1")),
        ({"CloudFrontDomainName": "d1", "PublicLoadBalancerDNSName": "lb"}, Entrance("d1", "Z2FDTNDATAQYW2")),
        ({}, None),
    ],
)
def test_an_environment_is_entered_by_its_content_network_where_it_has_one(
    outputs: dict[str, str], entrance: Entrance | None
) -> None:
    assert entrance_of(outputs) == entrance
