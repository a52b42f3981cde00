from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from stranglerfig.core.cloudformation.templates.evaluation import (
    active_resources,
    imports_of,
    outputs_of,
    properties_of,
)
from stranglerfig.core.cloudformation.templates.scope import UNKNOWN, Pseudo
from stranglerfig.core.faults import Fault
from tests.core.cloudformation.template_builders import (
    ACCOUNT,
    CLUSTER,
    STACK_ID,
    VPC,
    Tree,
    evaluated,
    scope_of,
    tree_of,
)

PARAMETERS = {
    "Name": {"Type": "String", "Default": "forum"},
    "Size": {"Type": "Number", "Default": 8},
    "Names": {"Type": "CommaDelimitedList", "Default": "a, b,c"},
    "Nobody": {"Type": "CommaDelimitedList", "Default": ""},
}
MAPPINGS = {"Sizes": {"dev": {"count": 1, "zones": ["a", "b"]}, "prod": {"count": 3}}}
CONDITIONS = {"Yes": {"Fn::Equals": ["a", "a"]}, "No": {"Fn::Not": [{"Condition": "Yes"}]}}
SECTIONS: Tree = {"Parameters": PARAMETERS, "Mappings": MAPPINGS, "Conditions": CONDITIONS}
NO_VALUE = {"Ref": "AWS::NoValue"}


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ({"Ref": "Name"}, "forum"),
        ({"Ref": "Size"}, "8"),
        ({"Ref": "Names"}, ["a", "b", "c"]),
        ({"Ref": "Nobody"}, []),
        ({"Ref": "AWS::AccountId"}, ACCOUNT),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::StackName"}, "forum"),
        ({"Ref": "AWS::StackId"}, STACK_ID),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
        ({"Ref": "AWS::NotificationARNs"}, ["arn:aws:sns:eu-west-1:1:a"]),
        ({"Fn::Sub": "${Name}-${Size} ${!Literal} $ {x} ${AWS::Region}"}, "forum-8 ${Literal} $ {x} eu-west-1"),
        ({"Fn::Sub": ["${Name} ${own} ${n}", {"own": {"Ref": "Size"}, "Name": "mine", "n": True}]}, "mine 8 true"),
        ({"Fn::Sub": "a${AWS::NoValue}b"}, "ab"),
        ({"Fn::Join": ["-", ["a", 1, True, 1.5, {"Ref": "Name"}, NO_VALUE]]}, "a-1-true-1.5-forum"),
        ({"Fn::Join": ["", {"Ref": "Names"}]}, "abc"),
        ({"Fn::Join": ["-", []]}, ""),
        ({"Fn::Select": [1, {"Ref": "Names"}]}, "b"),
        ({"Fn::Select": ["0", [{"Ref": "Name"}, "b"]]}, "forum"),
        ({"Fn::Split": [",", "a,,b"]}, ["a", "", "b"]),
        ({"Fn::Select": [2, {"Fn::Split": ["-", "a-b-c"]}]}, "c"),
        ({"Fn::If": ["Yes", "a", "b"]}, "a"),
        ({"Fn::If": ["No", {"Fn::ImportValue": "none"}, {"Ref": "Name"}]}, "forum"),
        ([1, {"Fn::If": ["Yes", NO_VALUE, 2]}, 3], [1, 3]),
        ({"a": {"Fn::If": ["Yes", NO_VALUE, 2]}, "b": {"c": NO_VALUE}}, {"b": {}}),
        ({"Fn::FindInMap": ["Sizes", "prod", "count"]}, 3),
        ({"Fn::FindInMap": ["Sizes", {"Fn::Select": [0, ["dev"]]}, "zones"]}, ["a", "b"]),
        ({"Fn::Base64": {"Fn::Sub": "é ${Name}"}}, base64.b64encode("é forum".encode()).decode()),
        ({"Fn::GetAZs": ""}, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]),
        ({"Fn::GetAZs": {"Ref": "AWS::Region"}}, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]),
        ({"Fn::GetAZs": "us-east-1"}, ["us-east-1a", "us-east-1b", "us-east-1c"]),
        ({"Fn::Cidr": ["10.0.0.0/16", 3, 8]}, ["10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"]),
        ({"Fn::Cidr": ["192.168.0.0/24", "2", "5"]}, ["192.168.0.0/27", "192.168.0.32/27"]),
        ({"Fn::Cidr": ["2001:db8::/56", 2, 64]}, ["2001:db8::/64", "2001:db8:0:1::/64"]),
        ({"Fn::ImportValue": {"Fn::Sub": "${Name}-vpc"}}, "vpc-1"),
        ({"Fn::GetAtt": ["Vpc", "CidrBlock"]}, UNKNOWN),
        ({"Ref": "Vpc"}, UNKNOWN),
        ({"Fn::Sub": "a ${Vpc}"}, UNKNOWN),
        ({"Fn::Sub": ["a ${b}", {"b": {"Ref": "Vpc"}}]}, UNKNOWN),
        ({"Fn::Join": ["", ["a", {"Ref": "Vpc"}]]}, UNKNOWN),
        ({"Fn::Split": ["|", {"Ref": "Vpc"}]}, UNKNOWN),
        ({"Fn::Select": [0, {"Fn::Split": ["|", {"Ref": "Vpc"}]}]}, UNKNOWN),
        ({"Fn::Select": [1, [{"Ref": "Vpc"}, "b"]]}, "b"),
        ({"Fn::Base64": {"Ref": "Vpc"}}, UNKNOWN),
        ({"Fn::Cidr": [{"Fn::GetAtt": "Vpc.CidrBlock"}, 1, 8]}, UNKNOWN),
        ({"a": ["b", {"Ref": "Vpc"}]}, {"a": ["b", UNKNOWN]}),
        (
            {"Version": "2012-10-17", "Condition": {"Bool": {"a": True}}},
            {"Version": "2012-10-17", "Condition": {"Bool": {"a": True}}},
        ),
    ],
)
def test_a_function_comes_to_what_it_means(value: Any, meant: Any) -> None:
    assert evaluated(value, rest={"exports": {"forum-vpc": "vpc-1"}}, **SECTIONS) == meant


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ({"Ref": "Vpc"}, "vpc-1"),
        ({"Fn::GetAtt": ["Vpc", "CidrBlock"]}, "10.0.0.0/16"),
        ({"Fn::GetAtt": ["Vpc", {"Ref": "What"}]}, "10.0.0.0/16"),
        ({"Fn::Sub": "${Vpc} ${Vpc.CidrBlock}"}, "vpc-1 10.0.0.0/16"),
        ({"Fn::Cidr": [{"Fn::GetAtt": "Vpc.CidrBlock"}, 1, 8]}, ["10.0.0.0/24"]),
        ({"Fn::Select": [0, {"Fn::GetAtt": ["Vpc", "Ipv6CidrBlocks"]}]}, "2001:db8::/56"),
    ],
)
def test_what_a_resource_says_is_used(value: Any, meant: Any) -> None:
    known = {"Vpc": {"Ref": "vpc-1", "CidrBlock": "10.0.0.0/16", "Ipv6CidrBlocks": ["2001:db8::/56"]}}
    parameters = {"What": {"Type": "String", "Default": "CidrBlock"}}

    assert evaluated(value, rest={"attributes": known}, Parameters=parameters) == meant


def nested(levels: int, wrap: Callable[[Tree], Tree]) -> Tree:
    value: Tree = {"Ref": "Name"}
    for _ in range(levels):
        value = wrap(value)
    return value


@pytest.mark.parametrize(
    "value",
    [
        nested(18, lambda inner: {"Fn::Sub": ["${a}" * 30, {"a": inner}]}),
        nested(9, lambda inner: {"Fn::Join": ["o" * 2000, {"Fn::Split": ["o", inner]}]}),
        nested(60, lambda inner: {"Fn::Base64": inner}),
        {"Fn::Split": ["o", {"Fn::Join": ["o" * 2000, ["", "", "", "", "", "", ""]]}]},
    ],
)
def test_a_short_template_does_not_become_a_huge_one(value: Any) -> None:
    """Twenty levels of doubling are a million, and the daemon has one memory for everybody."""
    with pytest.raises(Fault, match=r"Template error: Fn::(Sub|Join|Base64|Split) makes"):
        evaluated(value, **SECTIONS)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"Fn::Select": [3, ["a"]]}, "Template error: Fn::Select cannot select nonexistent value at index 3"),
        ({"Fn::Select": ["x", ["a"]]}, "Template error: Fn::Select cannot select nonexistent value at index x"),
        ({"Fn::Select": [0, {"Ref": "Name"}]}, "Template error: Fn::Select wants a list, and its argument is none."),
        ({"Fn::Join": ["", [["a"]]]}, "Template error: Fn::Join wants a string, and its argument is none."),
        (
            {"Fn::Base64": NO_VALUE},
            "Template error: Fn::Base64 wants a string, and its argument is left out by AWS::NoValue.",
        ),
        ({"Fn::Sub": "${Names}"}, "Template error: variable Names in Fn::Sub expression does not resolve to a string"),
        ({"Fn::FindInMap": ["Sizes", "test", "count"]}, "Template error: Unable to get mapping for Sizes::test::count"),
        ({"Fn::FindInMap": [{"Ref": "Name"}, "a", "b"]}, "Template error: Unable to get mapping for forum::a::b"),
        ({"Fn::ImportValue": "nothing"}, "No export named nothing found."),
        ({"Fn::Cidr": ["10.0.0.0/16", 0, 8]}, "Template error: Fn::Cidr makes from 1 to 256 blocks, not 0"),
        (
            {"Fn::Cidr": ["10.0.0.0/16", 1, 20]},
            "Template error: Fn::Cidr cannot divide 10.0.0.0/16 into blocks of 20 bits",
        ),
        ({"Fn::Cidr": ["here", 1, 8]}, "Template error: Fn::Cidr cannot divide here into blocks of 8 bits"),
        (
            {"Fn::Cidr": ["10.0.0.0/24", 3, 7]},
            "Template error: Fn::Cidr finds 2 blocks of 7 bits in 10.0.0.0/24, not 3",
        ),
        (
            {"Fn::GetAtt": ["Vpc", {"Ref": "Name"}]},
            "Template error: resource Vpc does not support attribute type forum in Fn::GetAtt",
        ),
    ],
)
def test_what_can_never_be_is_refused(value: Any, said: str) -> None:
    with pytest.raises(Fault) as refused:
        evaluated(value, rest={"attributes": {"Vpc": {"Ref": "vpc-1"}}}, **SECTIONS)

    assert (refused.value.code, refused.value.message) == ("ValidationError", said)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"Fn::Equals": [{"Ref": "Size"}, 8]}, True),
        ({"Fn::Equals": ["true", True]}, True),
        ({"Fn::Equals": [{"Ref": "Name"}, "Forum"]}, False),
        ({"Fn::Not": [{"Condition": "Yes"}]}, False),
        ({"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]}, False),
        ({"Fn::And": [{"Condition": "Yes"}, {"Fn::Not": [{"Condition": "No"}]}]}, True),
        ({"Fn::Or": [{"Condition": "No"}, {"Condition": "Yes"}]}, True),
        ({"Fn::Or": [{"Condition": "No"}, {"Fn::Equals": ["a", "b"]}]}, False),
        ({"Fn::Equals": [{"Fn::FindInMap": ["Sizes", "dev", "count"]}, "1"]}, True),
        ({"Fn::Equals": [{"Fn::Join": ["", {"Ref": "Names"}]}, "abc"]}, True),
    ],
)
def test_a_condition_decides_what_there_is(condition: Any, holds: bool) -> None:
    tree = tree_of(
        {"Vpc": {**VPC, "Condition": "It"}, "Cluster": CLUSTER},
        **{**SECTIONS, "Conditions": {"It": condition, **CONDITIONS}},
        Outputs={"O": {"Value": {"Ref": "Cluster"}, "Condition": "It"}},
    )

    scope = scope_of(tree)

    assert ("Vpc" in active_resources(scope), len(outputs_of(scope))) == (holds, int(holds))


def test_a_long_chain_of_conditions_is_decided() -> None:
    links: Tree = {f"C{n}": {"Fn::Not": [{"Condition": f"C{n + 1}"}]} for n in range(3000)}
    tree = tree_of({"Vpc": {**VPC, "Condition": "C0"}}, Conditions={**links, "C3000": {"Fn::Equals": ["a", "a"]}})

    assert [*active_resources(scope_of(tree))] == ["Vpc"]


def test_a_list_cannot_be_compared() -> None:
    tree = tree_of(Parameters=PARAMETERS, Conditions={"It": {"Fn::Equals": [{"Ref": "Names"}, "a"]}})

    with pytest.raises(Fault, match=r"every Fn::Equals object requires a list of 2 string parameters\."):
        active_resources(scope_of(tree))


def test_a_resource_that_a_condition_takes_away_cannot_be_referred_to() -> None:
    resources = {"Vpc": {**VPC, "Condition": "No"}, "It": {"Type": "X", "Properties": {"Id": {"Ref": "Vpc"}}}}

    with pytest.raises(Fault, match=r"Unresolved resource dependencies \[Vpc\] in the Resources block"):
        properties_of(scope_of(tree_of(resources, Conditions=CONDITIONS)), "It")


def test_scalars_come_out_as_the_schema_of_the_type_has_them() -> None:
    properties = {
        "CidrBlock": 10,
        "EnableDnsSupport": "true",
        "Ipv4NetmaskLength": "24",
        "Tags": [{"Key": 1, "Value": True}],
    }
    tree = tree_of({"Vpc": {"Type": "AWS::EC2::VPC", "Properties": properties}})

    assert properties_of(scope_of(tree), "Vpc") == {
        "CidrBlock": "10",
        "EnableDnsSupport": True,
        "Ipv4NetmaskLength": 24,
        "Tags": [{"Key": "1", "Value": "true"}],
    }


def test_other_partitions_have_their_own_names() -> None:
    value = {"Fn::Sub": "${AWS::Partition} ${AWS::URLSuffix}"}

    def there(region: str) -> Any:
        return evaluated(value, rest={"pseudo": Pseudo(ACCOUNT, region, "forum", STACK_ID)})

    assert (there("cn-north-1"), there("us-gov-west-1")) == ("aws-cn amazonaws.com.cn", "aws-us-gov amazonaws.com")


def test_outputs_are_texts_and_may_have_names_for_others() -> None:
    tree = tree_of(
        Outputs={
            "Number": {"Value": 8, "Description": "how many"},
            "Later": {"Value": {"Ref": "Vpc"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}:vpc"}}},
        }
    )

    number, later = outputs_of(scope_of(tree))

    assert (number.key, number.value, number.description, number.export_name) == ("Number", "8", "how many", None)
    assert (later.key, later.value, later.export_name) == ("Later", UNKNOWN, "forum:vpc")


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ({"Value": ["a"]}, "The Value field of every Outputs member must evaluate to a String."),
        ({"Value": NO_VALUE}, "The Value field of every Outputs member must evaluate to a String."),
        (
            {"Value": "a", "Export": {"Name": "a b"}},
            "The Name field of every Export member must be specified and consist only of alphanumeric characters, "
            "colons, or hyphens.",
        ),
    ],
)
def test_an_output_that_is_no_text_is_refused(output: Any, said: str) -> None:
    with pytest.raises(Fault) as refused:
        outputs_of(scope_of(tree_of(Outputs={"O": output})))

    assert refused.value.message == f"Template format error: Output O is malformed. {said}"


def test_what_is_imported_is_told_by_what_is_active() -> None:
    def importing(name: str) -> Tree:
        return {"Fn::ImportValue": {"Fn::Sub": f"${{AWS::StackName}}-{name}"}}

    resources = {
        "A": {"Type": "X", "Properties": {"a": importing("a"), "b": {"Fn::If": ["No", importing("b"), "c"]}}},
        "B": {"Type": "X", "Condition": "No", "Properties": {"a": importing("c")}},
    }
    outputs = {"O": {"Value": importing("d")}, "P": {"Value": importing("e"), "Condition": "No"}}

    scope = scope_of(tree_of(resources, Conditions=CONDITIONS, Outputs=outputs))

    assert imports_of(scope) == {"forum-a", "forum-d"}
