"""One task of containers under watch: what is known of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

from stranglerfig.core.observed import ContainerIdentity, ObservedTask, TaskState
from stranglerfig.core.topology import HealthCheck
from stranglerfig.runtimes.docker.labels import Part, Role
from stranglerfig.runtimes.docker.replies import ContainerState
from stranglerfig.runtimes.docker.sequence import Verdict
from stranglerfig.runtimes.task import Vitals


@dataclass(eq=False)
class ContainerTask:
    """``containers`` by name, in the manifest's order, are what the engine said last; ``ids`` are the engine's.

    ``proven`` are the ids of those that passed their health check before the engine has run it, ``killed`` of those
    that somebody had the engine kill. ``is_known`` is False while the engine could not be asked since the task was
    adopted. ``changed`` is set whenever something was seen of it; ``lock`` is held by whoever asks the engine and acts
    on what it says.
    """

    role: Role
    identity: ContainerIdentity
    ids: dict[str, str]
    parts: tuple[Part, ...] = ()
    containers: dict[str, ContainerState] = field(default_factory=dict)
    port: int = 0
    verdict: Verdict | None = None
    is_known: bool = True
    is_stopping: bool = False
    proven: set[str] = field(default_factory=set)
    killed: set[str] = field(default_factory=set)
    kill_at: float = float("inf")
    vitals: Vitals = field(default_factory=Vitals)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    ending: asyncio.Lock = field(default_factory=asyncio.Lock)

    def note(self, containers: dict[str, ContainerState]) -> None:
        self.containers = {
            name: replace(state, health="healthy") if state.id in self.proven and state.health == "starting" else state
            for name, state in containers.items()
        }
        self.is_known = True
        if owner := self.owner:
            self.port = dict(owner.ports).get(self.role.port or 0, self.port)
        self.changed.set()

    @property
    def owner(self) -> ContainerState | None:
        """The container that holds the network, and so the published ports."""
        return next((found for found in self.containers.values() if found.id == self.identity.id), None)

    def checked_port(self, health: HealthCheck) -> int:
        """Where it is asked for its health; the main port unless another one is wanted that it publishes."""
        published = () if self.owner is None else self.owner.ports
        return self.port if health.port is None else dict(published).get(health.port, self.port)

    @property
    def is_single(self) -> bool:
        return not any(part.is_holder for part in self.parts)

    def running(self) -> tuple[ContainerState, ...]:
        return tuple(found for found in self.containers.values() if found.is_running)

    def has_unproven(self) -> bool:
        """Whether a container waits for its first health check."""
        return not self.ended.is_set() and any(state.health == "starting" for state in self.running())

    def has_healthy_containers(self) -> bool:
        """All essential ones run, and those with a health check pass it."""
        return bool(self.containers) and all(
            self.containers[part.name].is_running and self.containers[part.name].health in ("none", "healthy")
            for part in self.parts
            if part.essential and part.name in self.containers
        )

    def observe(self) -> ObservedTask:
        owner = self.owner
        return ObservedTask(
            id=self.role.task_id,
            group=self.role.group,
            revision=self.role.revision,
            port=self.port,
            state=self._state(),
            identity=self.identity,
            exit_status=self._exit_status(),
            ports=() if owner is None else owner.ports,
        )

    def _state(self) -> TaskState:
        if self.ended.is_set():
            return TaskState.EXITED
        return TaskState.STOPPING if self.is_stopping else self.vitals.state

    def _exit_status(self) -> int | None:
        if self.verdict is None or self.verdict.culprit is None:
            return None
        return self.verdict.culprit.exit_status
