"""The certificate that CloudFront has in us-east-1 of an environment elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from stranglerfig.aws.cdn_certificates import REPLICATOR, copied_certificate
from stranglerfig.aws.session import Access, Session, open_session
from stranglerfig.aws.stacks.deploy import Deploying, deploy
from stranglerfig.aws.stacks.stacks import Stacks
from stranglerfig.aws.stacks.values import to_order
from stranglerfig.aws.synth.environment.aliases import record_id
from tests.aws.copilot.functions import functions_of_copilot
from tests.aws.rights.policies import policies_of
from tests.aws.standin.cloud import Cloud
from tests.aws.workspaces import MANIFESTS, Terminal, workspace

EDGE, STACK = "us-east-1", "pages-prod-cdn-certificate"
WEB, API = "www.pages.example", "api.pages.example"
ENV = ("--env", "prod")


@pytest.fixture(scope="module")
def fig(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """In a workspace with a domain, whose environment is begun, and is to be behind CloudFront."""
    root = tmp_path_factory.mktemp("pages")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIG_HOME", str(root / "home"))
        open_session(Access()).client("route53").create_hosted_zone(Name="pages.example", CallerReference="pages")
        terminal = workspace(root, "pages")
        terminal.write("copilot/.workspace", "application: pages\ndomain: pages.example\n")
        assert terminal("env", "init", "--name", "prod", "--target", "aws").status == 0
        path = "copilot/environments/prod/manifest.yml"
        terminal.write(path, Path(root, path).read_text() + "cdn: true\n")
        yield terminal


def deployed(fig: Terminal, name: str, host: str) -> None:
    fig.write_manifest(name, MANIFESTS["web"].replace("web", name).replace("path: /", f"path: {name}, alias: {host}"))
    found = fig("svc", "deploy", "--name", name, *ENV)
    assert found.status == 0, found.err


def certificate(session: Session) -> tuple[str, list[str]]:
    """Its ARN, and the names that it is asked for."""
    stacks = Stacks(session, EDGE)
    asked: Any = json.loads(stacks.template(STACK))["Resources"]["Certificate"]["Properties"]
    return stacks.require(STACK).outputs["CertificateArn"], asked["SubjectAlternativeNames"]


def distribution(session: Session) -> dict[str, Any]:
    tree = json.loads(Stacks(session).template("pages-prod"))
    found: dict[str, Any] = tree["Resources"]["CloudFrontDistribution"]["Properties"]["DistributionConfig"]
    return found


def is_served(session: Session, *hosts: str) -> bool:
    arn, names = certificate(session)
    found = distribution(session)
    has_it = found["ViewerCertificate"]["AcmCertificateArn"] == arn
    return has_it and set(found["Aliases"]) == set(hosts) and set(hosts) <= set(names)


def write_as_a_function_did(session: Session, host: str) -> None:
    """Once its record is no stack's any more: one that leads elsewhere."""
    stack = Stacks(session).require("pages-prod")
    tree = json.loads(Stacks(session).template(stack.name))
    del tree["Resources"][record_id(host)]
    deploy(to_order(stack.name, tree, parameters=stack.parameters, tags=stack.tags), Deploying(session))
    target = {"HostedZoneId": "Z1OLD", "DNSName": "old.elb.amazonaws.com", "EvaluateTargetHealth": False}
    record = {"Name": host, "Type": "A", "AliasTarget": target}
    changes = [{"Action": "CREATE", "ResourceRecordSet": record}]
    session.client("route53").change_resource_record_sets(HostedZoneId=root(session), ChangeBatch={"Changes": changes})


def leads(session: Session, host: str) -> list[str]:
    found = session.client("route53").list_resource_record_sets(HostedZoneId=root(session))["ResourceRecordSets"]
    return [one["AliasTarget"]["DNSName"].rstrip(".") for one in found if one["Name"].rstrip(".") == host]


def root(session: Session) -> str:
    zones = session.client("route53").list_hosted_zones()["HostedZones"]
    return next(str(one["Id"]).rpartition("/")[2] for one in zones if one["Name"] == "pages.example.")


def prove(session: Session, stack: str, zone: str, name: str) -> None:
    """As CloudFormation does for a certificate, and leaves it."""
    [made] = [one.physical for one in Stacks(session).resources(stack) if one.logical == zone]
    record = {"Name": name, "Type": "CNAME", "TTL": 300, "ResourceRecords": [{"Value": "_x.acm-validations.aws."}]}
    changes = [{"Action": "CREATE", "ResourceRecordSet": record}]
    session.client("route53").change_resource_record_sets(HostedZoneId=made, ChangeBatch={"Changes": changes})


def without_cdn(fig: Terminal) -> None:
    path = "copilot/environments/prod/manifest.yml"
    fig.write(path, Path(fig.root, path).read_text().replace("cdn: true\n", ""))


def may_look_after_it(session: Session) -> bool:
    """CloudFormation, by the role that its stack acts as."""
    tree: Any = json.loads(Stacks(session).template("pages-prod"))
    role = policies_of(tree["Resources"]["CloudformationExecutionRole"])
    return role.may("acm:DeleteCertificate", f"arn:aws:acm:{EDGE}:111122223333:certificate/1")


def test_it_comes_with_the_environment_follows_its_aliases_and_goes(
    fig: Terminal, cloud: Cloud, session: Session
) -> None:
    assert fig("env", "deploy", "--name", "prod").status == 0
    assert distribution(session)["ViewerCertificate"]["AcmCertificateArn"] == certificate(session)[0]
    deployed(fig, "web", WEB)
    assert is_served(session, WEB)
    write_as_a_function_did(session, WEB)
    deployed(fig, "api", API)
    assert is_served(session, WEB, API)
    assert (
        leads(session, WEB)
        == leads(session, API)
        == [Stacks(session).require("pages-prod").outputs["CloudFrontDomainName"]]
    )
    made = [
        one for one in cloud.calls if one.action == "CreateChangeSet" and parse_qs(one.body)["StackName"] == [STACK]
    ]
    assert made, "a stack in us-east-1"
    assert all("Credential=ASIA" in one.authorization for one in made), "by the role of the environment"
    assert all(parse_qs(one.body)["RoleARN"][0].endswith("/pages-prod-CFNExecutionRole") for one in made)

    prove(session, "pages-prod", "EnvironmentHostedZone", "_1.prod.pages.pages.example")
    prove(session, "pages-infrastructure-roles", "AppHostedZone", "_2.pages.pages.example")
    for name in ("api", "web"):
        assert fig("svc", "delete", "--name", name, *ENV, "--yes").status == 0
    assert leads(session, WEB) == leads(session, API) == []
    without_cdn(fig)
    assert fig("env", "deploy", "--name", "prod").status == 0
    assert "CloudFrontDistribution" not in json.loads(Stacks(session).template("pages-prod"))["Resources"]
    assert may_look_after_it(session), "until its stack is gone"
    gone = fig("env", "delete", "--name", "prod", "--yes")
    assert gone.status == 0, gone.err
    assert Stacks(session, EDGE).find(STACK) is None
    gone = fig("app", "delete", "--target", "aws", "--yes")
    assert gone.status == 0, gone.err
    zones = session.client("route53").list_hosted_zones()["HostedZones"]
    assert [one["Name"] for one in zones if "pages.example" in one["Name"]] == ["pages.example."]


def test_a_distribution_that_is_taken_over_keeps_the_copy_that_a_function_has_made(session: Session) -> None:
    properties = {"ServiceToken": "function", "AppName": "shop", "EnvName": "test", "DomainName": "example.com"}
    replicator = {"Type": "Custom::CertificateValidationFunction", "Properties": properties}
    outputs = {"Arn": {"Value": {"Ref": REPLICATOR}}}
    tree: dict[str, object] = {"Resources": {REPLICATOR: replicator}, "Outputs": outputs}
    with functions_of_copilot():
        outcome = deploy(to_order("shop-test", tree), Deploying(session))

    assert outcome.stack is not None
    assert copied_certificate(Stacks(session), "shop-test", tree) == outcome.stack.outputs["Arn"]
    assert copied_certificate(Stacks(session), "shop-test", {}) is None
