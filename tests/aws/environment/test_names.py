"""Names of an environment: which records there are of them, where these lead, and which certificate they have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from stranglerfig.aws.inherited import kept_hosts
from stranglerfig.aws.synth.environment import Features, environment_parameters, environment_template
from stranglerfig.aws.synth.environment.aliases import record_id
from stranglerfig.aws.synth.environment.features import written
from stranglerfig.aws.synth.facts import AppFacts, EnvFacts
from stranglerfig.aws.synth.template import to_tree
from stranglerfig.aws.synth.workload import workload_template
from stranglerfig.errors import UsageError
from stranglerfig.manifest.model import EnvironmentManifest
from tests.aws.copilot.applications import tree
from tests.aws.goldens import all_goldens
from tests.aws.releases import a_release

APP = AppFacts("forum", "111122223333", "eu-west-1", domain="example.com", hosted_zone="Z0ROOT", own_zone="Z0FORUM")
ENV = EnvFacts(APP, "test", "111122223333", "eu-west-1")
ABROAD = replace(ENV, account="444455556666")
CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/11111111-aaaa-bbbb-cccc-000000000001"
CERTIFIED = {"http": {"public": {"certificates": [CERTIFICATE]}, "private": {"certificates": [CERTIFICATE]}}}
ONLY_CDN = {"cdn": True, "http": {"public": {"ingress": {"cdn": True}}}}
RECORDS = ("AWS::Route53::RecordSet", "AWS::Route53::RecordSetGroup")
SHARED = "www.example.com"
SERVICE = "name: {}\ntype: Load Balanced Web Service\nimage: {{location: nginx, port: 80}}\nhttp: {{path: {}{}}}\n"


def asking(*hosts: str) -> Features:
    return Features(public_balancer=frozenset({"api"}), aliases={"api": hosts})


def tree_of(facts: EnvFacts, body: Mapping[str, object], features: Features) -> Any:
    return to_tree(environment_template(facts, EnvironmentManifest("test", dict(body)), features))


def parameters_of(facts: EnvFacts, body: Mapping[str, object], features: Features, **known: str) -> dict[str, str]:
    return environment_parameters(facts, EnvironmentManifest("test", dict(body)), features, known)


def service(name: str, path: str, alias: str = "", **env: Any) -> Any:
    written = SERVICE.format(name, path, f", alias: {alias}" if alias else "")
    app = {"domain": "example.com", "hosted_zone": "Z0ROOT", "own_zone": "Z0FORUM"}
    return to_tree(workload_template(a_release(written, app=app, env=env)))


def asked_of(*hosts: str) -> dict[str, str]:
    """Parameters of the environment's stack."""
    return {"AppDNSName": "example.com", **written(asking(*hosts))}


def records_of(tree: Any) -> dict[str, Any]:
    return {name: one["Properties"] for name, one in tree["Resources"].items() if one["Type"] in RECORDS}


def names_of(facts: EnvFacts, *hosts: str) -> list[str]:
    found = tree_of(facts, {}, asking(*hosts))["Resources"]["HTTPSCertificate"]["Properties"]
    return [found["DomainName"], *found["SubjectAlternativeNames"]]


def test_services_that_share_a_host_share_its_record() -> None:
    features = Features(
        public_balancer=frozenset({"api", "web"}), aliases={"api": (SHARED,), "web": (SHARED.upper(), "a.example.com")}
    )

    of_env = records_of(tree_of(ENV, {}, features))

    assert [of_env[record_id(host)]["Name"] for host in (SHARED, "a.example.com")] == [SHARED, "a.example.com"]
    assert len(of_env) == 3, "and the delegation"
    for name, path in (("api", "/api"), ("web", "/")):
        assert records_of(service(name, path, SHARED)) == {}


def test_hosts_that_differ_by_a_mark_have_records_of_their_own() -> None:
    hosts = ("a-b.example.com", "ab.example.com", "a.b.example.com", "*.example.com", "a_b.example.com")

    assert len({record_id(host) for host in hosts}) == len(hosts)
    assert all(record_id(host).isalnum() for host in hosts)


def test_no_stack_writes_records_into_zones_of_another_account() -> None:
    found = tree_of(ABROAD, {}, asking("api.test.forum.example.com"))
    assert record_id("api.test.forum.example.com") in found["Resources"]

    body = {"http": {"public": {"certificates": [CERTIFICATE]}}}
    assert records_of(tree_of(ABROAD, body, asking("api.example.com"))) == {}


def test_a_record_that_is_there_already_is_not_made_again() -> None:
    kept = replace(ENV, kept_hosts=frozenset({SHARED}))

    found = records_of(tree_of(kept, {}, asking(SHARED, "new.example.com")))

    assert found.keys() == {record_id("new.example.com"), "EnvironmentDelegationRecordSet"}


def test_a_certificate_has_as_many_names_as_it_may() -> None:
    eight = [f"v{number}.example.com" for number in range(8)]
    more = [*eight, "example.com", "deep.api.forum.example.com", "*.forum.example.com", "www.forum.example.com"]

    assert names_of(ENV, *eight)[2:] == eight
    assert names_of(ENV, *more)[2:] == [
        "*.forum.example.com",
        "deep.api.forum.example.com",
        "example.com",
        "*.example.com",
    ]
    options = tree_of(ENV, {}, asking(*more))["Resources"]["HTTPSCertificate"]["Properties"]["DomainValidationOptions"]
    assert {one["DomainName"]: one["HostedZoneId"] for one in options}["*.example.com"] == "Z0ROOT"


def test_what_workloads_import_stays_when_certificates_are_imported() -> None:
    both = Features(public_balancer=frozenset({"api"}), internal_balancer=frozenset({"rates"}))
    before = tree_of(ENV, {}, both)
    has = replace(ENV, zones=frozenset({"EnvironmentHostedZone", "InternalWorkloadsHostedZone"}))

    after = tree_of(has, CERTIFIED, both)

    assert exports(before) - exports(after) == set()
    assert "HTTPSCertificate" not in after["Resources"]
    assert parameters_of(has, CERTIFIED, both).keys() == after["Parameters"].keys()
    assert "EnvironmentHostedZone" not in tree_of(ENV, CERTIFIED, both)["Resources"], "who begins with them needs none"


def exports(tree: Any) -> set[str]:
    return {one["Export"]["Name"]["Fn::Sub"] for one in tree["Outputs"].values() if "Export" in one}


@pytest.mark.parametrize(
    ("parameter", "features", "who", "field"),
    [
        ("CreateHTTPSListener", Features(public_balancer=frozenset({"api", "web"})), "api, web are", "public"),
        ("CreateInternalHTTPSListener", Features(internal_balancer=frozenset({"rates"})), "rates is", "private"),
    ],
)
def test_the_last_certificate_does_not_go_while_somebody_is_reached_by_it(
    parameter: str, features: Features, who: str, field: str
) -> None:
    bare = replace(ENV, app=replace(APP, domain=None))

    with pytest.raises(UsageError) as caught:
        parameters_of(bare, {}, features, **{parameter: "true"})

    assert caught.value.message == f"environment test cannot lose HTTPS: {who} reached by it"
    assert f"`http.{field}.certificates`" in (caught.value.hint or "")
    assert parameters_of(bare, CERTIFIED, features, **{parameter: "true"})[parameter] == "true"
    assert parameters_of(bare, {}, Features(), **{parameter: "true"})


def test_where_nobody_but_cloudfront_may_ask_names_lead_there() -> None:
    facts = replace(ENV, cdn_prefix_list="pl-1", cdn_certificate="arn:aws:acm:us-east-1:111122223333:certificate/1")
    configuration = tree_of(facts, ONLY_CDN, asking(SHARED))["Resources"]["CloudFrontDistribution"]["Properties"]
    [record] = records_of(service("web", "/", only_cdn=True, cdn_has_names=True)).values()
    [direct] = records_of(service("web", "/", cdn_has_names=True)).values()
    proxy = next(case for case in all_goldens() if case.name == "proxy-with-a-domain")

    assert configuration["DistributionConfig"]["Aliases"] == ["*.test.forum.example.com", SHARED]
    assert "CloudFrontDomainName" in str(record)
    assert "PublicLoadBalancerDNS" in str(direct)
    assert "PublicLoadBalancerDNS" in str(records_of(proxy.tree())["Record"])


@pytest.mark.parametrize(
    ("facts", "body", "policy"),
    [
        (replace(ENV, app=replace(APP, domain=None)), {"cdn": True}, "http-only"),
        (ENV, {"cdn": True}, "match-viewer"),
        (ENV, {"cdn": {"terminate_tls": True}}, "http-only"),
    ],
)
def test_cloudfront_asks_by_https_only_where_somebody_listens(
    facts: EnvFacts, body: dict[str, object], policy: str
) -> None:
    made = tree_of(facts, body, asking())["Resources"]["CloudFrontDistribution"]["Properties"]

    assert made["DistributionConfig"]["Origins"][0]["CustomOriginConfig"]["OriginProtocolPolicy"] == policy


def test_records_that_a_function_of_copilots_made_are_known_as_such_ever_after() -> None:
    asked = {
        "AppDNSName": "example.com",
        "ALBWorkloads": "front",
        "Aliases": json.dumps({"front": [SHARED], "gone": ["old.example.com"]}),
    }
    copilots = tree("environment")
    kept = kept_hosts(copilots, asked)
    assert kept == {SHARED}

    ours: Any = tree_of(replace(ENV, kept_hosts=kept), {}, asking(SHARED, "new.example.com"))
    then = asked_of(SHARED, "new.example.com")
    assert kept_hosts(ours, then) == kept
    assert kept_hosts(ours, asked_of("new.example.com")) == frozenset()


def test_of_an_environment_without_names_of_its_own_nobody_made_records() -> None:
    assert kept_hosts(tree_of(ENV, CERTIFIED, asking(SHARED)), asked_of(SHARED)) == frozenset()
