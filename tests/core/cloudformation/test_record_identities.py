from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from stranglerfig.core.cloudformation.templates.record_identities import NewRecord, made_up
from stranglerfig.core.cloudformation.templates.resource_types import Kind, find_type, known_types

ACCOUNT = "123456789012"
HEX = "[0-9a-f]{17}"
MADE_NAME = "forum-It-[A-Z2-7]{12}"


def record(type_: str, seed: bytes = b"seed", **more: Any) -> NewRecord:
    return replace(NewRecord(type_, ACCOUNT, "eu-west-1", "forum", "It", seed), **more)


@pytest.mark.parametrize("type_", [name for name in known_types() if (t := find_type(name)) and t.kind is Kind.RECORD])
def test_a_record_has_an_id_and_every_attribute_of_its_type(type_: str) -> None:
    found = find_type(type_)
    physical_id, attributes = made_up(record(type_), {})

    assert physical_id
    assert found is not None
    assert attributes.keys() == found.read_only
    assert made_up(record(type_), {}) == (physical_id, attributes)


@pytest.mark.parametrize(
    ("type_", "properties", "shape"),
    [
        ("AWS::EC2::VPC", {}, f"vpc-{HEX}"),
        ("AWS::EC2::Subnet", {}, f"subnet-{HEX}"),
        ("AWS::EC2::SecurityGroup", {}, f"sg-{HEX}"),
        ("AWS::EC2::NatGateway", {}, f"nat-{HEX}"),
        ("AWS::EC2::EIP", {}, r"203\.0\.113\.\d+"),
        ("AWS::EC2::Route", {"RouteTableId": "rtb-1", "DestinationIpv6CidrBlock": "::/0"}, r"rtb-1\|::/0"),
        ("AWS::EC2::VPCGatewayAttachment", {"VpcId": "vpc-1", "InternetGatewayId": "igw-1"}, r"IGW\|vpc-1"),
        ("AWS::EC2::VPCDHCPOptionsAssociation", {"VpcId": "vpc-1", "DhcpOptionsId": "dopt-1"}, r"dopt-1\|vpc-1"),
        ("AWS::IAM::Role", {}, MADE_NAME),
        ("AWS::IAM::Role", {"RoleName": "reader"}, "reader"),
        ("AWS::IAM::ManagedPolicy", {"Path": "/a/"}, f"arn:aws:iam::{ACCOUNT}:policy/a/{MADE_NAME}"),
        ("AWS::IAM::ServiceLinkedRole", {"AWSServiceName": "ecs.amazonaws.com"}, "AWSServiceRoleForEcs"),
        ("AWS::Logs::LogGroup", {"LogGroupName": "/forum"}, "/forum"),
        ("AWS::ECS::Cluster", {}, MADE_NAME),
        ("AWS::ServiceDiscovery::PrivateDnsNamespace", {}, "ns-[a-z2-7]{16}"),
    ],
)
def test_a_ref_has_the_shape_that_it_has_in_aws(type_: str, properties: dict[str, Any], shape: str) -> None:
    physical_id, _ = made_up(record(type_), properties)

    assert re.fullmatch(shape, physical_id), physical_id


@pytest.mark.parametrize(
    ("type_", "properties", "attribute", "shape"),
    [
        ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}, "CidrBlock", "10.0.0.0/16"),
        ("AWS::EC2::VPC", {}, "VpcId", f"vpc-{HEX}"),
        ("AWS::EC2::VPC", {}, "DefaultSecurityGroup", f"sg-{HEX}"),
        ("AWS::EC2::VPC", {}, "DefaultNetworkAcl", f"acl-{HEX}"),
        ("AWS::EC2::Subnet", {}, "AvailabilityZone", "eu-west-1[abc]"),
        ("AWS::EC2::Subnet", {"AvailabilityZone": "eu-west-1c"}, "AvailabilityZone", "eu-west-1c"),
        ("AWS::EC2::SecurityGroup", {"VpcId": "vpc-1"}, "VpcId", "vpc-1"),
        ("AWS::EC2::SecurityGroup", {}, "GroupId", f"sg-{HEX}"),
        ("AWS::EC2::EIP", {}, "AllocationId", f"eipalloc-{HEX}"),
        ("AWS::IAM::Role", {"RoleName": "a", "Path": "/b/"}, "Arn", f"arn:aws:iam::{ACCOUNT}:role/b/a"),
        ("AWS::IAM::Role", {}, "RoleId", "AROA[A-Z2-7]{17}"),
        ("AWS::IAM::InstanceProfile", {}, "Arn", f"arn:aws:iam::{ACCOUNT}:instance-profile/{MADE_NAME}"),
        ("AWS::Logs::LogGroup", {"LogGroupName": "a"}, "Arn", rf"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:a:\*"),
        ("AWS::ECS::Cluster", {"ClusterName": "a"}, "Arn", f"arn:aws:ecs:eu-west-1:{ACCOUNT}:cluster/a"),
    ],
)
def test_an_attribute_has_the_shape_that_it_has_in_aws(
    type_: str, properties: dict[str, Any], attribute: str, shape: str
) -> None:
    _, attributes = made_up(record(type_), properties)

    assert re.fullmatch(shape, attributes[attribute]), attributes[attribute]


def test_another_seed_makes_another_thing_and_an_update_the_same() -> None:
    first, _ = made_up(record("AWS::EC2::VPC"), {"CidrBlock": "10.0.0.0/16"})
    other, _ = made_up(record("AWS::EC2::VPC", b"other"), {"CidrBlock": "10.0.0.0/16"})
    updated, attributes = made_up(record("AWS::EC2::VPC"), {"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": True})

    assert first != other
    assert (updated, attributes["EnableDnsHostnames"]) == (first, True)


def test_made_up_names_are_as_short_as_iam_wants_them() -> None:
    name, _ = made_up(record("AWS::IAM::Role", stack_name="s" * 128, logical_id="L" * 255), {})

    assert re.fullmatch("s+-L+-[A-Z2-7]{12}", name)
    assert len(name) == 64


def test_arns_of_other_partitions_say_so() -> None:
    _, attributes = made_up(record("AWS::ECS::Cluster", region="cn-north-1"), {"ClusterName": "a"})

    assert attributes["Arn"] == f"arn:aws-cn:ecs:cn-north-1:{ACCOUNT}:cluster/a"
