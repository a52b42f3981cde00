"""What an environment has in the engine beside its tasks: a network, volumes. Satisfies ``control.ports.Engine``.

The SDK is loaded when there is something to ask: a fig that runs no containers stays as small and quick as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from stranglerfig.runtimes.docker.labels import GROUP, HOME, IMAGE_APP, IMAGE_HOME

if TYPE_CHECKING:
    from stranglerfig.runtimes.docker.engine import Engine


class Surroundings:
    """``home`` keeps apart what several figs have on one engine."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._engine: Engine | None = None

    async def greet(self, what: str) -> None:
        """See the port."""
        await self._connect().ask(what, lambda api: api.ping())

    async def gateway(self, network: str) -> str:
        """See the port."""
        from stranglerfig.runtimes.docker.containers import ensure_network, read_gateway

        engine = self._connect()
        return await read_gateway(engine, await ensure_network(engine, network, self._home))

    async def clear(self, app: str, environment: str) -> None:
        """See the port. What is left of its tasks goes, too. Raises ``Conflict`` when a stranger uses the network."""
        from stranglerfig.runtimes.docker.containers import list_containers, remove_container, remove_networks

        engine, prefix = self._connect(), f"{app}.{environment}."
        for container_id, texts in await list_containers(engine, {HOME: self._home}):
            if texts.get(GROUP, "").startswith(prefix):
                await remove_container(engine, container_id)
        await self._remove_volumes(engine, prefix)
        await remove_networks(engine, f"fig-{app}-{environment}", self._home)

    async def remove_volumes(self, group: str) -> None:
        """The shared volumes that are labelled so. Idempotent; one that is in use stays."""
        from stranglerfig.runtimes.docker.containers import remove_volumes

        await remove_volumes(self._connect(), {HOME: self._home, GROUP: group})

    async def remove_images(self, app: str, *, keep: Collection[str], among: Collection[str] | None = None) -> None:
        """See the port."""
        from stranglerfig.runtimes.docker.containers import list_images, remove_image

        engine = self._connect()
        for image in await list_images(engine, {IMAGE_HOME: self._home, IMAGE_APP: app}):
            if image not in keep and (among is None or image in among):
                await remove_image(engine, image, f"{app}/")

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    async def _remove_volumes(self, engine: Engine, prefix: str) -> None:
        from stranglerfig.runtimes.docker.containers import list_volume_groups

        for group in await list_volume_groups(engine, self._home):
            if group.startswith(prefix):
                await self.remove_volumes(group)

    def _connect(self) -> Engine:
        from stranglerfig.runtimes.docker.engine import Engine

        if self._engine is None:
            self._engine = Engine()
        return self._engine
