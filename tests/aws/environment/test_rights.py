"""What the roles of an environment may do, and how long it is to say so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stranglerfig.aws.synth.environment.rights import execution_statements, stem
from stranglerfig.aws.synth.facts import AppFacts, EnvFacts
from stranglerfig.aws.synth.template import to_value
from tests.aws.goldens import GoldenCase, all_goldens

CASES = tuple(case for case in all_goldens() if case.name.startswith("env-") and "Certificate" not in case.tree())
#: of all policies that stand in a role together, without blanks; in characters
LONGEST = 10_240
LONG = {
    "AWS::Partition": "aws-us-gov",
    "AWS::Region": "ap-southeast-1",
    "AWS::AccountId": "1" * 12,
    "AWS::StackName": "a" * 25 + "-" + "e" * 25,
    "AppName": "a" * 25,
    "EnvironmentName": "e" * 25,
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_policies_of_a_role_are_not_longer_than_they_may_be(case: GoldenCase) -> None:
    resources: Any = case.tree()["Resources"]
    roles = [one["Properties"] for one in resources.values() if one["Type"] == "AWS::IAM::Role"]
    lengths = [sum(length(one["PolicyDocument"]) for one in role.get("Policies", ())) for role in roles]

    assert max(lengths, default=0) <= LONGEST


def length(document: Any) -> int:
    return len(json.dumps(resolved(document), separators=(",", ":")))


def resolved(value: Any) -> Any:
    match value:
        case {"Fn::Sub": str(text)}:
            for name, found in LONG.items():
                text = text.replace(f"${{{name}}}", found)
            return text
        case {"Ref": str(name)}:
            return LONG.get(name, "x" * 60)
        case dict():
            return {name: resolved(one) for name, one in value.items()}
        case list():
            return [resolved(one) for one in value]
        case _:
            return value


def test_rights_end_with_what_is_named_after_the_environment() -> None:
    found = json.dumps([to_value(one) for one in execution_statements(env())])

    assert ":sns:${AWS::Region}:${AWS::AccountId}:forum-test-*" in found
    assert ":dynamodb:${AWS::Region}:${AWS::AccountId}:table/forum-test-*" in found
    assert ":ecs:${AWS::Region}:${AWS::AccountId}:*/forum-test-*" in found


def test_names_are_known_by_as_much_as_cloudformation_keeps_of_them() -> None:
    assert stem(env("an-application-of-many-words")) == "an-application-of-many-w*"


def test_roles_are_made_and_changed_only_with_the_tags_of_the_environment() -> None:
    statements: list[Any] = [to_value(one) for one in execution_statements(env())]
    by_action = {action: one for one in statements for action in one["Action"]}

    for action, kind in (
        ("iam:CreateRole", "RequestTag"),
        ("iam:PutRolePolicy", "ResourceTag"),
        ("iam:PassRole", "ResourceTag"),
    ):
        tags = {f"aws:{kind}/copilot-application": {"Ref": "AppName"}}
        assert by_action[action]["Condition"]["StringEquals"].items() >= tags.items()


def test_services_of_addons_come_to_the_rights_for_as_long_as_they_are_known() -> None:
    def actions(*services: str) -> set[str]:
        statements: list[Any] = [to_value(one) for one in execution_statements(env(), services)]
        return {action for one in statements for action in one["Action"]}

    assert actions("es", "mq") - actions() == {"es:*", "mq:*"}


def env(app: str = "forum") -> EnvFacts:
    return EnvFacts(AppFacts(app, "111122223333", "eu-west-1"), "test", "111122223333", "eu-west-1", bucket="artifacts")
