"""A task made of containers that share one network: the service's own, and its sidecars. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Condition(Enum):
    """What a container waits for in another one before it starts."""

    START = "start"
    HEALTHY = "healthy"
    COMPLETE = "complete"
    SUCCESS = "success"


@dataclass(frozen=True, slots=True)
class ContainerHealth:
    """The engine's own check. ``command`` begins with CMD or CMD-SHELL; times are seconds."""

    command: tuple[str, ...]
    interval_s: float = 10.0
    timeout_s: float = 5.0
    retries: int = 2
    start_period_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Mount:
    """``volume`` is one of the task's ``Volume`` names."""

    volume: str
    path: str
    read_only: bool = True


@dataclass(frozen=True, slots=True)
class Volume:
    """``shared``: a named volume that all tasks of the service see and that outlives them; else scratch of one task.

    Tasks of one environment that name the same ``file_system`` share it, whichever services they are of.
    """

    name: str
    shared: bool = False
    file_system: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    """``image`` is an id or a reference that the engine has. None for ``entrypoint`` or ``command``: the image's own.

    ``ports`` are the TCP ports that it listens on inside the task. The end of an ``essential`` container ends the task.
    """

    name: str
    image: str
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    env: tuple[tuple[str, str], ...] = ()
    secrets: tuple[tuple[str, str], ...] = ()
    ports: tuple[int, ...] = ()
    essential: bool = True
    depends_on: tuple[tuple[str, Condition], ...] = ()
    health: ContainerHealth | None = None
    read_only_root: bool = False
    mounts: tuple[Mount, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ContainerTargets:
    """A target group of N tasks in Docker. ``containers`` begins with the service's own.

    ``port`` is the container port that requests go to, None for a task that takes none. ``cpu_units`` are 1024 for a
    core, shared by the task's containers as is ``memory_mib``; None leaves them unlimited. ``network`` is the engine's
    network where the task answers to ``aliases``. Times and ``recreate`` as for ``ProcessTargets``.
    """

    containers: tuple[Container, ...]
    port: int | None = None
    replicas: int = 1
    start_timeout_s: float = 60.0
    grace_s: float = 10.0
    cpu_units: int | None = None
    memory_mib: int | None = None
    network: str = ""
    aliases: tuple[str, ...] = ()
    volumes: tuple[Volume, ...] = ()
    recreate: bool = False

    @property
    def listens(self) -> bool:
        return self.port is not None
