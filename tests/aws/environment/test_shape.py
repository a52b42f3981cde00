"""An environment's manifest as typed values."""

from __future__ import annotations

import pytest

from stranglerfig.aws.synth.environment.shape import (
    AccessLogs,
    Cdn,
    EnvironmentShape,
    ImportedVpc,
    ManagedVpc,
    StaticAssets,
    Subnet,
    Traffic,
    first_subnets,
    shape_of,
)
from stranglerfig.manifest.build_model import build_model
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.load import Request, load_manifest


def shape(*lines: str) -> EnvironmentShape:
    text = "\n".join(["name: test", "type: Environment", *lines])
    return shape_of(build_model(load_manifest(text.encode(), Request("manifest.yml", KINDS))).body)


def test_an_environment_of_which_nothing_is_said_is_as_copilot_makes_it() -> None:
    subnets = [Subnet(f"10.0.{number}.0/24") for number in range(4)]

    assert shape() == EnvironmentShape(ManagedVpc("10.0.0.0/16", tuple(subnets[:2]), tuple(subnets[2:])))


@pytest.mark.parametrize(
    ("cidr", "first", "last"),
    [
        ("10.0.0.0/16", "10.0.0.0/24", "10.0.3.0/24"),
        ("10.9.0.0/8", "10.0.0.0/24", "10.0.3.0/24"),
        ("172.16.4.0/22", "172.16.4.0/24", "172.16.7.0/24"),
        ("172.16.4.0/26", "172.16.4.0/28", "172.16.4.48/28"),
    ],
)
def test_subnets_that_are_not_said_are_within_the_vpc(cidr: str, first: str, last: str) -> None:
    found = first_subnets(cidr)

    assert (found[0], found[-1], len(found)) == (first, last, 4)
    assert first_subnets("172.16.4.0/24", 6)[5] == "172.16.4.160/27"


def test_a_vpc_is_imported_or_has_subnets_of_its_own() -> None:
    imported = shape("network: {vpc: {id: vpc-1, subnets: {private: [{id: a}, {id: b}]}}}").vpc
    subnets = "public: [{cidr: 10.1.0.0/24, az: eu-west-1a}, {cidr: 10.1.1.0/24, az: eu-west-1b}]"
    private = "private: [{cidr: 10.1.2.0/24, az: eu-west-1a}, {cidr: 10.1.3.0/24, az: eu-west-1b}]"
    own = shape(f"network: {{vpc: {{cidr: 10.1.0.0/16, subnets: {{{subnets}, {private}}}}}}}").vpc

    assert imported == ImportedVpc("vpc-1", private=("a", "b"))
    assert isinstance(own, ManagedVpc)
    assert own.private[1] == Subnet("10.1.3.0/24", "eu-west-1b")


def test_ports_of_a_rule_are_one_or_a_range() -> None:
    one = "{cidr: 10.0.0.0/8, ip_protocol: tcp, ports: 80}"
    many = '{cidr: 10.0.0.0/8, ip_protocol: udp, ports: "80-90"}'

    found = shape(f"network: {{vpc: {{security_group: {{ingress: [{one}], egress: [{many}]}}}}}}")

    assert found.ingress == (Traffic("10.0.0.0/8", "tcp", 80, 80),)
    assert found.egress == (Traffic("10.0.0.0/8", "udp", 80, 90),)


@pytest.mark.parametrize(("said", "days"), [("true", 14), ("false", None), ("{retention: 30}", 30), ("{}", 14)])
def test_flow_logs_are_kept_for_two_weeks_unless_said_otherwise(said: str, days: int | None) -> None:
    assert shape(f"network: {{vpc: {{flow_logs: {said}}}}}").flow_log_days == days


def test_access_logs_go_to_a_bucket_that_is_named_or_to_a_new_one() -> None:
    assert shape("http: {public: {access_logs: true}}").public.access_logs == AccessLogs()
    assert shape("http: {public: {access_logs: false}}").public.access_logs is None
    assert shape("http: {public: {access_logs: {bucket_name: b, prefix: p}}}").public.access_logs == AccessLogs(
        "b", "p"
    )


def test_the_older_words_for_who_may_connect_mean_the_same() -> None:
    older = "http: {public: {security_groups: {ingress: {restrict_to: {source_ips: [10.0.0.0/8], cdn: true}}}}}"
    newer = "http: {public: {ingress: {source_ips: [10.0.0.0/8], cdn: true}}}"

    assert shape(older, "cdn: true").public == shape(newer, "cdn: true").public
    assert shape(newer, "cdn: true").public.only_cdn
    older, newer = (
        "http: {private: {security_groups: {ingress: {from_vpc: true}}}}",
        "http: {private: {ingress: {vpc: true}}}",
    )
    assert shape(older).internal == shape(newer).internal
    assert shape(newer).internal.whole_vpc


def test_a_content_network_is_on_or_has_settings() -> None:
    assets = "static_assets: {location: b.s3.amazonaws.com, alias: cdn.example.com, path: static/*}"

    assert shape("cdn: true").cdn == Cdn()
    assert shape("cdn: false").cdn is None
    found = shape(f"cdn: {{terminate_tls: true, {assets}}}").cdn
    assert found == Cdn(None, True, StaticAssets("b.s3.amazonaws.com", "cdn.example.com", "static/*"))
