"""What AWS has done and nobody has heard of: the SDK asks again, and what is refused then is what was wanted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from stranglerfig.aws.dns.delegation import Delegation
from stranglerfig.aws.dns.hosted_zone import HostedZone
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.stacks import new_token
from stranglerfig.errors import FigError
from tests.aws.standin.cloud import Cloud

HOST = {"Name": "a.unheard.example.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}]}
OTHER = {**HOST, "Name": "b.unheard.example."}


@pytest.fixture
def zone(session: Session) -> HostedZone:
    made = session.client("route53").create_hosted_zone(Name="unheard.example", CallerReference=new_token())
    return HostedZone(session, made["HostedZone"]["Id"].rpartition("/")[2])


@contextmanager
def unheard(cloud: Cloud, *, after: int = 0) -> Iterator[None]:
    """moto deletes records again that are gone; Route 53 does not."""
    why = "Tried to delete resource record set but it was not found"
    with (
        cloud.failing("*", "lose the answer", times=1, after=after),
        cloud.failing("*", "InvalidChangeBatch", why, times=1, after=after),
    ):
        yield


def kept(zone: HostedZone) -> list[dict[str, Any]]:
    return [one for one in zone.records() if one["Type"] not in ("NS", "SOA")]


def test_records_whose_removal_is_not_heard_of_are_gone(cloud: Cloud, zone: HostedZone) -> None:
    zone.change("UPSERT", [HOST])
    with unheard(cloud):
        zone.change("DELETE", [HOST])

    assert kept(zone) == []


def test_records_that_others_keep_from_being_removed_are_said_to_be_there(cloud: Cloud, zone: HostedZone) -> None:
    zone.change("UPSERT", [HOST])
    with cloud.failing("*", "hang up", times=1), pytest.raises(FigError):
        zone.change("DELETE", [HOST, OTHER])

    assert kept(zone) == [HOST]


def test_a_delegation_whose_removal_is_not_heard_of_is_gone(cloud: Cloud, session: Session, zone: HostedZone) -> None:
    delegation = Delegation(session, session, "prod.unheard.example", zone.id)
    delegation.bring(zone.id)
    with unheard(cloud, after=1):
        delegation.remove()

    assert [one for one in zone.records() if one["Name"].startswith("prod.")] == []
