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
from moto.s3.models import s3_backends
from moto.ssm.models import ssm_backends

from stranglerfig.core.desired import ProcessTargets
from stranglerfig.core.observed import TaskIdentity, TaskState
from stranglerfig.runtimes.process import ProcessRuntime
from tests.aws.standin.cloud import ACCOUNT, REGION

#: from SIGTERM to SIGKILL, as ECS has it for who says nothing
GRACE_S = 30.0


class NotPulled(Exception):
    """There is no such image."""


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
        known = [one for one in containers if self.program(one["image"])]
        if not known:
            raise NotPulled(containers[0]["image"])
        [container] = known
        program, address = self.program(container["image"]), next(self._addresses)
        assert program is not None
        environ = {**program.environ, **variables_of(container)}
        mounts = self.mounts(definition, container)
        spec = ProcessTargets(
            (*container.get("entryPoint", ()), *(container.get("command") or program.command)),
            program.folder,
            env=(*((name, on_this_machine(value, mounts)) for name, value in environ.items()), ("HOST", address)),
        )
        found = await self.runtime.start(task_id, group, definition.revision, spec)
        return Process(task_id, address, found.port)

    def program(self, image: str) -> Program | None:
        """One that was built here is known by its repository."""
        return self._programs.get(image) or self._programs.get(image.partition("@")[0].rpartition("/")[2])

    def mounts(self, definition: TaskDefinition, container: Mapping[str, Any]) -> dict[str, str]:
        """Folders of this machine, by where they are in the container."""
        volumes = {one["name"]: one.get("efsVolumeConfiguration") for one in definition.volumes}
        found = {}
        for mount in container.get("mountPoints", ()):
            system = volumes.get(mount["sourceVolume"])
            if system is not None:
                inside = str(system.get("rootDirectory", "/")).strip("/")
                folder = self._folder / "efs" / str(system["fileSystemId"]) / inside
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

    def lines(self, group: str, task_id: str) -> list[str]:
        written = self._folder / "logs" / group / f"{task_id}.log"
        return written.read_text(errors="replace").splitlines() if written.exists() else []

    async def stop_all(self) -> None:
        for one in self.runtime.observe():
            await self.runtime.stop(one.id, 0)
        self.runtime.close()


def variables_of(container: Mapping[str, Any]) -> dict[str, str]:
    """Those of files first, then its own, then secrets by what is kept now."""
    found: dict[str, str] = {}
    for file in container.get("environmentFiles", ()):
        bucket, _, key = str(file["value"]).partition(":::")[2].partition("/")
        kept_file = s3_backends[ACCOUNT]["aws"].get_object(bucket, key)
        assert kept_file is not None, f"there is no {file['value']}"
        text = kept_file.value.decode()
        # Of two that say the same variable the first counts.
        found = dict(line.split("=", 1) for line in text.splitlines() if "=" in line) | found
    found |= {one["name"]: str(one["value"]) for one in container.get("environment", ())}
    parameters = ssm_backends[ACCOUNT][REGION]
    for secret in container.get("secrets", ()):
        kept = parameters.get_parameter(secret["valueFrom"])
        found[secret["name"]] = str(kept.response_object(decrypt=True)["Value"]) if kept else ""
    return found


def on_this_machine(value: str, mounts: Mapping[str, str]) -> str:
    """A path below a mount is another one here."""
    for inside, folder in mounts.items():
        if value == inside or value.startswith(f"{inside}{os.sep}"):
            return folder + value.removeprefix(inside)
    return value
