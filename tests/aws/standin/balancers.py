"""What balancers do beside what moto keeps of them: transforms of rules, attributes of groups, health of targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.elbv2.models import (
    ELBv2Backend,
    FakeHealthStatus,
    FakeListenerRule,
    FakeLoadBalancer,
    FakeTargetGroup,
    elbv2_backends,
)
from moto.elbv2.responses import ELBV2Response

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """``state`` as ``describe_target_health`` has it."""

    address: str
    port: int
    state: str
    reason: str | None = None
    description: str | None = None


def complete_balancers() -> None:
    """Once a process: each of these is put around what was there."""
    if not hasattr(FakeListenerRule, "transforms"):
        FakeListenerRule.transforms = []  # type: ignore[attr-defined]
        around(FakeListenerRule, "create_from_cloudformation_json", rule_of_stack)
        around(FakeListenerRule, "update_from_cloudformation_json", rule_of_stack)
        around(FakeTargetGroup, "create_from_cloudformation_json", group_of_stack)
        around(FakeLoadBalancer, "create_from_cloudformation_json", balancer_of_stack)
        FakeTargetGroup.delete = delete_group  # type: ignore[attr-defined]
        answer_rules(ELBV2Response)
        tell_health(ELBv2Backend)


def around(model: Any, method: str, then: Callable[[Any, Tree], None]) -> None:
    """``then`` gets what was made, and the properties that it was made of."""
    before = getattr(model, method).__func__

    def done(kind: type, *arguments: Any, **others: Any) -> Any:
        declared = others.get("cloudformation_json") or arguments[1]
        made = before(kind, *arguments, **others)
        then(made, declared["Properties"])
        return made

    setattr(model, method, classmethod(done))


def rule_of_stack(rule: Any, properties: Tree) -> None:
    rule.transforms = properties.get("Transforms", [])


def group_of_stack(group: Any, properties: Tree) -> None:
    for one in properties.get("TargetGroupAttributes", []):
        group.attributes[one["Key"]] = one["Value"]


def balancer_of_stack(balancer: Any, properties: Tree) -> None:
    """moto takes each for an application balancer."""
    balancer.type = properties.get("Type", "application")


def delete_group(group: FakeTargetGroup, account_id: str, region_name: str) -> None:
    elbv2_backends[account_id][region_name].delete_target_group(group.arn)


def answer_rules(responses: Any) -> None:
    """Transforms are put in force by calls, too."""
    for operation in ("create_rule", "modify_rule"):
        setattr(responses, operation, with_transforms(getattr(responses, operation)))


def with_transforms(before: Any) -> Any:
    def operation(self: Any) -> Any:
        answer = before(self)
        [rule] = answer.result["Rules"]
        given = self._get_params()
        if given.get("Transforms") or given.get("ResetTransforms"):
            rule.transforms = given.get("Transforms") or []
        return answer

    return operation


def tell_health(backends: Any) -> None:
    """Of groups whose targets somebody has looked at; moto takes all others for healthy."""
    before = backends.describe_target_health

    def describe_target_health(self: Any, target_group_arn: str, targets: list[Tree]) -> list[FakeHealthStatus]:
        group = self.target_groups.get(target_group_arn)
        seen: tuple[TargetHealth, ...] | None = getattr(group, "seen", None)
        if group is None or seen is None:
            found: list[FakeHealthStatus] = before(self, target_group_arn, targets)
            return found
        asked = {one["Id"] for one in targets}
        told = [one for one in seen if not asked or one.address in asked]
        return [
            FakeHealthStatus(one.address, str(one.port), str(one.port), one.state, one.reason, one.description)
            for one in told
        ]

    backends.describe_target_health = describe_target_health
