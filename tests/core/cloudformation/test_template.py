from __future__ import annotations

from typing import Any

import pytest

from stranglerfig.core.cloudformation.templates.evaluation import dependencies
from stranglerfig.core.cloudformation.templates.template import read_template
from stranglerfig.core.faults import Fault
from tests.core.cloudformation.template_builders import CLUSTER, VPC, Tree, tree_of


def of(value: Any) -> Tree:
    """A template with the value as a property."""
    return tree_of({"Vpc": VPC, "It": {"Type": "Custom::Anything", "Properties": {"Value": value}}})


def condition(value: Any, **more: Any) -> Tree:
    return tree_of(Conditions={"It": value, **more})


def output(**members: Any) -> Tree:
    return tree_of(Outputs={"It": members})


def test_a_template_is_read_in_the_order_of_its_text() -> None:
    tree = tree_of(
        {
            "Second": {"Type": "AWS::EC2::VPC", "DependsOn": "First", "DeletionPolicy": "Retain", "Metadata": {"a": 1}},
            "First": {"Type": "AWS::ECS::Cluster", "Condition": "C", "UpdateReplacePolicy": "Retain"},
        },
        AWSTemplateFormatVersion="2010-09-09",
        Description="what it is for",
        Metadata={"of": "the template"},
        Parameters={"P": {"Type": "Number", "Default": 8, "NoEcho": True, "MinValue": 1}},
        Mappings={"M": {"a": {"b": [1, 2]}}},
        Conditions={"C": {"Fn::Equals": [{"Ref": "P"}, "8"]}},
        Outputs={"O": {"Value": {"Ref": "Second"}, "Export": {"Name": "x"}, "Condition": "C"}},
    )

    template = read_template(tree)

    assert [*template.resources] == ["Second", "First"]
    second, first = template.resources.values()
    assert (second.depends_on, second.deletion_policy, second.update_replace_policy) == (("First",), "Retain", "Delete")
    assert (first.condition, first.deletion_policy, first.update_replace_policy) == ("C", "Delete", "Retain")
    assert (second.metadata, template.metadata) == ({"a": 1}, {"of": "the template"})
    parameter = template.parameters["P"]
    assert (parameter.default, parameter.no_echo, parameter.min_value) == ("8", True, 1.0)
    assert (template.outputs["O"].export_name, template.outputs["O"].condition) == ("x", "C")


def test_what_a_resource_depends_on_is_found_wherever_it_is_named() -> None:
    properties = {
        "a": {"Ref": "A"},
        "b": [{"Fn::GetAtt": ["B", "Arn"]}, {"Fn::GetAtt": "C.Arn"}],
        "c": {"Fn::Sub": ["${D} ${E.Arn} ${own} ${!F} ${AWS::Region}", {"own": {"Ref": "G"}}]},
        "d": {"Fn::If": ["Yes", {"Ref": "H"}, {"Fn::Join": ["", [{"Ref": "I"}]]}]},
        "e": {"Condition": "is data here"},
    }
    tree = tree_of(
        dict.fromkeys("ABCDEFGHI", CLUSTER) | {"It": {"Type": "X", "DependsOn": ["F"], "Properties": properties}},
        Conditions={"Yes": {"Fn::Equals": ["a", "a"]}},
    )

    assert dependencies(read_template(tree))["It"] == frozenset("ABCDEFGHI")


def test_refs_that_are_no_calls_are_data() -> None:
    template = read_template(of({"Ref": "branch", "Name": "a"}))

    assert dependencies(template)["It"] == frozenset()
    assert template.resources["It"].properties == {"Value": {"Ref": "branch", "Name": "a"}}


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ([], "Template format error: unsupported structure."),
        ("text", "Template format error: unsupported structure."),
        ({}, "Template format error: At least one Resources member must be defined."),
        ({"Resources": {}}, "Template format error: At least one Resources member must be defined."),
        ({"Resources": []}, "Template format error: Resources must be a map."),
        ({"Resources": None}, "[/Resources] 'null' values are not allowed in templates"),
        (of([1, None]), "[/Resources/It/Properties/Value/1] 'null' values are not allowed in templates"),
        (of({1: 2}), "Template format error: [/Resources/It/Properties/Value] every key must be a string."),
        (of(b""), "Template format error: [/Resources/It/Properties/Value] a bytes is no value of JSON."),
        (tree_of(Foo=1, Bar=2), "Invalid template property or properties [Foo, Bar]"),
        (
            tree_of(Transform="AWS::Serverless-2016-10-31"),
            "Template format error: the section Transform is not supported: transforms are not carried out here: "
            "give the template as it is after them.",
        ),
        (
            tree_of(Rules={}),
            "Template format error: the section Rules is not supported: rules are not checked here: "
            "take the section out.",
        ),
        (
            tree_of(AWSTemplateFormatVersion="2011"),
            "Template format error: unsupported value for AWSTemplateFormatVersion.",
        ),
        (tree_of(Description=["a"]), "Template format error: Description must be a string."),
        (tree_of(Description="a" * 1025), "Template format error: 'Description' length is greater than 1024."),
        (tree_of(Metadata="a"), "Template format error: Metadata must be a map."),
        (tree_of({"a-b": VPC}), "Template format error: Resource name a-b is non alphanumeric."),
        (tree_of({"A": "b"}), "Template format error: [/Resources/A] Any Resources member must be an object."),
        (
            tree_of({"A": {}}),
            "Template format error: [/Resources/A] Every Resources object must contain a Type member.",
        ),
        (tree_of({"A": {"Type": "X", "Foo": 1}}), "Invalid template resource property 'Foo'"),
        (
            tree_of({"A": {"Type": "X", "Properties": []}}),
            "Template format error: [/Resources/A/Properties] Properties must be an object.",
        ),
        (
            tree_of({"A": {"Type": "X", "DependsOn": [1]}}),
            "Template format error: [/Resources/A] DependsOn must be a string or list of strings.",
        ),
        (
            tree_of({"A": {"Type": "X", "Condition": ["C"]}}),
            "Template format error: [/Resources/A] Every Condition member must be a string.",
        ),
        (
            tree_of({"A": {"Type": "X", "DeletionPolicy": "Keep"}}),
            "Template format error: [/Resources/A] Unrecognized DeletionPolicy Keep: "
            "it is one of Delete, Retain, RetainExceptOnCreate, Snapshot.",
        ),
        (
            tree_of({"A": {"Type": "X", "UpdateReplacePolicy": {"Ref": "P"}}}),
            "Template format error: [/Resources/A] Every UpdateReplacePolicy member must be a string.",
        ),
        (
            tree_of({"A": {**CLUSTER, "DeletionPolicy": "Snapshot"}}),
            "Template error: resource type AWS::ECS::Cluster does not support the policy Snapshot",
        ),
        (
            tree_of({f"A{n}": VPC for n in range(501)}),
            "Template format error: Number of resources, 501, is greater than maximum allowed, 500",
        ),
        (
            tree_of(Parameters={"Vpc": {"Type": "String"}}),
            "Template format error: Duplicate logical names [Vpc]: a parameter and a resource.",
        ),
        (
            tree_of(Mappings={"M": {"a": "b"}}),
            "Template format error: Every Mappings member M must be a map of maps; a is none.",
        ),
        (
            tree_of(Mappings={"M": {"a": {"b": {"Ref": "AWS::Region"}}}}),
            "Template format error: Every Mappings attribute must be a String or a List. [/Mappings/M/a/b]",
        ),
        (
            output(Description="a"),
            "Template format error: Output It is malformed. Every Outputs member must contain a Value object",
        ),
        (output(Value="a", Foo=1), "Invalid template output property 'Foo'"),
        (
            output(Value="a", Description=[]),
            "Template format error: Output It is malformed. The Description must be a string.",
        ),
        (
            output(Value="a", Export="x"),
            "Template format error: Output It is malformed. "
            "The Name field of every Export member must be specified, and no other may be.",
        ),
        (
            output(Value="a", Export={"Name": {"Ref": "Vpc"}}),
            "Template format error: Output It is malformed. The Name of an Export must not depend on resources.",
        ),
        (
            output(Value="a", Condition="No"),
            "Template format error: Unresolved condition dependency No in the Outputs block of the template",
        ),
        (
            output(Value={"Ref": "No"}),
            "Template format error: Unresolved resource dependencies [No] in the Outputs block of the template",
        ),
    ],
)
def test_what_is_wrong_with_a_template_is_said(tree: object, said: str) -> None:
    assert refusal(tree) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (
            {"Ref": "No"},
            "Template format error: Unresolved resource dependencies [No] in the Resources block of the template",
        ),
        (
            {"Fn::Sub": "${No} ${AWS::No}"},
            "Template format error: Unresolved resource dependencies [No, AWS::No] "
            "in the Resources block of the template",
        ),
        ({"Ref": ["No"]}, "Template error: every Ref object must have a single String value."),
        ({"Fn::GetAtt": ["No", "Arn"]}, "Template error: instance of Fn::GetAtt references undefined resource No"),
        ({"Fn::Sub": "${No.Arn}"}, "Template error: instance of Fn::GetAtt references undefined resource No"),
        (
            {"Fn::GetAtt": ["Vpc", "Arn"]},
            "Template error: resource Vpc does not support attribute type Arn in Fn::GetAtt",
        ),
        *(
            (
                {"Fn::GetAtt": bad},
                "Template error: every Fn::GetAtt object requires two non-empty parameters, "
                "the resource name and the resource attribute",
            )
            for bad in ("Vpc", ["Vpc"], ["", "a"], ["Vpc", ""], ["Vpc", ["a"]], 1)
        ),
        *(
            (
                {"Fn::Sub": bad},
                "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. "
                "Specify a string as first argument, and an optional second argument to specify a mapping of values "
                "to replace in the string",
            )
            for bad in (1, ["a"], ["a", "b"], [{"Ref": "Vpc"}, {}])
        ),
        (
            {"Fn::Sub": "${a b}"},
            "Template error: variable names in Fn::Sub syntax must contain only alphanumeric characters, "
            "underscores, periods, and colons",
        ),
        (
            {"Fn::Join": [",", "a"]},
            "Template error: every Fn::Join object requires two parameters, (1) a string delimiter "
            "and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) "
            "to be joined.",
        ),
        (
            {"Fn::Split": ["", "a"]},
            "Template error: every Fn::Split object requires two parameters, (1) a string delimiter "
            "and (2) a string to be split or a function that returns a string to be split.",
        ),
        (
            {"Fn::Select": [0]},
            "Template error: Fn::Select requires a list argument with two elements: an integer index and a list",
        ),
        ({"Fn::If": ["C", "a"]}, "Template error: Fn::If requires a list argument with three elements"),
        (
            {"Fn::If": [["C"], "a", "b"]},
            "Template error: Fn::If requires a list argument with the first element being a condition",
        ),
        (
            {"Fn::If": ["No", "a", "b"]},
            "Template format error: Unresolved condition dependency No in the Resources block of the template",
        ),
        (
            {"Fn::FindInMap": ["M", "a"]},
            "Template error: every Fn::FindInMap object requires three parameters, "
            "the map name, map key and the attribute for return value",
        ),
        (
            {"Fn::FindInMap": ["M", "a", "b", {"DefaultValue": 1}]},
            "Template error: a default value of Fn::FindInMap belongs "
            "to the transform AWS::LanguageExtensions, and transforms are not carried out here.",
        ),
        (
            {"Fn::FindInMap": ["No", "a", "b"]},
            "Template error: Mapping named 'No' is not present in the 'Mappings' section of template.",
        ),
        ({"Fn::Base64": ["a"]}, "Template error: every Fn::Base64 object must have a String-typed value."),
        ({"Fn::GetAZs": ["a"]}, "Template error: every Fn::GetAZs object must have a String-typed value."),
        ({"Fn::ImportValue": ["a"]}, "Template error: every Fn::ImportValue object must have a String-typed value."),
        *(
            (
                {"Fn::ImportValue": bad},
                "Template error: the attribute in Fn::ImportValue must not depend on any resources, "
                "imported values, or Fn::GetAZs",
            )
            for bad in (
                {"Fn::GetAtt": ["Vpc", "VpcId"]},
                {"Fn::ImportValue": "a"},
                {"Fn::Select": [0, {"Fn::GetAZs": ""}]},
            )
        ),
        (
            {"Fn::Cidr": ["10.0.0.0/16", 1]},
            "Template error: every Fn::Cidr object requires three parameters, the address "
            "block, the count of blocks to make of it and the bits that each of them leaves to hosts",
        ),
        (
            {"Fn::Length": [1]},
            "Template error: Fn::Length belongs to the transform AWS::LanguageExtensions, "
            "and transforms are not carried out here.",
        ),
        (
            {"Fn::ForEach::Each": []},
            "Template error: Fn::ForEach::Each belongs to the transform AWS::LanguageExtensions, "
            "and transforms are not carried out here.",
        ),
        (
            {"Fn::ToJsonString": {}},
            "Template error: Fn::ToJsonString belongs to the transform AWS::LanguageExtensions, "
            "and transforms are not carried out here.",
        ),
        (
            {"Fn::Transform": {}},
            "Template error: Fn::Transform calls a macro, and transforms are not carried out here.",
        ),
        *(
            (
                {name: ["a", "b"]},
                f"Template error: Encountered unsupported function: {name} Supported functions are: "
                "[Fn::Base64, Fn::Cidr, Fn::FindInMap, Fn::GetAZs, Fn::GetAtt, Fn::If, Fn::ImportValue, Fn::Join, "
                "Fn::Select, Fn::Split, Fn::Sub, Ref]",
            )
            for name in ("Fn::Foo", "Fn::Equals")
        ),
        (
            {"Fn::Base64": "a", "b": 1},
            "Template error: every Fn::Base64 object must stand alone, and has 1 member(s) beside it.",
        ),
    ],
)
def test_what_is_wrong_with_a_function_is_said(value: Any, said: str) -> None:
    assert refusal(of(value)) == said


ONLY_LOGIC = "Template format error: Conditions can only be boolean operations on parameters and other conditions"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("true", ONLY_LOGIC),
        ({"Ref": "AWS::Region"}, ONLY_LOGIC),
        ({"Fn::Not": ["a"]}, ONLY_LOGIC),
        ({"Fn::Not": []}, "Template error: every Fn::Not object requires one boolean parameter."),
        ({"Fn::Equals": ["a"]}, "Template error: every Fn::Equals object requires a list of 2 string parameters."),
        (
            {"Fn::Equals": ["a", ["b"]]},
            "Template error: every Fn::Equals object requires a list of 2 string parameters.",
        ),
        (
            {"Fn::And": [{"Condition": "Yes"}]},
            "Template error: every Fn::And object requires a list of at least 2 and at most 10 boolean parameters.",
        ),
        (
            {"Fn::Or": [{"Condition": "Yes"}] * 11},
            "Template error: every Fn::Or object requires a list of at least 2 and at most 10 boolean parameters.",
        ),
        (
            {"Condition": "No"},
            "Template format error: Unresolved condition dependency No in the Conditions block of the template",
        ),
        ({"Fn::Not": [{"Condition": "It"}]}, "Template error: Circular dependency between conditions: [It]"),
        (
            {"Fn::Equals": [{"Ref": "Vpc"}, "a"]},
            "Template format error: Unresolved dependencies [Vpc]. "
            "Cannot reference resources in the Conditions block of the template",
        ),
        (
            {"Fn::Equals": [{"Fn::ImportValue": "a"}, "a"]},
            "Template error: Fn::ImportValue and Fn::GetAZs cannot be used in the Conditions block of the template",
        ),
    ],
)
def test_what_is_wrong_with_a_condition_is_said(value: Any, said: str) -> None:
    assert refusal(condition(value, Yes={"Fn::Equals": ["a", "a"]})) == said


def test_a_circle_is_named_without_what_hangs_on_it() -> None:
    def on(*names: str) -> Tree:
        return {"Type": "X", "DependsOn": [*names]}

    tree = tree_of({"End": on(), "B": on("A", "End"), "A": on("B"), "Begin": on("A")})

    assert refusal(tree) == "Circular dependency between resources: [A, B]"
    assert refusal(tree_of({"A": on("A")})) == "Circular dependency between resources: [A]"


def test_a_tree_that_is_too_deep_is_refused() -> None:
    deep: Any = "a"
    for _ in range(5000):
        deep = [deep]

    assert refusal(of(deep)) == "Template format error: [/Resources/It/Properties/…] more than 100 levels deep."


def refusal(tree: object) -> str:
    with pytest.raises(Fault) as refused:
        read_template(tree)
    assert refused.value.code == "ValidationError"
    return refused.value.message
