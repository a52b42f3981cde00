"""The Router port without HAProxy: remembers what it was told, fails or takes its time on request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from stranglerfig.core.observed import GroupCounters, ObservedDataplane, ObservedGroup, ObservedServer, ServerHealth
from stranglerfig.core.topology import Group, Topology
from stranglerfig.errors import Unavailable


@dataclass
class InMemoryRouter:
    """``gate`` closed holds every apply back; ``refusals`` is how many of the next applies fail."""

    held: Topology = Topology()
    begun: int = 0
    applies: int = 0
    refusals: int = 0
    is_started: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def start(self) -> None:
        self.is_started = True

    async def claim(self, host: str, port: int) -> int:
        return port or 40_000 + len(self.held.listeners)

    async def apply(self, topology: Topology) -> None:
        self.begun += 1
        await self.gate.wait()
        self.applies += 1
        if self.refusals:
            self.refusals -= 1
            raise Unavailable("haproxy did not reload: it was told not to")
        self.held = topology

    def waiting(self) -> dict[str, str]:
        return {}

    async def observe(self) -> ObservedDataplane:
        groups = tuple(_observe(group) for group in self.held.groups)
        return ObservedDataplane("2.8.0", 1, groups, tuple((one.name, 0) for one in self.held.listeners))

    async def stop(self) -> None:
        self.held, self.is_started = Topology(), False


def _observe(group: Group) -> ObservedGroup:
    servers = tuple(ObservedServer(one.id, f"{one.host}:{one.port}", ServerHealth.UP, 0, "") for one in group.servers)
    return ObservedGroup(group.name, servers, GroupCounters())
