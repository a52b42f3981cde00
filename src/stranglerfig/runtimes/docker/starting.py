"""Makes a task's containers, or says why they cannot be made; then nothing of them is left behind."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from stranglerfig.core.containers import Container, ContainerTargets
from stranglerfig.core.observed import ContainerIdentity
from stranglerfig.core.secret_source import SecretSource
from stranglerfig.errors import FigError, UsageError
from stranglerfig.runtimes.docker import labels
from stranglerfig.runtimes.docker.bodies import Birth, render_container, render_holder
from stranglerfig.runtimes.docker.containers import (
    count_processors,
    create_container,
    ensure_holder_image,
    ensure_network,
    ensure_volume,
    remove_container,
    remove_volumes,
)
from stranglerfig.runtimes.docker.engine import Engine
from stranglerfig.runtimes.docker.labels import HOLDER, Part, Role, to_part
from stranglerfig.runtimes.docker.sequence import find_cycle
from stranglerfig.runtimes.docker.task import ContainerTask

MEND = "Mend the manifest, and deploy again."


@dataclass(frozen=True, slots=True)
class Maker:
    engine: Engine
    secrets: SecretSource

    async def make(self, role: Role, spec: ContainerTargets) -> ContainerTask:
        """All containers made, none started. Raises ``UsageError`` when they cannot be, ``NotFound`` for a secret."""
        check_spec(spec)
        values = [self._read_secrets(role, container) for container in spec.containers]
        network = await ensure_network(self.engine, spec.network, role.home) if spec.network else ""
        birth = Birth(role, spec, network, await count_processors(self.engine))
        ids: dict[str, str] = {}
        try:
            await self._make_volumes(birth)
            holder = await self._make_holder(birth, ids)
            for container, secrets in zip(spec.containers, values, strict=True):
                name = labels.to_container_name(role.task_id, to_part(container) if holder else None)
                body = render_container(birth, container, secrets, holder)
                ids[container.name] = await create_container(self.engine, name, body)
        except BaseException:
            await remove_remains(self.engine, role, ids)
            raise
        parts = tuple(to_part(container) for container in spec.containers)
        identity = ContainerIdentity(holder or ids[spec.containers[0].name])
        return ContainerTask(role, identity, ids, (Part(HOLDER), *parts) if holder else parts)

    def _read_secrets(self, role: Role, container: Container) -> dict[str, str]:
        return {variable: self.secrets(role.group, name) for variable, name in container.secrets}

    async def _make_holder(self, birth: Birth, ids: dict[str, str]) -> str | None:
        """None for a task of one container, which holds its network itself."""
        if len(birth.spec.containers) == 1:
            return None
        image = await ensure_holder_image(self.engine)
        name = labels.to_container_name(birth.role.task_id, None)
        ids[HOLDER] = await create_container(self.engine, name, render_holder(birth, image))
        return ids[HOLDER]

    async def _make_volumes(self, birth: Birth) -> None:
        role = birth.role
        for volume in birth.spec.volumes:
            if volume.shared:
                name = labels.to_shared_name(role, volume)
                owner = labels.to_owner(role, volume)
                await ensure_volume(self.engine, name, {labels.HOME: role.home, labels.GROUP: owner})
            else:
                name = labels.to_scratch_name(role.task_id, volume.name)
                await ensure_volume(self.engine, name, {labels.HOME: role.home, labels.TASK: role.task_id})


async def remove_remains(engine: Engine, role: Role, ids: dict[str, str]) -> None:
    """As far as the engine lets us; the census of strays finds the rest."""
    with contextlib.suppress(FigError):
        for container_id in reversed(ids.values()):
            await remove_container(engine, container_id)
        await remove_volumes(engine, {labels.HOME: role.home, labels.TASK: role.task_id})


def check_spec(spec: ContainerTargets) -> None:
    if not spec.containers:
        raise UsageError("the task has no containers", hint=MEND)
    volumes = {volume.name for volume in spec.volumes}
    for container in spec.containers:
        for mount in container.mounts:
            if mount.volume not in volumes:
                raise UsageError(
                    f"container {container.name} mounts {mount.volume}: no volume has that name", hint=MEND
                )
    circle = find_cycle([to_part(container) for container in spec.containers])
    if circle:
        raise UsageError(f"the containers {', '.join(circle)} wait for each other: none could start", hint=MEND)
