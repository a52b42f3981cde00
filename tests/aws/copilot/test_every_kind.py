"""What is taken over of each kind of workload, and of each kind of environment: nothing is replaced or lost, and
nothing is asked that Copilot's role may not ask."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from stranglerfig.aws.applications import find_application
from stranglerfig.aws.deleting import refuse_foreign_records
from stranglerfig.aws.environments import find_environment
from stranglerfig.aws.session import Access, Session, open_session
from stranglerfig.aws.stacks.deploy import Deploying, deploy
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.stacks.values import to_order
from tests.aws.copilot.applications import Recorded, deploy_recorded
from tests.aws.copilot.functions import Functions, functions_of_copilot
from tests.aws.copilot.looks import carriers, lost_by, owners
from tests.aws.standin.cloud import ACCOUNT, REGION, Cloud
from tests.aws.workspaces import Terminal
from tests.effort import IS_FULL

#: workers and jobs are in `test_takeover.py`
EVERYTHING = ("named", "shared", "admin", "lines", "disk", "table", "site")
ELSEWHERE = "210987654321"


@pytest.fixture(scope="module")
def functions(cloud: Cloud) -> Iterator[Functions]:
    with functions_of_copilot() as found:
        yield found


@pytest.fixture(scope="module")
def everything(functions: Functions) -> Recorded:
    session = open_session(Access())
    app = Recorded("every", EVERYTHING, has_certificate=True)
    app = replace(app, literals=surroundings(app, session))
    deploy_recorded(app, session)
    return app


@pytest.fixture
def fig(cloud: Cloud, functions: Functions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """In an empty folder."""
    monkeypatch.setenv("FIG_HOME", str(tmp_path / "home"))
    functions.said_goodbye.clear()
    cloud.denials.clear()
    (tmp_path / "repository").mkdir()
    return Terminal(tmp_path / "repository", "")


def surroundings(app: Recorded, session: Session) -> dict[str, str]:
    """What users have beside Copilot's stacks: a zone, a balancer, and templates of addons."""
    s3, elb, ec2 = session.client("s3"), session.client("elbv2"), session.client("ec2")
    s3.create_bucket(Bucket="addons", CreateBucketConfiguration={"LocationConstraint": REGION})
    urls = {}
    for name in ("table-addons", "environment-addons"):
        s3.put_object(Bucket="addons", Key=name, Body=app.template(name).encode())
        urls[name] = f"https://addons.s3.{REGION}.amazonaws.com/{name}"
    zone = session.client("route53").create_hosted_zone(Name="example.org", CallerReference="1")["HostedZone"]["Id"]
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{at}.0/24", AvailabilityZone=f"{REGION}{letter}")["Subnet"]
        for at, letter in enumerate("ab")
    ]
    group = ec2.create_security_group(GroupName="ours", Description="ours", VpcId=vpc)["GroupId"]
    balancer = elb.create_load_balancer(
        Name="ours", Subnets=[one["SubnetId"] for one in subnets], SecurityGroups=[group]
    )["LoadBalancers"][0]["LoadBalancerArn"]
    certificate = session.client("acm").request_certificate(DomainName="example.org")["CertificateArn"]
    default = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
    listeners = {
        protocol: elb.create_listener(
            LoadBalancerArn=balancer, Protocol=protocol, Port=port, DefaultActions=default, **others
        )["Listeners"][0]["ListenerArn"]
        for protocol, port, others in (
            ("HTTP", 80, {}),
            ("HTTPS", 443, {"Certificates": [{"CertificateArn": certificate}]}),
        )
    }
    return {
        "zone": zone.rpartition("/")[2],
        "certificate": certificate,
        "group": group,
        "http": listeners["HTTP"],
        "https": listeners["HTTPS"],
        "addons": urls["environment-addons"],
        "table-addons": urls["table-addons"],
    }


def denied(cloud: Cloud) -> list[str]:
    """What a role was not allowed, but to look for change sets that were left behind: without that it goes on."""
    return [one for one in cloud.denials if "cloudformation:ListChangeSets" not in one]


def test_every_kind_is_taken_over_and_given_back_in_place(
    fig: Terminal, session: Session, cloud: Cloud, functions: Functions, everything: Recorded
) -> None:
    before = carriers(session, everything)

    shown = fig("app", "adopt", everything.name, "--dry-run", "--json")
    assert shown.status == 0, shown.err
    stacks = shown.json()["stacks"]
    assert [one["refused"] for one in stacks if one["refused"]] == []
    assert lost_by(stacks) == []

    # What its role has just been allowed is not known everywhere at once.
    with cloud.failing("PutParameter", "AccessDeniedException", "not yet", times=2):
        taken = fig("app", "adopt", everything.name, "--yes")
    assert taken.status == 0, taken.err
    assert denied(cloud) == []
    assert set(owners(session, everything)) == {True}
    # Its role has the right to what is there, and could not delete it otherwise.
    assert json.loads(Stacks(session).require("every-test").parameters["AddonServices"]) == {"table": ["kinesis"]}
    after = carriers(session, everything)
    assert {name: after.get(name) for name in before} == before
    assert functions.said_goodbye == []

    back = fig("app", "adopt", everything.name, "--undo", "--yes")
    assert back.status == 0, back.err
    assert set(owners(session, everything)) == {False}
    after = carriers(session, everything)
    assert {name: after.get(name) for name in before} == before
    assert denied(cloud) == []


def test_stacks_of_more_resources_than_are_described_at_once_are_known_in_full(
    session: Session, cloud: Cloud, everything: Recorded
) -> None:
    """By the user, who may list them, and in Copilot's role, which may not."""
    logs = {
        f"Log{at}": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": f"log-{at}"}} for at in range(102)
    }
    condition = {"Never": {"Fn::Equals": ["a", "b"]}}
    logs["Log101"]["Condition"] = "Never"
    deploy(to_order("every-test-many", {"Conditions": condition, "Resources": logs}), Deploying(session))
    role = f"arn:aws:iam::{ACCOUNT}:role/{everything.name}-test-EnvManagerRole"

    found = [Stacks(one).resources("every-test-many") for one in (session, session.assume(role, REGION))]

    assert [[one.physical for one in each] for each in found] == [[f"log-{at}" for at in range(101)]] * 2


def test_an_environment_in_another_account_is_taken_over_there(
    fig: Terminal, session: Session, cloud: Cloud, functions: Functions
) -> None:
    """In Copilot's role, for the user is nobody there."""
    elsewhere = session.assume(f"arn:aws:iam::{ELSEWHERE}:role/its-administrator", REGION)
    app = Recorded("far", ("web",), account=ELSEWHERE)
    deploy_recorded(app, session, elsewhere)
    before = carriers(elsewhere, app)

    taken = fig("app", "adopt", "far", "--yes")
    assert taken.status == 0, taken.err
    assert owners(elsewhere, app) == [True, True]
    assert {name: carriers(elsewhere, app).get(name) for name in before} == before
    assert functions.said_goodbye == []
    assert denied(cloud) == []


def test_what_stands_in_the_way_is_named_and_nothing_is_begun(fig: Terminal, session: Session) -> None:
    app = Recorded("odd", ("old",))
    deploy_recorded(app, session)

    refused = fig("app", "adopt", "odd", "--yes")

    assert refused.status == 5
    assert "odd-test-old: old of test runs on App Runner" in refused.err
    assert owners(session, app) == [False, False]
    assert list(fig.root.iterdir()) == []


BLOG, GATE = "blog.pages.example", "gate.test.pages.pages.example"


@pytest.fixture
def pages(functions: Functions, session: Session) -> Recorded:
    """A site and a network balancer with hosts of the domain, as functions of Copilot's have led them there."""
    app = Recorded("pages", ("blog", "gate"), "pages.example")
    deploy_recorded(app, session)
    stacks = Stacks(session)
    for host, stack, output, zone in (
        (BLOG, "pages-test-blog", "CloudFrontDistributionDomainName", "Z2FDTNDATAQYW2"),
        (GATE, "pages-test-gate", "PublicNetworkLoadBalancerDNSName", "Z32O12XQLNTSW2"),
    ):
        target = {"HostedZoneId": zone, "DNSName": stacks.require(stack).outputs[output], "EvaluateTargetHealth": False}
        record = {"Name": host, "Type": "A", "AliasTarget": target}
        [own] = [one["Id"] for one in zones(session) if host.partition(".")[2] == one["Name"].rstrip(".")]
        session.client("route53").change_resource_record_sets(
            HostedZoneId=own, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
        )
    return app


def zones(session: Session) -> list[dict[str, str]]:
    return list(session.client("route53").list_hosted_zones()["HostedZones"])


def led(session: Session) -> dict[str, str]:
    """Hosts of pages, with what they lead to."""
    found: dict[str, str] = {}
    for zone in zones(session):
        records = session.client("route53").list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
        aliases = {one["Name"].rstrip("."): one["AliasTarget"]["DNSName"] for one in records if "AliasTarget" in one}
        found |= {host: name for host, name in aliases.items() if host.endswith("pages.example")}
    return found


def records_in(session: Session, stack: str) -> list[str]:
    return [one.logical for one in Stacks(session).resources(stack) if "RecordSet" in one.type]


def test_hosts_of_sites_and_network_balancers_are_taken_over_with_the_records_that_functions_wrote(
    fig: Terminal, session: Session, cloud: Cloud, functions: Functions, pages: Recorded
) -> None:
    """Which stay as they are, and go as the function had them go."""
    before, carried = led(session), carriers(session, pages)
    assert before.keys() == {BLOG, GATE}

    with cloud.failing("ExecuteChangeSet", "ExpiredToken", "the token has expired", after=4):
        assert fig("app", "adopt", "pages", "--yes").status != 0
    taken = fig("app", "adopt", "pages", "--yes")
    assert taken.status == 0, taken.err
    assert (set(owners(session, pages)), led(session)) == ({True}, before)
    if IS_FULL:
        done(fig, "app", "adopt", "pages", "--undo")
        assert (set(owners(session, pages)), led(session)) == ({False}, before)
        done(fig, "app", "adopt", "pages")
    assert {name: carriers(session, pages).get(name) for name in carried} == carried
    assert functions.said_goodbye == []
    assert [records_in(session, f"pages-test-{name}") for name in pages.workloads] == [[], []]

    manifest = (fig.root / "copilot/gate/manifest.yml").read_text()
    done(fig, "svc", "deploy", "--name", "gate", "--env", "test")
    assert (led(session), records_in(session, "pages-test-gate")) == (before, [])
    # Nor are they in the way of the application's deletion.
    app_now = find_application(session, "pages", Deploying(session))
    refuse_foreign_records(app_now, [find_environment(app_now, "test", Deploying(session))])
    without = re.sub(r"^nlb:\n(?: .*\n)+", "", manifest, flags=re.MULTILINE)
    fig.write("copilot/gate/manifest.yml", without.replace("http: false", "http: {path: /}"))
    done(fig, "svc", "deploy", "--name", "gate", "--env", "test")
    assert led(session).keys() == {BLOG}
    fig.write("copilot/gate/manifest.yml", manifest)
    done(fig, "svc", "deploy", "--name", "gate", "--env", "test")
    assert ({*led(session)}, records_in(session, "pages-test-gate")) == ({BLOG, GATE}, ["NLBDNSAliasInEnvironment"])
    done(fig, "svc", "delete", "--name", "blog", "--env", "test")
    assert led(session).keys() == {GATE}


def done(fig: Terminal, *words: str) -> None:
    found = fig(*words, "--yes")
    assert found.status == 0, found.err
