"""Copilot's functions, as far as its stacks ask them for something.

moto would run them as Lambda functions in containers; here each answers at once what Copilot's own would. What they
would take away when their resource goes is noted, and nothing is taken away.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from moto.acm.models import acm_backends
from moto.cloudformation.custom_model import CustomModel
from moto.cloudformation.models import cloudformation_backends
from moto.cloudformation.parsing import get_model_map
from moto.elbv2.models import elbv2_backends

from tests.aws.standin.resources import Record

FIRST_OF_ROOT, LAST_OF_ROOT = 50_000, 48_000


class Function(Record):
    kind = "AWS::Lambda::Function"


class Permission(Record):
    kind = "AWS::Lambda::Permission"


@dataclass
class Functions:
    """``said_goodbye`` are logical ids of resources whose function was told that they go."""

    said_goodbye: list[str] = field(default_factory=list)


class Answer(Record):
    """A resource of one. ``attributes`` are what was answered."""

    def __init__(self, name: str, account: str, region: str, attributes: dict[str, Any], functions: Functions) -> None:
        super().__init__(name, account, region)
        self.attributes = attributes
        self.functions = functions

    def get_cfn_attribute(self, attribute: str) -> Any:
        return self.attributes[attribute]

    def delete(self, account_id: str, region_name: str) -> None:
        self.functions.said_goodbye.append(self.name)


@contextmanager
def functions_of_copilot() -> Iterator[Functions]:
    functions = Functions()

    def made(resource_name: str, declared: dict[str, Any], account_id: str, region_name: str, **others: Any) -> Answer:
        kind = others["ResourceType"]
        attributes = ANSWERS.get(kind, nothing)(declared["Properties"], account_id, region_name)
        name = attributes.pop("Ref", others["LogicalId"])
        return Answer(name, account_id, region_name, attributes, functions)  # type: ignore[abstract]

    with pytest.MonkeyPatch.context() as patch:
        for one in (Function, Permission):
            patch.setitem(get_model_map(), one.kind, one)
        patch.setattr(CustomModel, "create_from_cloudformation_json", made)
        yield functions


def nothing(properties: dict[str, Any], account: str, region: str) -> dict[str, Any]:
    return {}


def environment(properties: dict[str, Any], account: str, region: str) -> dict[str, Any]:
    """Outputs of the environment's stack."""
    stacks = cloudformation_backends[account][region].stacks.values()
    stack = next(one for one in stacks if one.name == properties["EnvStack"])
    return {str(one["OutputKey"]): one["OutputValue"] for one in stack.outputs or ()}


def priority(properties: dict[str, Any], account: str, region: str) -> dict[str, Any]:
    """For "/" the next one from 50,000 downwards, for others the next one from 1 upwards."""
    rules = elbv2_backends[account][region].describe_rules(listener_arn=properties["ListenerArn"], rule_arns=None)
    taken = [int(rule.priority) for rule in rules if rule.priority != "default"]
    if properties["RulePath"] == ["/"]:
        return {"Priority": min([*(one for one in taken if one > LAST_OF_ROOT), FIRST_OF_ROOT + 1]) - 1}
    return {"Priority": max([*(one for one in taken if one < LAST_OF_ROOT), 0]) + 1}


def desired_count(properties: dict[str, Any], account: str, region: str) -> dict[str, Any]:
    return {"DesiredCount": int(properties["DefaultDesiredCount"])}


def certificate(properties: dict[str, Any], account: str, region: str) -> dict[str, Any]:
    domain = f"{properties['EnvName']}.{properties['AppName']}.{properties['DomainName']}"
    return {"Ref": acm_backends[account][region].request_certificate(domain, "", [], [])}


def replica(properties: dict[str, Any], account: str, region: str) -> dict[str, Any]:
    domain = f"{properties['EnvName']}.{properties['AppName']}"
    return {"Ref": acm_backends[account][properties["TargetRegion"]].request_certificate(domain, "", [], [])}


def unique_aliases(properties: dict[str, Any], account: str, region: str) -> dict[str, Any]:
    said = json.loads(properties["Aliases"] or "{}")
    return {"UniqueValues": sorted({host for hosts in said.values() for host in hosts})}


ANSWERS: dict[str, Callable[[dict[str, Any], str, str], dict[str, Any]]] = {
    "Custom::EnvControllerFunction": environment,
    "Custom::RulePriorityFunction": priority,
    "Custom::DynamicDesiredCountFunction": desired_count,
    "Custom::CertificateValidationFunction": certificate,
    "Custom::CertificateReplicatorFunction": replica,
    "Custom::UniqueJSONValuesFunction": unique_aliases,
}
