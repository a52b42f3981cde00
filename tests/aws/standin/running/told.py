"""What runs is told to moto, so that whoever asks AWS hears of it."""

from __future__ import annotations

import contextlib
import time
from copy import copy as copy_of
from typing import Any

from moto.core.utils import utcnow
from moto.ecs.models import EC2ContainerServiceBackend, Task
from moto.logs.models import LogsBackend

from tests.aws.standin.running.services import Copy, Keeper, Rollout

EVENTS = 100
STOPPED = "STOPPED"


def tell_service(keeper: Keeper) -> None:
    service = keeper.service
    service.running_count = len(keeper.running())
    service.pending_count = max(0, keeper.desired - service.running_count)
    service.deployments = [to_deployment(keeper, one, is_first=at == 0) for at, one in enumerate(keeper.deployments())]
    for message in keeper.events:
        event = {"id": f"{service.name}-{len(service.events)}", "createdAt": utcnow(), "message": message}
        service.events = [event, *service.events][:EVENTS]
    keeper.events.clear()


def to_deployment(keeper: Keeper, rollout: Rollout, *, is_first: bool) -> dict[str, Any]:
    running = len(keeper.running(rollout))
    wanted = keeper.desired if is_first else 0
    return {
        "id": rollout.id,
        "status": "PRIMARY" if is_first else "ACTIVE",
        "taskDefinition": rollout.definition,
        "desiredCount": wanted,
        "runningCount": running,
        "pendingCount": max(0, wanted - running),
        "failedTasks": rollout.failed,
        "rolloutState": rollout.state,
        "createdAt": utcnow(),
        "updatedAt": utcnow(),
        "launchType": "FARGATE",
    }


def tell_task(ecs: EC2ContainerServiceBackend, keeper: Keeper, copy: Copy) -> bool:
    """moto's is made when it is heard of for the first time. Whether it has just ended."""
    service = keeper.service
    tasks = ecs.tasks.setdefault(service.cluster_name, {})
    found = next((one for one in tasks.values() if one.id == copy.process.id), None)
    if found is None:
        found = begin_task(ecs, service, copy)
        tasks[found.task_arn] = found
    if found.last_status == STOPPED or (copy.exit_status is None and copy in keeper.copies):
        return False
    end_task(found, copy)
    return True


def begin_task(ecs: EC2ContainerServiceBackend, service: Any, copy: Copy) -> Task:
    # moto would make an interface in a subnet, with an address that nothing listens at.
    definition = copy_of(ecs.describe_task_definition(copy.rollout.definition))
    definition.network_mode = "bridge"
    cluster = ecs._get_cluster(service.cluster_name)
    group = f"service:{service.name}"
    task = Task(cluster, definition, None, None, ecs, group, "FARGATE", started_by=copy.rollout.id)
    task.id = copy.process.id
    task.enable_execute_command = bool(getattr(service, "enable_execute_command", False))  # type: ignore[attr-defined]
    for container in task.containers:
        container.runtime_id = f"{task.id}-1234567890"  # type: ignore[attr-defined]
    address = {"name": "privateIPv4Address", "value": copy.process.address}
    task.attachments = [{"type": "ElasticNetworkInterface", "status": "ATTACHED", "details": [address]}]
    return task


def end_task(task: Task, copy: Copy) -> None:
    task.last_status = task.desired_status = STOPPED
    task.stopped_reason = copy.reason
    task.stopped_at = utcnow()  # type: ignore[attr-defined]
    for container in task.containers:
        container.last_status = STOPPED
        container.exitCode = copy.exit_status or 0


def tell_log(logs: LogsBackend, definition: Any, task_id: str, lines: list[str]) -> None:
    """The last lines of a task, where its own container's log would be."""
    container = definition.container_definitions[0]
    options = (container.get("logConfiguration") or {}).get("options") or {}
    group = options.get("awslogs-group")
    if not group or not lines:
        return
    stream = f"{options.get('awslogs-stream-prefix', '')}/{container['name']}/{task_id}"
    now_ms = int(time.time() * 1000)
    # Somebody may have deleted the group meanwhile.
    with contextlib.suppress(Exception):
        logs.ensure_log_stream(group, stream)
        logs.put_log_events(group, stream, [{"timestamp": now_ms, "message": line} for line in lines])
