from __future__ import annotations

from typing import Any

import pytest

from stranglerfig.core.cloudformation.templates.parameters import to_values
from stranglerfig.core.cloudformation.templates.template import read_template
from stranglerfig.core.faults import Fault
from tests.core.cloudformation.template_builders import tree_of


def values(declared: Any, **given: str) -> dict[str, str]:
    return to_values(read_template(tree_of(Parameters={"P": declared})), given)


def test_a_value_is_the_given_one_or_the_former_or_the_default() -> None:
    template = read_template(
        tree_of(Parameters={name: {"Type": "String", "Default": "default"} for name in ("A", "B", "C")})
    )

    assert to_values(template, {"A": "given"}, {"A": "former", "B": "former", "Gone": "former"}) == {
        "A": "given",
        "B": "former",
        "C": "default",
    }


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ({"Type": "String"}, ""),
        ({"Type": "Number"}, "-1.5e3"),
        ({"Type": "Number", "MinValue": 1, "MaxValue": "3"}, "3"),
        ({"Type": "List<Number>"}, "1, 2,3"),
        ({"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]}, "b, a"),
        ({"Type": "String", "AllowedPattern": "[a-z]+", "MinLength": 2, "MaxLength": 3}, "abc"),
        ({"Type": "String", "AllowedPattern": "[[a]"}, "["),
        ({"Type": "String", "AllowedValues": [True, 1]}, "true"),
        ({"Type": "AWS::EC2::VPC::Id"}, "vpc-1"),
        ({"Type": "List<AWS::EC2::Subnet::Id>"}, "subnet-1,subnet-2"),
    ],
)
def test_a_value_that_its_declaration_allows_is_kept_as_it_is(declared: Any, value: str) -> None:
    assert values(declared, P=value) == {"P": value}


@pytest.mark.parametrize(
    ("declared", "given", "said"),
    [
        ({"Type": "String"}, {}, "Parameters: [P] must have values"),
        ({"Type": "String"}, {"P": "a", "Q": "b"}, "Parameters: [Q] do not exist in the template"),
        ({"Type": "String"}, {"P": "é" * 2049}, "Parameter 'P' must contain at most 4096 bytes"),
        ({"Type": "Number"}, {"P": "nan"}, "Parameter 'P' must be a number"),
        ({"Type": "Number"}, {"P": "1_0"}, "Parameter 'P' must be a number"),
        ({"Type": "List<Number>"}, {"P": "1,a"}, "Parameter 'P' must be a number"),
        ({"Type": "Number", "MinValue": 1}, {"P": "0"}, "Parameter 'P' must be a number not less than 1"),
        ({"Type": "Number", "MaxValue": 1}, {"P": "1.5"}, "Parameter 'P' must be a number not greater than 1"),
        ({"Type": "String", "MinLength": 2}, {"P": "a"}, "Parameter 'P' must contain at least 2 characters"),
        ({"Type": "String", "MaxLength": 2}, {"P": "abc"}, "Parameter 'P' must contain at most 2 characters"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, {"P": "ab1"}, "Parameter 'P' must match pattern [a-z]+"),
        (
            {"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]},
            {"P": "a,c"},
            "Parameter 'P' must be one of AllowedValues [a, b]",
        ),
        (
            {"Type": "String", "AllowedValues": ["a"], "ConstraintDescription": "it is a."},
            {"P": "b"},
            "Parameter P failed to satisfy constraint: it is a.",
        ),
        (
            {"Type": "String", "AllowedValues": ["a"], "Default": "b"},
            {},
            "Parameter 'P' must be one of AllowedValues [a]",
        ),
    ],
)
def test_a_value_that_its_declaration_does_not_allow_is_refused(
    declared: Any, given: dict[str, str], said: str
) -> None:
    with pytest.raises(Fault) as refused:
        values(declared, **given)

    assert (refused.value.code, refused.value.message) == ("ValidationError", said)


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({}, "Template format error: [/Parameters/P] Every Parameters object must contain a Type member."),
        ({"Type": "Text"}, "Template format error: Unrecognized parameter type: Text"),
        (
            {"Type": "List<AWS::EC2::KeyPair::KeyName>"},
            "Template format error: Unrecognized parameter type: List<AWS::EC2::KeyPair::KeyName>",
        ),
        (
            {"Type": "AWS::SSM::Parameter::Value<String>"},
            "Template format error: Parameter P has the type "
            "AWS::SSM::Parameter::Value<String>: values of the SSM parameter store are not to be had here. "
            "Give it the type String and the value itself.",
        ),
        ({"Type": "String", "Foo": 1}, "Invalid template parameter property 'Foo'"),
        (
            {"Type": "String", "Default": ["a"]},
            "Template format error: [/Parameters/P] Every Default member must be a string.",
        ),
        (
            {"Type": "String", "AllowedValues": "a"},
            "Template format error: [/Parameters/P] Every AllowedValues member must be a list of strings.",
        ),
        (
            {"Type": "String", "MinLength": "a"},
            "Template format error: [/Parameters/P] Every MinLength member must be a number.",
        ),
        (
            {"Type": "String", "MinLength": 1.5},
            "Template format error: [/Parameters/P] Every MinLength member must be a whole number.",
        ),
        (
            {"Type": "String", "AllowedPattern": "("},
            "Template format error: [/Parameters/P] AllowedPattern ( is no regular "
            "expression: missing ), unterminated subpattern at position 0",
        ),
    ],
)
def test_what_is_wrong_with_a_declaration_is_said(declared: Any, said: str) -> None:
    with pytest.raises(Fault) as refused:
        values(declared, P="a")

    assert refused.value.message == said
