"""The records of the parameter store, as Copilot writes and reads them."""

from __future__ import annotations

import json

import pytest

from stranglerfig.aws.records import AppRecord, EnvRecord, Records, WorkloadRecord
from stranglerfig.aws.session import Session
from stranglerfig.errors import Conflict, NotFound, StateUnusable
from tests.aws.standin.cloud import ACCOUNT, REGION

SHOP = AppRecord("shop", ACCOUNT, domain="shop.example", hosted_zone="Z1", tags={"team": "a"})
TEST = EnvRecord("shop", "test", REGION, ACCOUNT, execution_role="arn:e", manager_role="arn:m")


@pytest.fixture
def records(session: Session) -> Records:
    found = Records(session)
    found.begin_app(SHOP)
    found.begin_environment(TEST)
    return found


def text_of(session: Session, name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(session.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
    return found


def test_records_have_the_names_and_the_shape_of_copilots(session: Session, records: Records) -> None:
    records.begin_workload(WorkloadRecord("shop", "web", "Load Balanced Web Service"))

    assert text_of(session, "/copilot/applications/shop") == {
        "name": "shop",
        "account": ACCOUNT,
        "domain": "shop.example",
        "domainHostedZoneID": "Z1",
        "version": "1.0",
        "tags": {"team": "a"},
    }
    assert text_of(session, "/copilot/applications/shop/environments/test") == {
        "app": "shop",
        "name": "test",
        "region": REGION,
        "accountID": ACCOUNT,
        "registryURL": "",
        "executionRoleARN": "arn:e",
        "managerRoleARN": "arn:m",
    }
    assert text_of(session, "/copilot/applications/shop/components/web") == {
        "app": "shop",
        "name": "web",
        "type": "Load Balanced Web Service",
    }
    tags = session.client("ssm").list_tags_for_resource(
        ResourceType="Parameter", ResourceId="/copilot/applications/shop/environments/test"
    )["TagList"]
    assert {tag["Key"]: tag["Value"] for tag in tags} == {"copilot-application": "shop", "copilot-environment": "test"}


def test_what_is_written_is_read_again_and_who_comes_second_changes_nothing(records: Records) -> None:
    records.begin_app(AppRecord("shop", "999999999999"))

    assert records.app("shop") == SHOP
    assert records.apps() == [SHOP]
    assert records.environment("shop", "test") == TEST
    assert records.environments("shop") == [TEST]


def test_a_change_keeps_what_another_tool_wrote_beside(session: Session, records: Records) -> None:
    name = "/copilot/applications/shop/environments/old"
    value = {"app": "shop", "name": "old", "region": REGION, "accountID": ACCOUNT, "prod": True}
    session.client("ssm").put_parameter(Name=name, Value=json.dumps(value), Type="String")

    records.change_environment(EnvRecord("shop", "old", REGION, ACCOUNT, manager_role="arn:m"))

    assert text_of(session, name)["prod"] is True
    assert text_of(session, name)["managerRoleARN"] == "arn:m"
    records.forget_environment("shop", "old")


def test_a_name_belongs_to_one_kind(records: Records) -> None:
    records.begin_workload(WorkloadRecord("shop", "mail", "Worker Service"))

    with pytest.raises(Conflict, match="mail of shop is a Worker Service on AWS"):
        records.begin_workload(WorkloadRecord("shop", "mail", "Backend Service"))


def test_what_is_not_there_is_told_apart_and_forgetting_it_twice_is_fine(records: Records) -> None:
    with pytest.raises(NotFound, match="application none is not on AWS, in account 123456789012, eu-west-1"):
        records.environment("none", "test")
    with pytest.raises(NotFound, match="environment prod of shop is not on AWS"):
        records.environment("shop", "prod")
    records.begin_workload(WorkloadRecord("shop", "gone", "Worker Service"))
    for _ in "twice":
        records.forget_workload("shop", "gone")
    assert "gone" not in {one.name for one in records.workloads("shop")}


def test_a_parameter_that_is_no_record_is_named(session: Session, records: Records) -> None:
    for text in ("hello", "[]", "{}"):
        session.client("ssm").put_parameter(Name="/copilot/applications/odd", Value=text, Type="String", Overwrite=True)
        with pytest.raises(StateUnusable, match="/copilot/applications/odd holds no record"):
            records.app("odd")
