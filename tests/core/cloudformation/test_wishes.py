"""What a request wants a stack to be, and what it cannot want."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stranglerfig.core.cloudformation.stacks.records import Definition
from stranglerfig.core.cloudformation.stacks.states import OnFailure
from stranglerfig.core.cloudformation.stacks.wishes import to_on_failure, to_wish
from stranglerfig.core.faults import Fault

TREE: dict[str, Any] = {
    "Parameters": {"Size": {"Type": "String", "Default": "small"}, "Url": {"Type": "String"}},
    "Resources": {"Log": {"Type": "AWS::Logs::LogGroup"}},
}
TEXT = json.dumps(TREE)
FORMER = Definition(
    "former",
    TREE,
    values={"Size": "large", "Url": "http://a"},
    tags=(("team", "forum"),),
    capabilities=("CAPABILITY_IAM",),
    notification_arns=("arn:aws:sns:us-east-1:000000000000:told",),
    role_arn="arn:aws:iam::000000000000:role/r",
)


def values(**given: str) -> list[dict[str, Any]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]


def kept(*names: str) -> list[dict[str, Any]]:
    return [{"ParameterKey": name, "UsePreviousValue": True} for name in names]


def test_what_is_left_out_of_an_update_stays_but_values_are_given_or_kept_by_name() -> None:
    wish = to_wish({"TemplateBody": TEXT, "Parameters": kept("Url")}, TREE, FORMER)

    assert wish.definition.values == {"Size": "small", "Url": "http://a"}
    assert wish.definition.template_text == TEXT
    assert (wish.definition.tags, wish.definition.role_arn) == (FORMER.tags, FORMER.role_arn)
    assert wish.definition.notification_arns == FORMER.notification_arns
    assert wish.definition.capabilities == ()


def test_an_empty_list_takes_away() -> None:
    given = {"TemplateBody": TEXT, "Parameters": values(Url="http://b"), "Tags": [], "NotificationARNs": []}
    wish = to_wish(given, TREE, FORMER)

    assert (wish.definition.tags, wish.definition.notification_arns) == ((), ())


def test_the_former_template_can_be_used_again() -> None:
    wish = to_wish({"UsePreviousTemplate": True, "Parameters": kept("Size", "Url")}, None, FORMER)

    assert wish.definition.template_text == "former"
    assert wish.definition.values == FORMER.values


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Either Template URL or Template Body must be specified."),
        ({"TemplateURL": "https://s3/t"}, "send the text as TemplateBody"),
        ({"TemplateBody": TEXT, "StackPolicyURL": "https://s3/p"}, "send the text as StackPolicyBody"),
        ({"TemplateBody": TEXT, "UsePreviousTemplate": True}, "usePreviousTemplate"),
        ({"TemplateBody": TEXT}, "Parameters: [Url] must have values"),
        ({"TemplateBody": TEXT, "Parameters": values(Url="x", More="y")}, "Parameters: [More] do not exist"),
        ({"TemplateBody": TEXT, "Parameters": values(Url="x") * 2}, "Duplicate input for parameter key Url"),
        ({"TemplateBody": TEXT, "Parameters": kept("New")}, "not in the previous template"),
        ({"TemplateBody": TEXT, "Parameters": [{"ParameterKey": "Url"}]}, "Either a value or usePreviousValue"),
        ({"TemplateBody": TEXT, "Parameters": [{"ParameterValue": "x"}]}, "has to have a ParameterKey"),
        ({"TemplateBody": TEXT, "Parameters": values(Url="x"), "ResourceTypes": ["AWS::EC2::*"]}, "ResourceTypes"),
        (
            {"TemplateBody": TEXT, "Parameters": values(Url="x"), "Tags": [{"Key": "aws:x", "Value": "y"}]},
            "aws: prefixed tag key names",
        ),
        (
            {"TemplateBody": TEXT, "Parameters": values(Url="x"), "Tags": [{"Key": "x", "Value": "y"}] * 2},
            "Duplicate tag keys",
        ),
        ({"TemplateBody": TEXT, "RollbackConfiguration": {"RollbackTriggers": [{}]}}, "no CloudWatch"),
    ],
)
def test_what_cannot_be_wanted_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(Fault) as refused:
        to_wish(given, TREE if "TemplateBody" in given else None, FORMER)

    assert refused.value.code == "ValidationError"
    assert words in refused.value.message


def test_types_can_be_allowed_by_family() -> None:
    given = {"TemplateBody": TEXT, "Parameters": values(Url="x"), "ResourceTypes": ["AWS::EC2::VPC", "AWS::Logs::*"]}

    assert to_wish(given, TREE).template.resources.keys() == {"Log"}


@pytest.mark.parametrize(
    ("given", "on_failure"),
    [
        ({}, OnFailure.ROLLBACK),
        ({"OnFailure": "DELETE"}, OnFailure.DELETE),
        ({"DisableRollback": True}, OnFailure.DO_NOTHING),
        ({"DisableRollback": False}, OnFailure.ROLLBACK),
        ({"DeploymentConfig": {"DisableRollback": True}}, OnFailure.DO_NOTHING),
    ],
)
def test_what_becomes_of_a_failure_is_said_in_several_ways(given: dict[str, Any], on_failure: OnFailure) -> None:
    assert to_on_failure(given) is on_failure


def test_two_ways_at_once_are_refused() -> None:
    with pytest.raises(Fault, match="Only one of DisableRollback and OnFailure"):
        to_on_failure({"DisableRollback": True, "OnFailure": "DELETE"})
