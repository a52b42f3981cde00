"""What an environment's network is made of, where AWS counts or orders things."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stranglerfig.aws.synth.environment import Features, environment_template
from stranglerfig.aws.synth.environment.rights import execution_statements
from stranglerfig.aws.synth.facts import AppFacts, EnvFacts, ImportedBalancer
from stranglerfig.aws.synth.template import to_tree, to_value
from stranglerfig.aws.synth.workload import workload_template
from stranglerfig.errors import UsageError
from stranglerfig.manifest.model import EnvironmentManifest
from tests.aws.releases import a_release

ENV = EnvFacts(AppFacts("forum", "1", "eu-west-1"), "test", "1", "eu-west-1", cdn_prefix_list="pl-1")
COMPANY = ImportedBalancer("arn:lb", "lb.example.com", "Z0LB", {"HTTP": "arn:listener"}, ("sg-1", "sg-2"))
SERVICE = "name: {}\ntype: Backend Service\nimage: {{location: nginx, port: 80}}\nhttp: {{path: /, alb: company}}\n"
OWN_GROUP = {"Fn::GetAtt": ["SecurityGroupForImportedALB", "GroupId"]}
EVERYTHING = Features(public_balancer=frozenset({"api"}), file_system=frozenset({"api"}))


def resources(body: dict[str, object], facts: EnvFacts = ENV) -> Any:
    return to_tree(environment_template(facts, EnvironmentManifest("test", body), EVERYTHING))["Resources"]


def imported(**subnets: list[str]) -> dict[str, object]:
    listed = {kind: [{"id": found} for found in ids] for kind, ids in subnets.items()}
    return {"network": {"vpc": {"id": "vpc-1", "subnets": listed}}}


def test_who_is_reached_from_the_internet_waits_for_the_way_there() -> None:
    assert resources({})["PublicLoadBalancer"]["DependsOn"] == ["InternetGatewayAttachment"]
    assert "DependsOn" not in resources(imported(public=["a", "b"]))["PublicLoadBalancer"]


def test_a_namespace_is_made_with_what_cloud_map_asks_for() -> None:
    statements: list[Any] = [to_value(one) for one in execution_statements(ENV)]

    asked = {action for one in statements for action in one["Action"] if one["Resource"] == "*"}
    assert asked >= {"ec2:DescribeVpcs", "ec2:DescribeRegions"}


@pytest.mark.parametrize(
    ("zones", "mounted"),
    [
        ({}, ["p1", "p2"]),
        ({"p1": "a", "p2": "b", "o1": "a", "o2": "b"}, ["p1", "p2"]),
        ({"p1": "a", "p2": "a", "o1": "a", "o2": "b"}, ["p1", "o2"]),
    ],
)
def test_a_zone_has_one_mount_target_and_no_zone_of_tasks_has_none(zones: dict[str, str], mounted: list[str]) -> None:
    made = resources(imported(private=["p1", "p2"], public=["o1", "o2"]), replace(ENV, subnet_zones=zones))

    targets = [one["Properties"]["SubnetId"] for name, one in made.items() if name.startswith("MountTarget")]
    assert targets == mounted


@pytest.mark.parametrize(
    ("networks", "groups"),
    [
        ([f"203.0.113.{at}/32" for at in range(5)], [6]),
        ([*(f"203.0.113.{at}/32" for at in range(5)), "2001:db8::/32"], [7]),
        ([f"203.0.113.{at}/32" for at in range(6)], [1, 6]),
    ],
)
def test_networks_stand_apart_where_a_group_is_full_of_cloudfronts_addresses(
    networks: list[str], groups: list[int]
) -> None:
    made = resources({"cdn": True, "http": {"public": {"ingress": {"cdn": True, "source_ips": networks}}}})

    listed = [one["Fn::GetAtt"][0] for one in made["PublicLoadBalancer"]["Properties"]["SecurityGroups"]]
    assert [len(made[name]["Properties"]["SecurityGroupIngress"]) for name in listed] == groups


def test_services_behind_one_imported_balancer_make_no_rule_twice() -> None:
    groups = []
    for name in ("api", "web"):
        release = replace(a_release(SERVICE.format(name)), balancer=COMPANY)
        made: Any = to_tree(workload_template(release))["Resources"]
        rules = [one["Properties"] for one in made.values() if one["Type"] == "AWS::EC2::SecurityGroupIngress"]
        assert [one["SourceSecurityGroupId"] for one in rules] == ["sg-1", "sg-2"]
        assert [one["GroupId"] for one in rules] == [OWN_GROUP] * 2
        groups.append(made["Service"]["Properties"]["NetworkConfiguration"]["AwsvpcConfiguration"]["SecurityGroups"])

    assert all(OWN_GROUP in one for one in groups)


def test_the_group_for_an_imported_balancer_counts_among_those_of_a_task() -> None:
    most = "network: {vpc: {security_groups: [sg-a, sg-b, sg-c, sg-d]}}\n"
    release = a_release(SERVICE.format("api") + most)
    assert workload_template(release)

    with pytest.raises(UsageError, match="at most 5 security groups on AWS, but is to have 6"):
        workload_template(replace(release, balancer=COMPANY))
    denied = SERVICE.format("api") + "network: {vpc: {security_groups: {deny_default: true, groups: [sg-a]}}}\n"
    made: Any = to_tree(workload_template(replace(a_release(denied), balancer=COMPANY)))["Resources"]
    assert "SecurityGroupForImportedALB" not in made
