"""Tasks that run once, of no service: what was asked for by RunTask is started, followed to its end and stopped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from moto.core.utils import utcnow
from moto.ecs.models import EC2ContainerServiceBackend, Task, TaskDefinition
from moto.logs.models import LogsBackend

from tests.aws.standin.running.tasks import NotPulled, Tasks
from tests.aws.standin.running.told import STOPPED, tell_log

RUNNING = "RUNNING"
#: of a program that was told to end
TERMINATED = 143


@dataclass
class OneOff:
    """``task`` is moto's. ``told`` counts lines that are in its log."""

    task: Task
    definition: TaskDefinition
    told: int = 0


@dataclass
class OneOffs:
    ecs: EC2ContainerServiceBackend
    logs: LogsBackend
    tasks: Tasks
    living: dict[str, OneOff] = field(default_factory=dict)
    _known: set[str] = field(default_factory=set)

    async def step(self) -> None:
        for task in [one for tasks in list(self.ecs.tasks.values()) for one in list(tasks.values())]:
            if task.group.startswith("family:") and task.id not in self._known:
                self._known.add(task.id)
                await self.start(task)
        ended = self.tasks.ended()
        for one in list(self.living.values()):
            is_stopped = one.task.last_status == STOPPED
            if is_stopped:
                await self.tasks.stop(one.task.id)
            self.tell_lines(one)
            if is_stopped or one.task.id in ended:
                self.end(one, TERMINATED if is_stopped else ended[one.task.id])

    async def start(self, task: Task) -> None:
        definition = self.ecs.describe_task_definition(task.task_definition_arn)
        set_details(task, created_at=utcnow(), enable_execute_command=True)
        try:
            await self.tasks.start(task.id, group_of(task), definition)
        except NotPulled as error:
            refuse(task, f"CannotPullContainerError: {error}: not found")
            return
        set_details(task, started_at=utcnow())
        # It may have been stopped meanwhile.
        if task.desired_status != STOPPED:
            task.last_status = RUNNING
        for container in task.containers:
            container.runtime_id = f"{task.id}-1234567890"  # type: ignore[attr-defined]
        self.living[task.id] = OneOff(task, definition)

    def tell_lines(self, one: OneOff) -> None:
        lines = self.tasks.lines(group_of(one.task), one.task.id)
        tell_log(self.logs, one.definition, one.task.id, lines[one.told :])
        one.told = len(lines)

    def end(self, one: OneOff, status: int | None) -> None:
        del self.living[one.task.id]
        task = one.task
        for container in task.containers:
            container.last_status = STOPPED
            container.exitCode = status or 0
        if task.last_status == STOPPED:
            set_details(task, stop_code="UserInitiated")
        else:
            task.stopped_reason = "Essential container in task exited"
        set_details(task, stopped_at=utcnow())
        task.last_status = task.desired_status = STOPPED


def refuse(task: Task, reason: str) -> None:
    for container in task.containers:
        container.exitCode = None  # type: ignore[assignment]
    task.stopped_reason = reason
    task.last_status = task.desired_status = STOPPED


def group_of(task: Task) -> str:
    return task.group.replace(":", ".")


def set_details(task: Task, **details: Any) -> None:
    """What ECS tells of a task, and moto does not."""
    for name, value in details.items():
        setattr(task, name, value)
