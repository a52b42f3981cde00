"""The domain of an environment in another account than its application's."""

from __future__ import annotations

from typing import Any

import pytest

from stranglerfig.aws.dns.delegation import Delegating, Delegation, delegation_of, kept_for
from stranglerfig.aws.session import Session
from stranglerfig.aws.stacks.deploy import Deploying, deploy
from stranglerfig.aws.stacks.telling import Silent
from stranglerfig.aws.stacks.values import Ended, to_order
from stranglerfig.aws.synth.environment import Features, environment_parameters, environment_template
from stranglerfig.aws.synth.facts import AppFacts, EnvFacts
from stranglerfig.aws.synth.template import to_tree
from stranglerfig.manifest.model import EnvironmentManifest
from tests.aws.standin.cloud import ACCOUNT, REGION

HOME = "999900001111"


@pytest.fixture
def own_zone(session: Session) -> str:
    made: Any = session.client("route53").create_hosted_zone(Name="forum.example.com", CallerReference="forum")
    return str(made["HostedZone"]["Id"]).rpartition("/")[2]


@pytest.fixture
def facts(own_zone: str) -> EnvFacts:
    app = AppFacts("forum", HOME, REGION, domain="example.com", hosted_zone="Z0ROOT", own_zone=own_zone)
    return EnvFacts(app, "test", ACCOUNT, REGION)


def delegated(session: Session, zone: str) -> list[str]:
    records = session.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    found = [one for one in records if one["Name"] == "test.forum.example.com." and one["Type"] == "NS"]
    return [server["Value"] for one in found for server in one["ResourceRecords"]]


def test_the_zone_is_delegated_to_while_its_stack_is_made(session: Session, facts: EnvFacts, own_zone: str) -> None:
    delegation = delegation_of(facts, session, session)
    assert delegation is not None
    manifest, features = EnvironmentManifest("test", {}), Features()
    tree = to_tree(environment_template(facts, manifest, features))
    order = to_order("forum-test", tree, parameters={**environment_parameters(facts, manifest, features)})

    outcome = deploy(order, Deploying(session, telling=Delegating(Silent(), delegation)))

    assert outcome.ended is Ended.DEPLOYED
    assert outcome.stack is not None
    servers = outcome.stack.outputs["EnvironmentNameServers"].split(",")
    assert sorted(delegated(session, own_zone)) == sorted(servers)


def test_a_delegation_may_be_written_again_and_goes_with_its_environment(session: Session, own_zone: str) -> None:
    made: Any = session.client("route53").create_hosted_zone(Name="test.forum.example.com", CallerReference="test")
    delegation = Delegation(session, session, "test.forum.example.com", own_zone)

    delegation.bring(made["HostedZone"]["Id"])
    delegation.bring(made["HostedZone"]["Id"])
    assert sorted(delegated(session, own_zone)) == sorted(made["DelegationSet"]["NameServers"])

    delegation.remove()
    delegation.remove()
    assert delegated(session, own_zone) == []


@pytest.mark.parametrize("has_come_to_nothing", [True, False])
def test_nothing_leads_to_a_zone_that_has_been_taken_back(
    session: Session, own_zone: str, has_come_to_nothing: bool
) -> None:
    """Ctrl-C ends a deploy with an outcome, not with an error."""
    made: Any = session.client("route53").create_hosted_zone(Name="test.forum.example.com", CallerReference="test")
    delegation = Delegation(session, session, "test.forum.example.com", own_zone)

    with kept_for(delegation, lambda: has_come_to_nothing):
        delegation.bring(made["HostedZone"]["Id"])

    assert (delegated(session, own_zone) == []) is has_come_to_nothing


def test_nobody_delegates_where_the_stack_does_or_where_there_is_no_domain(session: Session, own_zone: str) -> None:
    with_domain = AppFacts("forum", ACCOUNT, REGION, domain="example.com", hosted_zone="Z0ROOT", own_zone=own_zone)
    elsewhere = EnvFacts(AppFacts("forum", HOME, REGION), "test", ACCOUNT, REGION)
    certified = EnvFacts(AppFacts("forum", HOME, REGION, domain="example.com"), "test", ACCOUNT, REGION)

    for facts in (EnvFacts(with_domain, "test", ACCOUNT, REGION), elsewhere, certified):
        assert delegation_of(facts, session, session) is None
