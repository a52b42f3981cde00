"""An application with a domain, from its beginning to its end: nothing of it stays in Route 53 but what users wrote."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from stranglerfig.aws.dns.orphans import remove_orphans
from stranglerfig.aws.records import EnvRecord
from stranglerfig.aws.session import Session
from tests.aws.standin.cloud import ACCOUNT, REGION, Cloud
from tests.aws.workspaces import MANIFESTS, Terminal, workspace

DOMAIN = "walk.example"
#: answers in both environments, by names in all the zones that there are and in one of the user's own
WEB = (
    MANIFESTS["web"].replace("path: /", "path: /, alias: web.prod.walk.walk.example")
    + """\
environments:
  test: {http: {alias: [web.test.walk.walk.example, walk.example, beta.walk.walk.example]}}
"""
)
PROOF = {"Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "_1.acm-validations.aws."}]}
OTHERS = {"TTL": 60, "ResourceRecords": [{"Value": "10 mx.example.com"}]}


@pytest.fixture(scope="module")
def fig(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    root = tmp_path_factory.mktemp("walk") / "work"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIG_HOME", str(root.parent / "home"))
        found = workspace(root, "walk")
        found.write("copilot/.workspace", f"application: walk\ndomain: {DOMAIN}\n")
        found.write_manifest("web", WEB)
        yield found


def zones(session: Session) -> dict[str, dict[str, str]]:
    """Where records lead, zone by zone, but for what every zone has and what proves certificates."""
    route53, found = session.client("route53"), {}
    for zone in route53.list_hosted_zones()["HostedZones"]:
        if zone["Config"].get("PrivateZone"):
            continue
        records = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
        found[zone["Name"].rstrip(".")] = {
            one["Name"].rstrip("."): one["Type"]
            for one in records
            if one["Name"].rstrip(".") != zone["Name"].rstrip(".") or one["Type"] not in ("NS", "SOA")
        }
    return found


def zone_id(session: Session, name: str) -> str:
    listed = session.client("route53").list_hosted_zones()["HostedZones"]
    return next(str(one["Id"]).rpartition("/")[2] for one in listed if one["Name"].rstrip(".") == name)


def orphan(session: Session, reference: str, **config: str) -> str:
    """What a deploy leaves that was rolled back when its certificate had been proved."""
    words = "HostedZone for environment prod - prod.walk.walk.example"
    made = session.client("route53").create_hosted_zone(
        Name="prod.walk.walk.example",
        CallerReference=reference,
        HostedZoneConfig={"Comment": words, "PrivateZone": False, **config},
    )
    zone = str(made["HostedZone"]["Id"]).rpartition("/")[2]
    if not config:
        write(session, zone, "_0.prod.walk.walk.example", **PROOF)
    return zone


def ids(session: Session) -> list[str]:
    return [str(one["Id"]).rpartition("/")[2] for one in session.client("route53").list_hosted_zones()["HostedZones"]]


def target(session: Session, zone: str) -> Any:
    """What the alias in the zone leads to."""
    records = session.client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    found = next(one["AliasTarget"] for one in records if "AliasTarget" in one)
    return {**found, "EvaluateTargetHealth": False}


def write(session: Session, zone: str, name: str, **value: Any) -> None:
    change = {"Action": "UPSERT", "ResourceRecordSet": {"Name": name, **value}}
    session.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})


def obey(session: Session, said: str) -> None:
    """Does what a hint says."""
    found = re.search(r"`aws (route53 change-resource-record-sets .*)`", said)
    assert found is not None, said
    _, _, _, zone, _, batch = shlex.split(found[1])
    session.client("route53").change_resource_record_sets(HostedZoneId=zone, ChangeBatch=json.loads(batch))


def done(fig: Terminal, *words: str) -> None:
    found = fig(*words)
    assert found.status == 0, found.err


def test_nothing_of_an_application_stays_in_route_53_and_records_of_users_are_theirs(
    fig: Terminal, cloud: Cloud, session: Session
) -> None:
    session.client("route53").create_hosted_zone(Name=DOMAIN, CallerReference="1")
    left, of_users = orphan(session, "left"), orphan(session, "kept", Comment="mine")
    for env in ("test", "prod"):
        done(fig, "env", "init", "--name", env, "--target", "aws")
        done(fig, "svc", "deploy", "--name", "web", "--env", env)
    assert zones(session) == {
        "walk.example": {"walk.example": "A", "walk.walk.example": "NS"},
        "walk.walk.example": {
            "prod.walk.walk.example": "NS",
            "test.walk.walk.example": "NS",
            "beta.walk.walk.example": "A",
        },
        "prod.walk.walk.example": {"web.prod.walk.walk.example": "A"},
        "test.walk.walk.example": {"web.test.walk.walk.example": "A"},
    }
    assert (left in ids(session), of_users in ids(session)) == (False, True)
    session.client("route53").delete_hosted_zone(Id=of_users)
    prod, app = zone_id(session, "prod.walk.walk.example"), zone_id(session, "walk.walk.example")
    write(session, prod, "_0.prod.walk.walk.example", **PROOF)
    write(session, prod, "post.prod.walk.walk.example", Type="MX", **OTHERS)
    write(session, app, "post.walk.walk.example", Type="MX", **OTHERS)
    test = zone_id(session, "test.walk.walk.example")
    write(session, test, "once.test.walk.walk.example", Type="A", AliasTarget=target(session, test))
    calls = len(cloud.calls)

    whole = fig("app", "delete", "--target", "aws", "--yes")
    assert whole.status == 4
    assert "the hosted zone prod.walk.walk.example has records that are not fig's to delete: post.prod" in whole.err
    assert not [one for one in cloud.actions()[calls:] if one.startswith(("Delete", "ChangeResource", "POST"))]
    done(fig, "svc", "delete", "--name", "web", "--env", "prod", "--yes")
    one = fig("env", "delete", "--name", "prod", "--yes")
    assert (one.status, "post.prod.walk.walk.example (MX)" in one.err) == (4, True)
    obey(session, one.err)
    left = orphan(session, "again")
    done(fig, "env", "delete", "--name", "prod", "--yes")
    assert left not in ids(session)
    assert "prod.walk.walk.example" not in {**zones(session), **zones(session)["walk.walk.example"]}

    whole = fig("app", "delete", "--target", "aws", "--yes")
    assert (whole.status, "post.walk.walk.example (MX)" in whole.err) == (4, True)
    assert "web.test.walk.walk.example" in zones(session)["test.walk.walk.example"]
    obey(session, whole.err)
    done(fig, "app", "delete", "--target", "aws", "--yes")
    assert zones(session) == {"walk.example": {}}


def test_a_zone_left_behind_that_cannot_be_deleted_is_told_and_stops_nobody(cloud: Cloud, session: Session) -> None:
    zone, env = orphan(session, "busy"), EnvRecord("walk", "prod", REGION, ACCOUNT)
    notes: list[str] = []

    with cloud.failing(f"DELETE /2013-04-01/hostedzone/{zone}", "HostedZoneNotEmpty", "it has records"):
        remove_orphans(env, DOMAIN, session, None, notes.append)
    [note] = notes
    assert f"it has records. `aws route53 delete-hosted-zone --id {zone}` deletes it." in note

    remove_orphans(env, DOMAIN, session, None, notes.append)
    assert (zone in ids(session), len(notes)) == (False, 1)
