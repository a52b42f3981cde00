"""Tasks of ECS as processes: each has an address of its own, as in a VPC, and the file systems that it mounts."""

from __future__ import annotations

import itertools
import os
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moto.ecs.models import TaskDefinition

from stranglerfig.core.desired import ProcessTargets
from stranglerfig.core.observed import TaskIdentity, TaskState
from stranglerfig.runtimes.process import ProcessRuntime

LAST_LINES = 20
#: from SIGTERM to SIGKILL, as ECS has it for who says nothing
GRACE_S = 30.0


@dataclass(frozen=True, slots=True)
class Program:
    """What an image would run, and the variables that it has of its own."""

    command: tuple[str, ...]
    folder: str
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Process:
    """One that was started. ``address`` and ``port`` are where it listens."""

    id: str
    address: str
    port: int


def addresses() -> Iterable[str]:
    """Of this machine alone; side by side, tests draw others."""
    first = random.randrange(1 << 22)
    for number in itertools.count(first):
        low = number % (1 << 22)
        yield f"127.{64 + (low >> 16)}.{low >> 8 & 255}.{1 + low % 250}"


class Tasks:
    """Belongs to one event loop."""

    def __init__(self, folder: Path, programs: Mapping[str, Program]) -> None:
        self._folder = folder
        self._programs = programs
        self._addresses = iter(addresses())
        self.runtime = ProcessRuntime(folder / "logs")

    async def start(self, task_id: str, group: str, definition: TaskDefinition) -> Process:
        """Of its containers the one whose image is in the table; sidecars are nobody's."""
        containers: list[dict[str, Any]] = definition.container_definitions
        [container] = [one for one in containers if one["image"] in self._programs]
        program, address = self._programs[container["image"]], next(self._addresses)
        told = {one["name"]: str(one["value"]) for one in container.get("environment", ())}
        environ = {**program.environ, **told}
        mounts = self.mounts(definition, container)
        spec = ProcessTargets(
            tuple(container.get("command") or program.command),
            program.folder,
            env=(*((name, on_this_machine(value, mounts)) for name, value in environ.items()), ("HOST", address)),
        )
        found = await self.runtime.start(task_id, group, definition.revision, spec)
        return Process(task_id, address, found.port)

    def mounts(self, definition: TaskDefinition, container: Mapping[str, Any]) -> dict[str, str]:
        """Folders of this machine, by where they are in the container."""
        volumes = {one["name"]: one.get("efsVolumeConfiguration") for one in definition.volumes}
        found = {}
        for mount in container.get("mountPoints", ()):
            system = volumes.get(mount["sourceVolume"])
            if system is not None:
                inside = str(system.get("rootDirectory", "/")).strip("/")
                folder = self._folder / "efs" / str(system["filesystemId"]) / inside
                folder.mkdir(parents=True, exist_ok=True)
                found[str(mount["containerPath"])] = str(folder)
        return found

    def ended(self) -> dict[str, int | None]:
        """Exit statuses of tasks that are gone."""
        return {one.id: one.exit_status for one in self.runtime.observe() if one.state is TaskState.EXITED}

    def pid(self, task_id: str) -> int:
        [found] = [one.identity for one in self.runtime.observe() if one.id == task_id]
        assert isinstance(found, TaskIdentity)
        return found.pid

    async def stop(self, task_id: str) -> None:
        await self.runtime.stop(task_id, GRACE_S)

    def last_lines(self, group: str, task_id: str) -> list[str]:
        written = self._folder / "logs" / group / f"{task_id}.log"
        return written.read_text(errors="replace").splitlines()[-LAST_LINES:]

    async def stop_all(self) -> None:
        for one in self.runtime.observe():
            await self.runtime.stop(one.id, 0)
        self.runtime.close()


def on_this_machine(value: str, mounts: Mapping[str, str]) -> str:
    """A path below a mount is another one here."""
    for inside, folder in mounts.items():
        if value == inside or value.startswith(f"{inside}{os.sep}"):
            return folder + value.removeprefix(inside)
    return value
