"""Templates and what they are evaluated with, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stranglerfig.core.cloudformation.templates.evaluation import properties_of
from stranglerfig.core.cloudformation.templates.parameters import to_values
from stranglerfig.core.cloudformation.templates.scope import Pseudo, Scope
from stranglerfig.core.cloudformation.templates.template import read_template

ACCOUNT = "123456789012"
STACK_ID = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/forum/1"
PSEUDO = Pseudo(ACCOUNT, "eu-west-1", "forum", STACK_ID, ("arn:aws:sns:eu-west-1:1:a",))
VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
CLUSTER = {"Type": "AWS::ECS::Cluster"}

Tree = dict[str, Any]


def tree_of(resources: Tree | None = None, **sections: Any) -> Tree:
    return {"Resources": {"Vpc": VPC} if resources is None else resources, **sections}


def scope_of(tree: Tree, given: Mapping[str, str] | None = None, **rest: Any) -> Scope:
    template = read_template(tree)
    return Scope(template, to_values(template, given or {}), rest.pop("pseudo", PSEUDO), **rest)


def evaluated(value: Any, given: Mapping[str, str] | None = None, *, rest: Tree | None = None, **sections: Any) -> Any:
    """A value as it comes out as a property of a type that nothing is known of."""
    resources = {"Vpc": VPC, "It": {"Type": "Custom::Anything", "Properties": {"Value": value}}}
    return properties_of(scope_of(tree_of(resources, **sections), given, **(rest or {})), "It").get("Value")
