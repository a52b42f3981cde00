"""Stack policies: what they let an update do, and what is no policy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stranglerfig.core.cloudformation.stacks.policy import Touch, check_stack_policy, find_denial
from stranglerfig.core.faults import Fault

ROUTE = Touch("Update:Replace", "UsersRoute", "AWS::RefactorSpaces::Route")


def a_statement(**given: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": "*", "Action": "Update:*", "Resource": "*", **given}


def a_policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Statement": list(statements)})


@pytest.mark.parametrize(
    "statements",
    [
        [a_statement()],
        [a_statement(Action=["Update:Modify", "Update:Replace"])],
        [a_statement(Resource="LogicalResourceId/Users*")],
        [a_statement(NotResource="LogicalResourceId/Threads*") | {"Resource": None}],
        [a_statement(), a_statement(Effect="Deny", Action="Update:Delete")],
        [a_statement(), a_statement(Effect="Deny", Resource="LogicalResourceId/Vpc")],
        [a_statement(), a_statement(Effect="Deny", Condition={"StringEquals": {"ResourceType": ["AWS::EC2::VPC"]}})],
        [a_statement(Condition={"StringLike": {"ResourceType": "AWS::RefactorSpaces::*"}})],
    ],
)
def test_an_update_that_a_statement_allows_may_be(statements: list[dict[str, Any]]) -> None:
    policy = a_policy(*({name: value for name, value in one.items() if value is not None} for one in statements))
    check_stack_policy(policy)

    assert find_denial(policy, [ROUTE]) is None


def test_a_deny_outweighs_and_is_named_by_its_number() -> None:
    policy = a_policy(a_statement(), a_statement(Effect="Deny", Resource="LogicalResourceId/UsersRoute"))

    assert find_denial(policy, [ROUTE]) == (
        "Action denied by stack policy: Statement [#2] does not allow [Update:Replace] for resource [UsersRoute]"
    )


def test_what_nothing_allows_is_denied() -> None:
    policy = a_policy(a_statement(Action="Update:Modify"))

    assert find_denial(policy, [Touch("Update:Modify", "Vpc", "AWS::EC2::VPC")]) is None
    assert find_denial(policy, [ROUTE]) == (
        "Action denied by stack policy: no statement allows [Update:Replace] for resource [UsersRoute]"
    )


def test_everything_but_some_actions_may_be_denied() -> None:
    denied = {name: value for name, value in a_statement(Effect="Deny").items() if name != "Action"}
    policy = a_policy(a_statement(), {**denied, "NotAction": "Update:Modify"})

    assert find_denial(policy, [Touch("Update:Modify", "Vpc", "AWS::EC2::VPC")]) is None
    assert find_denial(policy, [Touch("Update:Delete", "Vpc", "AWS::EC2::VPC")]) is not None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "no JSON"),
        ("[]", "an object with Statement"),
        ('{"Statement": []}', "an object with Statement"),
        (a_policy(a_statement(Effect="Perhaps")), "Effect"),
        (a_policy(a_statement(Principal={"AWS": "*"})), "Principal"),
        (a_policy(a_statement(NotAction="Update:*")), "either Action or NotAction"),
        (a_policy(a_statement(Action="s3:GetObject")), "s3:GetObject"),
        (a_policy(a_statement(Action=[])), "neither a text nor"),
        (a_policy(a_statement(Resource="Vpc")), "LogicalResourceId/"),
        (a_policy(a_statement(Condition={"DateEquals": {}})), "Condition"),
        (a_policy(a_statement(Condition={"StringEquals": {"aws:PrincipalTag": "x"}})), "ResourceType"),
        (a_policy(a_statement(More=1)), "other elements"),
    ],
)
def test_what_cannot_be_understood_is_refused(text: str, why: str) -> None:
    with pytest.raises(Fault, match="Error validating stack policy") as refused:
        check_stack_policy(text)

    assert refused.value.code == "ValidationError"
    assert why in refused.value.message
