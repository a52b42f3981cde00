"""Resource policies: what they allow, and what is no policy."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stranglerfig.core.faults import Fault
from stranglerfig.core.refactor_spaces.policy import Question, allows, check_policy

ARN = "arn:aws:refactor-spaces:us-east-1:000000000000:environment/env-0123456789/application/app-0123456789"


def a_statement(**given: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": "222222222222"},
        "Action": "refactor-spaces:*",
        "Resource": "*",
        **given,
    }


def a_policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def asks(action: str = "CreateRoute", account: str = "222222222222", **context: tuple[str, ...]) -> Question:
    return Question(account, action, (ARN,), {f"refactor-spaces:{key}": value for key, value in context.items()})


def condition(operator: str, value: Any, key: str = "SourcePath") -> dict[str, Any]:
    return {operator: {f"refactor-spaces:{key}": value}}


@pytest.mark.parametrize(
    ("given", "question", "answer"),
    [
        ({}, asks(), True),
        ({}, asks(account="333333333333"), False),
        ({"Principal": "*"}, asks(account="333333333333"), True),
        ({"Principal": {"AWS": ["arn:aws:iam::222222222222:root"]}}, asks(), True),
        ({"Action": "refactor-spaces:Get*"}, asks(), False),
        ({"Action": ["refactor-spaces:Get*", "refactor-spaces:CreateRoute"]}, asks(), True),
        ({"Resource": ARN + "/*"}, asks(), False),
        ({"Resource": ["arn:aws:refactor-spaces:*:*:environment/env-0123456789*"]}, asks(), True),
        ({"Condition": condition("StringLike", "/posts*")}, asks(SourcePath=("/posts/1",)), True),
        ({"Condition": condition("StringLike", "/posts*")}, asks(SourcePath=("/users",)), False),
        ({"Condition": condition("StringLike", "/posts*")}, asks(), False),
        ({"Condition": condition("StringLikeIfExists", "/posts*")}, asks(), True),
        ({"Condition": condition("StringEquals", ["/a", "/b"])}, asks(SourcePath=("/b",)), True),
        ({"Condition": condition("StringNotEquals", "/a")}, asks(SourcePath=("/a",)), False),
        ({"Condition": condition("StringNotEquals", "/a")}, asks(SourcePath=("/b",)), True),
        ({"Condition": condition("StringNotLike", "/a*")}, asks(), True),
        ({"Condition": condition("Null", "true")}, asks(), True),
        ({"Condition": condition("Null", True)}, asks(SourcePath=("/a",)), False),
        ({"Condition": condition("ForAllValues:StringEquals", "1", "CreatedByAccountIds")}, asks(), True),
        (
            {"Condition": condition("ForAllValues:StringEquals", "1", "CreatedByAccountIds")},
            asks(CreatedByAccountIds=("1", "2")),
            False,
        ),
        (
            {"Condition": condition("ForAnyValue:StringEquals", "1", "CreatedByAccountIds")},
            asks(CreatedByAccountIds=("1", "2")),
            True,
        ),
        ({"Condition": condition("StringLike", "/[ab]")}, asks(SourcePath=("/a",)), False),
    ],
)
def test_a_statement_applies_when_all_its_elements_do(given: dict[str, Any], question: Question, answer: bool) -> None:
    policy = a_policy(a_statement(**given))
    check_policy(policy)
    assert allows(policy, question) is answer


def test_a_denial_outweighs_every_permission() -> None:
    policy = a_policy(a_statement(), a_statement(Effect="Deny", Action="refactor-spaces:Delete*"))
    assert allows(policy, asks("CreateRoute"))
    assert not allows(policy, asks("DeleteRoute"))


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        "{}",
        a_policy(),
        a_policy(a_statement()) + "\n",
        a_policy(a_statement(Effect="Maybe")),
        a_policy(a_statement(Principal={"Service": "x"})),
        a_policy(a_statement(Principal={"AWS": "nobody"})),
        a_policy(a_statement(Action="s3:*")),
        a_policy(a_statement(NotAction="refactor-spaces:*")),
        a_policy(a_statement(Condition={"NumericEquals": {"a": "1"}})),
        a_policy(a_statement(Condition={"StringEquals": {}})),
        a_policy(a_statement(Condition="x")),
        a_policy(a_statement(Action=[])),
        a_policy(a_statement(Resource=[1])),
        a_policy(a_statement(Resource=True)),
        a_policy(a_statement(Condition=condition("NullIfExists", "true"))),
        a_policy(a_statement(Condition=condition("ForAllValues:ForAnyValue:StringLike", "/a"))),
        "[" * 100_000,
    ],
)
def test_what_cannot_be_understood_is_refused_when_it_is_put(text: str) -> None:
    with pytest.raises(Fault) as refused:
        check_policy(text)
    assert refused.value.code == "InvalidResourcePolicyException"
