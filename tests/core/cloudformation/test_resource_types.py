from __future__ import annotations

from typing import Any

import pytest

from stranglerfig.core.cloudformation.templates.resource_types import (
    Difference,
    Kind,
    ResourceType,
    changed_paths,
    find_type,
    known_types,
    problems_of,
)
from stranglerfig.core.cloudformation.templates.scope import UNKNOWN
from tools import gen_resource_types

ROUTE = "AWS::RefactorSpaces::Route"
IDS = {"EnvironmentIdentifier": "env-1", "ApplicationIdentifier": "app-1", "ServiceIdentifier": "svc-1"}


def type_of(name: str) -> ResourceType:
    found = find_type(name)
    assert found is not None, name
    return found


def route(**path: Any) -> dict[str, Any]:
    return {**IDS, "RouteType": "URI_PATH", "UriPathRoute": {"ActivationState": "ACTIVE", "SourcePath": "/a", **path}}


def test_the_types_of_refactor_spaces_are_real_and_the_others_records() -> None:
    kinds = {name: type_of(name).kind for name in known_types()}

    assert {name for name, kind in kinds.items() if kind is Kind.REAL} == {
        f"AWS::RefactorSpaces::{name}" for name in ("Environment", "Application", "Service", "Route")
    }
    assert len(kinds) > 50
    assert find_type("AWS::Lambda::Function") is None


def test_a_type_knows_what_its_schema_says() -> None:
    found = type_of(ROUTE)

    assert found.required == {*IDS, "RouteType"}
    assert found.read_only == {"Arn", "PathResourceToId", "RouteIdentifier"}
    assert "UriPathRoute.SourcePath" in found.create_only
    assert "UriPathRoute.ActivationState" not in found.create_only
    assert {"UriPathRoute", "DefaultRoute", "Tags"} < {*found.properties}
    assert type_of("AWS::EC2::VPC").conditional_create_only == {"InstanceTenancy"}
    assert {"CidrBlock", "DefaultSecurityGroup", "VpcId"} < type_of("AWS::EC2::VPC").read_only


def test_every_path_that_is_create_only_leads_to_a_property() -> None:
    for name in known_types():
        found = type_of(name)
        for path in found.create_only | found.conditional_create_only:
            members = found.properties
            for word in path.split("."):
                assert word in members, (name, path)
                members = members[word].members


@pytest.mark.parametrize(
    ("type_", "properties", "said"),
    [
        (ROUTE, route(), ()),
        (ROUTE, {**route(), "ServiceIdentifier": UNKNOWN, "Tags": [{"Key": "a", "Value": UNKNOWN}]}, ()),
        (
            ROUTE,
            {**IDS, "RouteType": "DEFAULT", "DefaultRoute": {}},
            ("Property DefaultRoute.ActivationState is required",),
        ),
        (ROUTE, {**route(), "RouteType": 1}, ("Value of property RouteType must be of type String",)),
        (ROUTE, route(Methods="GET"), ("Value of property UriPathRoute.Methods must be of type List",)),
        (ROUTE, route(Methods=[1]), ("Value of property UriPathRoute.Methods.0 must be of type String",)),
        (
            ROUTE,
            route(IncludeChildPaths="maybe"),
            ("Value of property UriPathRoute.IncludeChildPaths must be of type Boolean",),
        ),
        (ROUTE, {**route(), "UriPathRoute": []}, ("Value of property UriPathRoute must be of type Map",)),
        (
            "AWS::EC2::Subnet",
            {"Name": "a", "Tags": [{"Key": "b", "Weight": 1}], "Ipv4NetmaskLength": True},
            (
                "Encountered unsupported property Name",
                "Property VpcId is required",
                "Encountered unsupported property Tags.0.Weight",
                "Property Tags.0.Value is required",
                "Value of property Ipv4NetmaskLength must be of type Integer",
            ),
        ),
        ("AWS::EC2::VPC", {"VpcId": "vpc-1"}, ("Encountered unsupported property VpcId",)),
        ("AWS::IAM::Role", {"AssumeRolePolicyDocument": {"any": ["thing"]}}, ()),
    ],
)
def test_what_a_schema_has_against_properties_is_said(
    type_: str, properties: dict[str, Any], said: tuple[str, ...]
) -> None:
    assert problems_of(type_of(type_), properties) == said


@pytest.mark.parametrize(
    ("type_", "before", "after", "difference"),
    [
        (ROUTE, route(), route(), Difference((), "False")),
        (ROUTE, route(), route(ActivationState="INACTIVE"), Difference(("UriPathRoute",), "False")),
        (ROUTE, route(), {**route(), "Tags": [{"Key": "a", "Value": "b"}]}, Difference(("Tags",), "False")),
        (ROUTE, route(), route(SourcePath="/b"), Difference(("UriPathRoute",), "True")),
        (ROUTE, route(), route(Methods=["GET"]), Difference(("UriPathRoute",), "True")),
        (ROUTE, route(Methods=["GET", "PUT"]), route(Methods=["PUT", "GET"]), Difference((), "False")),
        (ROUTE, route(), {**route(), "ServiceIdentifier": "svc-2"}, Difference(("ServiceIdentifier",), "True")),
        (ROUTE, route(), {**route(), "ServiceIdentifier": UNKNOWN}, Difference(("ServiceIdentifier",), "Conditional")),
        (ROUTE, route(), {**route(), "UriPathRoute": UNKNOWN}, Difference(("UriPathRoute",), "Conditional")),
        (ROUTE, route(), route(SourcePath=UNKNOWN, Methods=["GET"]), Difference(("UriPathRoute",), "True")),
        (
            "AWS::EC2::VPC",
            {"EnableDnsSupport": True},
            {"EnableDnsSupport": False},
            Difference(("EnableDnsSupport",), "False"),
        ),
        ("AWS::EC2::VPC", {}, {"InstanceTenancy": "default"}, Difference(("InstanceTenancy",), "Conditional")),
        (
            "AWS::EC2::VPC",
            {"CidrBlock": "a"},
            {"CidrBlock": "b", "Tags": UNKNOWN},
            Difference(("CidrBlock", "Tags"), "True"),
        ),
        ("AWS::EC2::VPC", {"Tags": []}, {"Tags": [{"Key": "a", "Value": UNKNOWN}]}, Difference(("Tags",), "False")),
    ],
)
def test_what_changes_and_what_must_be_replaced_is_told(
    type_: str, before: dict[str, Any], after: dict[str, Any], difference: Difference
) -> None:
    assert changed_paths(type_of(type_), before, after) == difference


def test_the_tables_are_what_the_schemas_say() -> None:
    """A newer cfn-lint may know more; with the one they were made of they are the same to the letter."""
    rendered = {
        name: gen_resource_types.render(title, types) for name, (title, types) in gen_resource_types.TABLES.items()
    }

    written = {name: (gen_resource_types.FOLDER / f"{name}.py").read_text(encoding="utf-8") for name in rendered}
    for name, text in written.items():
        assert rendered[name] == text or gen_resource_types.SOURCE not in text
    assert {name for text in rendered.values() for name in text.split("\n") if name.startswith("AWS::")} == {
        *known_types()
    }
