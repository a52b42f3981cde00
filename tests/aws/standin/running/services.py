"""Services of ECS: as many tasks as wanted, of one revision after the other, and the circuit breaker.

As ECS does it: new tasks start while ``maximumPercent`` allows, old ones leave while ``minimumHealthyPercent`` does. A
task is told to end when it has been drained in all its target groups.
"""

from __future__ import annotations

import asyncio
import math
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from stranglerfig.errors import FigError
from tests.aws.standin.running.targets import HEALTHY, UNHEALTHY, Membership, Target
from tests.aws.standin.running.tasks import Process, Tasks

#: A task that is not healthy within it is replaced. Never faster than that: machines are slow.
SHORTEST_GRACE_S = 30.0
IN_PROGRESS, COMPLETED, FAILED = "IN_PROGRESS", "COMPLETED", "FAILED"
BROKEN = "ECS Deployment Circuit Breaker was triggered"


@dataclass
class Rollout:
    """A deployment, in ECS's word. ``failed`` counts its tasks that ended or never were healthy. ``forced`` is the name
    that one has which was asked for without a new revision."""

    number: int
    definition: str
    state: str = IN_PROGRESS
    failed: int = 0
    forced: str = ""

    @property
    def id(self) -> str:
        return self.forced or f"ecs-svc/{self.number:019d}"


@dataclass
class Copy:
    """One task. ``reason``: why it was stopped."""

    rollout: Rollout
    process: Process
    targets: list[tuple[str, Target]] = field(default_factory=list)
    born: float = field(default_factory=time.monotonic)
    reason: str = ""
    exit_status: int | None = None
    leaving: asyncio.Task[None] | None = None

    @property
    def is_healthy(self) -> bool:
        return self.leaving is None and all(target.state == HEALTHY for _, target in self.targets)


@dataclass
class Keeper:
    """Keeps one service. ``service`` is moto's."""

    service: Any
    find_definition: Callable[[str], Any]
    tasks: Tasks
    members: Membership
    told: Callable[[Keeper, Copy], None]
    rollouts: list[Rollout] = field(default_factory=list)
    copies: list[Copy] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    #: revisions that the circuit breaker has taken back
    broken: set[str] = field(default_factory=set)
    _serial: int = 0
    _forced: str = ""

    @property
    def group(self) -> str:
        return f"{self.service.cluster_name}.{self.service.name}"

    @property
    def desired(self) -> int:
        return int(self.service.desired_count) if self.service.status == "ACTIVE" else 0

    @property
    def is_steady(self) -> bool:
        """All tasks are those that are wanted, and healthy."""
        first = self.rollouts[0]
        ready = [one for one in self.copies if one.rollout is first and one.is_healthy]
        return first.state != IN_PROGRESS and len(ready) == len(self.copies) == self.desired

    def is_at(self, definition: str) -> bool:
        return bool(self.rollouts) and self.rollouts[0].definition == definition

    def running(self, rollout: Rollout | None = None) -> list[Copy]:
        return [one for one in self.copies if one.leaving is None and rollout in (None, one.rollout)]

    async def step(self) -> None:
        self.follow()
        self.reap()
        self.replace_unhealthy()
        self.break_circuit()
        await self.start_missing()
        self.stop_surplus()
        self.conclude()

    def follow(self) -> None:
        """The revision that is wanted by now."""
        wanted, forced = self.service.task_definition, getattr(self.service, "forced", "")
        if not self.rollouts or self.rollouts[0].definition != wanted or forced != self._forced:
            self._serial += 1
            self.rollouts.insert(0, Rollout(self._serial, wanted, forced="" if forced == self._forced else forced))
            self._forced = forced

    def reap(self) -> None:
        ended = self.tasks.ended()
        for one in self.running():
            if one.process.id in ended:
                one.exit_status = ended[one.process.id]
                self.lose(one, "Essential container in task exited")
                self.told(self, one)

    def replace_unhealthy(self) -> None:
        grace_s = float(getattr(self.service, "health_check_grace_period_seconds", 0) or 0)
        for one in self.running():
            aged = time.monotonic() - one.born > max(SHORTEST_GRACE_S, grace_s / self.members.pace)
            if aged and any(target.state == UNHEALTHY for _, target in one.targets):
                self.lose(one, "Task failed ELB health checks")

    def lose(self, copy: Copy, reason: str) -> None:
        if copy.rollout is self.rollouts[0] and copy.rollout.state == IN_PROGRESS:
            copy.rollout.failed += 1
        self.events.append(f"(service {self.service.name}) task {copy.process.id} failed: {reason}")
        self.let_go(copy, reason)

    def break_circuit(self) -> None:
        first = self.rollouts[0]
        breaker = self.settings.get("deploymentCircuitBreaker") or {}
        limit = max(3, min(200, math.ceil(self.desired / 2)))
        if first.state != IN_PROGRESS or first.failed < limit or not is_true(breaker.get("enable")):
            return
        first.state = FAILED
        self.broken.add(first.definition)
        self.events.append(f"(service {self.service.name}) (deployment {first.id}) deployment failed: {BROKEN}.")
        before = next((one for one in self.rollouts[1:] if one.state == COMPLETED), None)
        if before is not None and is_true(breaker.get("rollback")):
            self.service.task_definition = before.definition
            self.rollouts.remove(before)
            self.rollouts.insert(0, before)

    async def start_missing(self) -> None:
        first = self.rollouts[0]
        most = math.ceil(self.desired * self.percent("maximumPercent", 200) / 100)
        while first.state != FAILED and len(self.running(first)) < self.desired and len(self.running()) < max(1, most):
            task_id = uuid.uuid4().hex
            definition = self.find_definition(first.definition)
            try:
                process = await self.tasks.start(task_id, self.group, definition)
            except FigError as error:
                first.failed += 1
                self.events.append(f"(service {self.service.name}) was unable to place a task: {error.message}")
                return
            copy = Copy(first, process)
            for one in self.service.load_balancers:
                arn = one["targetGroupArn"]
                copy.targets.append((arn, self.members.register(arn, process.address, process.port)))
            self.copies.append(copy)
            self.told(self, copy)

    def stop_surplus(self) -> None:
        """Old revisions first, unhealthy before healthy."""
        first = self.rollouts[0]
        least = math.ceil(self.desired * self.percent("minimumHealthyPercent", 100) / 100)
        surplus = [one for one in self.running() if one.rollout is not first]
        surplus += self.running(first)[self.desired :]
        for one in sorted(surplus, key=lambda copy: copy.is_healthy):
            healthy = sum(other.is_healthy for other in self.running())
            if not one.is_healthy or healthy > least:
                self.let_go(one, f"Scaling activity initiated by (deployment {first.id})")

    def let_go(self, copy: Copy, reason: str) -> None:
        copy.reason = reason
        for arn, target in copy.targets:
            self.members.begin_drain(arn, target)
        copy.leaving = asyncio.create_task(self.end(copy))

    async def end(self, copy: Copy) -> None:
        await asyncio.gather(*(self.members.drained(arn, target) for arn, target in copy.targets))
        for arn, target in copy.targets:
            self.members.remove(arn, target)
        # What the balancer still has under way there has an end before its task.
        await self.members.settled()
        await self.tasks.stop(copy.process.id)
        self.copies.remove(copy)
        self.told(self, copy)

    def conclude(self) -> None:
        first = self.rollouts[0]
        here = [one for one in self.copies if one.rollout is first]
        if first.state == IN_PROGRESS and len(here) == self.desired and all(one.is_healthy for one in here):
            first.state = COMPLETED
            self.events.append(f"(service {self.service.name}) has reached a steady state.")
        alive = {id(one.rollout) for one in self.copies}
        self.rollouts = [first, *(one for one in self.rollouts[1:] if id(one) in alive or one.state == COMPLETED)]

    @property
    def settings(self) -> dict[str, Any]:
        return getattr(self.service, "deployment_configuration", None) or {}

    def percent(self, name: str, absent: int) -> int:
        return int(self.settings.get(name, absent))

    def deployments(self) -> Iterator[Rollout]:
        """The primary one, then those that have tasks still."""
        alive = {id(one.rollout) for one in self.copies}
        yield self.rollouts[0]
        yield from (one for one in self.rollouts[1:] if id(one) in alive)


def is_true(value: object) -> bool:
    return str(value).lower() == "true"
