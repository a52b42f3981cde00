"""Certificates of sites that are elsewhere than CloudFront looks for them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from stranglerfig.aws.applications import AppWish, begin_application
from stranglerfig.aws.beginning import begin_environment
from stranglerfig.aws.session import Session
from stranglerfig.aws.site_certificates import certified, known_certificate, take_back
from stranglerfig.aws.stacks.deploy import Deploying
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.synth.facts import Release
from stranglerfig.aws.synth.site.certificate import certificate_template
from stranglerfig.errors import UsageError
from tests.aws.goldens import ACCOUNT
from tests.aws.releases import a_release
from tests.aws.standin.cloud import Cloud
from tests.aws.standin.formation import SCRIPT
from tests.aws.trees import properties
from tests.aws.workspaces import MANIFESTS, workspace

PLANNED = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/to-be-issued"
TAGS = {"copilot-application": "forum", "copilot-environment": "test"}


@pytest.fixture
def zone(session: Session) -> str:
    found = session.client("route53").create_hosted_zone(Name="test.forum.example.com", CallerReference="1")
    return str(found["HostedZone"]["Id"]).rpartition("/")[2]


def site(http: str, **env: str) -> Release:
    return a_release(f"name: docs\ntype: Static Site\nhttp: {http}\n", app={"domain": "example.com"}, env=env)


def test_it_is_issued_once_and_taken_back_with_the_site(session: Session, zone: str) -> None:
    how = Deploying(session)
    wanted = site("{alias: docs.test.forum.example.com}")
    assert known_certificate(session, wanted).certificate == PLANNED

    first = certified(wanted, how, zone, TAGS)
    [issued] = session.client("acm", "us-east-1").list_certificates()["CertificateSummaryList"]
    assert first.certificate == issued["CertificateArn"]
    assert issued["DomainName"] == "docs.test.forum.example.com"
    assert certified(wanted, how, zone, TAGS) == known_certificate(session, wanted) == first
    assert session.client("acm").list_certificates()["CertificateSummaryList"] == []

    take_back("forum", "test", "docs", how)
    # moto forgets a stack's certificates without deleting them.
    assert known_certificate(session, wanted).certificate == PLANNED
    take_back("forum", "test", "docs", how)


@pytest.mark.parametrize(
    "release",
    [
        pytest.param(site("{alias: docs.test.forum.example.com}", region="us-east-1"), id="at the edge"),
        pytest.param(
            site(
                "{alias: docs.example.com, certificate:"
                " 'arn:aws:acm:us-east-1:111122223333:certificate/0d2bf6c1-3d0e-4c31-9e2d-9a3b5f2a7c11'}"
            ),
            id="one of the user's own",
        ),
        pytest.param(site("{}"), id="no host"),
        pytest.param(a_release("name: mailer\ntype: Worker Service\nimage: {location: nginx}\n"), id="no site"),
    ],
)
def test_what_needs_none_gets_none(release: Release, session: Session) -> None:
    assert certified(release, Deploying(session), None, TAGS) is release
    assert known_certificate(session, release) is release


def test_a_site_with_a_host_goes_to_aws_and_away_again(cloud: Cloud, session: Session, tmp_path: Path) -> None:
    session.client("route53").create_hosted_zone(Name="pages.example", CallerReference="2")
    fig = workspace(tmp_path, "pages")
    fig.write("copilot/.workspace", "application: pages\ndomain: pages.example\n")
    fig.write_manifest("site", MANIFESTS["site"] + "http: {alias: www.pages.example}\n")
    fig.write("public/index.html", "<h1>hello</h1>")
    for words in (("env", "init"), ("env", "deploy")):
        begun = fig(*words, "--name", "prod", *(("--target", "aws") if "init" in words else ()))
        assert begun.status == 0, begun.err

    planned = fig("svc", "package", "--name", "site", "--env", "prod")
    assert (planned.status, "certificate/to-be-issued" in planned.out) == (0, True), planned.err
    deployed = fig("svc", "deploy", "--name", "site", "--env", "prod")
    assert deployed.status == 0, deployed.err
    issued = Stacks(session, "us-east-1").require("pages-prod-site-certificate").outputs["CertificateARN"]
    template = json.loads(Stacks(session).template("pages-prod-site"))
    assert issued in json.dumps(template["Resources"]["CloudFrontDistribution"])
    again = fig("svc", "deploy", "--name", "site", "--env", "prod")
    assert "site is unchanged: nothing to deploy" in again.err

    gone = fig("svc", "delete", "--name", "site", "--env", "prod", "--yes")
    assert gone.status == 0, gone.err
    assert Stacks(session, "us-east-1").find("pages-prod-site-certificate") is None


def records(session: Session) -> list[tuple[str, str]]:
    route53 = session.client("route53")
    zones = [one["Id"] for one in route53.list_hosted_zones()["HostedZones"]]
    found = [
        one for zone in zones for one in route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    ]
    return [(one["Name"].rstrip("."), one["Type"]) for one in found]


def test_in_another_account_the_environments_roles_have_it_issued(
    cloud: Cloud, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who deploys is nobody there."""
    monkeypatch.setenv("FIG_HOME", str(tmp_path / "home"))
    cloud.denials.clear()
    session.client("route53").create_hosted_zone(Name="far.example", CallerReference="3")
    fig = workspace(tmp_path / "work", "far")
    fig.write_manifest("site", MANIFESTS["site"] + "http: {alias: www.test.far.far.example}\n")
    fig.write("public/index.html", "<h1>hello</h1>")
    there = session.assume("arn:aws:iam::444455556666:role/its-administrator", session.region)
    app = begin_application(session, AppWish("far", "far.example"), Deploying(session))
    begin_environment(app, "test", there, Deploying(session))
    fig.write("copilot/environments/test/manifest.yml", "name: test\ntype: Environment\n")
    SCRIPT.broken["Cluster"] = "there is no room"
    failed = fig("env", "deploy", "--name", "test")
    SCRIPT.broken.clear()
    assert (failed.status, "there is no room" in failed.err) == (7, True), failed.err
    assert ("test.far.far.example", "NS") not in records(session), "its zone is gone"
    for words in (("env", "deploy", "--name", "test"), ("svc", "deploy", "--name", "site", "--env", "test")):
        done = fig(*words)
        assert done.status == 0, done.err

    assert ("test.far.far.example", "NS") in records(session)
    arn = Stacks(there, "us-east-1").require("far-test-site-certificate").outputs["CertificateARN"]
    assert arn.split(":")[3:5] == ["us-east-1", "444455556666"]
    assert arn in Stacks(there).template("far-test-site")

    for words in (("svc", "delete", "--name", "site", "--env", "test"), ("env", "delete", "--name", "test")):
        gone = fig(*words, "--yes")
        assert gone.status == 0, gone.err
    assert Stacks(there, "us-east-1").find("far-test-site-certificate") is None
    assert there.client("route53").list_hosted_zones()["HostedZones"] == []
    # It takes its own rights away, and itself then.
    assert [one for one in cloud.denials if "EnvManagerRole" not in one or "iam:DeleteRole" not in one] == []


@pytest.mark.parametrize(
    ("host", "zone"),
    [("docs.example.com", "Z0ROOT"), ("docs.forum.example.com", "Z0FORUM"), ("docs.test.forum.example.com", "Z0ENV")],
)
def test_the_zone_of_the_host_is_asked_for_the_proof(host: str, zone: str) -> None:
    facts = {"domain": "example.com", "hosted_zone": "Z0ROOT", "own_zone": "Z0FORUM"}
    release = a_release(f"name: docs\ntype: Static Site\nhttp: {{alias: {host}}}\n", app=facts)

    proofs = properties(certificate_template(release, "Z0ENV"), "Certificate")["DomainValidationOptions"]
    assert proofs == [{"DomainName": host, "HostedZoneId": zone}]


def test_a_host_whose_zone_is_not_known_is_refused() -> None:
    release = site("{alias: docs.test.forum.example.com}")

    with pytest.raises(UsageError, match=r"http.alias: docs.test.forum.example.com is not below a domain"):
        certificate_template(release, None)
    with pytest.raises(UsageError, match=r"http.alias: docs.test.forum.example.com is not below a domain"):
        certificate_template(replace(release, env=replace(release.env, public_certificates=True)), "Z0ENV")
