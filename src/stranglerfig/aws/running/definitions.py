"""The task definition that a workload's stack has in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stranglerfig.aws.environments import Environment
from stranglerfig.aws.stacks.values import StackResource

DEFINITION = "TaskDefinition"


def task_definition(env: Environment, resources: Iterable[StackResource]) -> Mapping[str, Any]:
    """As ECS describes it; empty where the stack has none."""
    arns = [one.physical for one in resources if one.logical == DEFINITION and one.physical]
    if not arns:
        return {}
    ecs = env.session.client("ecs", env.record.region)
    found: Mapping[str, Any] = ecs.describe_task_definition(taskDefinition=arns[0])["taskDefinition"]
    return found
