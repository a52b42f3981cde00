"""Nobody may do everything to anything, in any template of ours."""

from __future__ import annotations

from typing import Any

import pytest

from stranglerfig.aws.synth.environment.rights import OF_ADDONS
from tests.aws.goldens import GoldenCase, all_goldens
from tests.aws.rights.policies import listed, statements
from tests.aws.rights.reference import Action, actions, statements_of_goldens


@pytest.mark.parametrize("case", all_goldens(), ids=lambda case: case.name)
def test_no_statement_allows_open_actions_on_all_resources(case: GoldenCase) -> None:
    assert [one for one in statements(case.wanted()) if is_wide(one)] == []


#: Allowed whatever they are about, though they know resources, with the reason.
OF_ANYTHING = {
    "ecs:ListTasks": "the condition has the cluster, which those of AWS's examples have",
    "servicediscovery:GetOperation": "a namespace has no id yet while it is made",
}


def test_what_is_allowed_of_everything_knows_no_resource_that_could_be_named() -> None:
    everywhere = {
        action
        for one in statements_of_goldens()
        if one["Effect"] == "Allow" and "*" in listed(one.get("Resource", ())) and not is_of_addons(one)
        for action in listed(one["Action"])
    }

    assert {one for one in everywhere if actions().get(one, Action()).about} == OF_ANYTHING.keys()


@pytest.mark.parametrize("case", all_goldens(), ids=lambda case: case.name)
def test_no_template_has_a_function_of_lambda(case: GoldenCase) -> None:
    types = {resource["Type"] for resource in resources(case)}

    assert {
        name for name in types if name.startswith(("AWS::Lambda::", "Custom::", "AWS::CloudFormation::Custom"))
    } == set()


def test_a_wide_statement_is_seen_in_each_of_its_spellings() -> None:
    wide = {"Effect": "Allow", "Action": "*", "Resource": "*"}

    assert is_wide(wide)
    assert is_wide({**wide, "Action": ["s3:GetObject", "ec2:*"], "Resource": ["arn:x", "*"]})
    assert not is_wide({**wide, "Action": "xray:PutTraceSegments"})
    assert not is_wide({**wide, "Resource": "arn:x:*"})
    assert not is_wide({**wide, "Effect": "Deny"})
    assert is_wide({**wide, "Sid": OF_ADDONS})
    assert is_wide({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})


def is_wide(statement: dict[str, Any]) -> bool:
    """Any action with a ``*`` counts as open. A key's or a bucket's own policy has no other resource than ``*``."""
    if statement["Effect"] != "Allow" or is_of_addons(statement):
        return False
    if "Principal" in statement and "Resource" in statement and statement["Resource"] == "*":
        return False
    actions = listed(statement.get("Action", "*"))
    return any("*" in str(action) for action in actions) and "*" in listed(statement.get("Resource", ()))


def is_of_addons(statement: dict[str, Any]) -> bool:
    """Of services that no template of ours has, nobody here knows the actions; they end with the region."""
    limit = {"StringEquals": {"aws:RequestedRegion": {"Ref": "AWS::Region"}}}
    return statement.get("Sid") == OF_ADDONS and statement.get("Condition") == limit


def resources(case: GoldenCase) -> list[dict[str, Any]]:
    found = case.wanted()["Resources"]
    assert isinstance(found, dict)
    return list(found.values())
