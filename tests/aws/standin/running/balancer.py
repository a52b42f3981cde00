"""HAProxy as a balancer of AWS's: targets leave by the settings of their groups, and nothing else waits for that."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

from stranglerfig.core.topology import Group, Topology
from stranglerfig.dataplane.actions import backend_of_group
from stranglerfig.dataplane.rotation import Leaving
from stranglerfig.dataplane.router import HaproxyRouter
from stranglerfig.errors import FigError
from tests.aws.standin.running.targets import Target
from tests.aws.standin.running.topology import group_name

SOON_S = 0.01


@dataclass
class Balancer:
    router: HaproxyRouter
    others: list[asyncio.Task[None]] = field(default_factory=list)

    async def apply(self, wanted: Topology) -> None:
        """Whoever leaves may still have something under way when this returns."""
        task = asyncio.create_task(self.router.apply(wanted))
        while not task.done() and self.router._topology is not wanted:  # noqa: ASYNC110
            await asyncio.sleep(SOON_S)
        self.others = [one for one in (*self.others, task) if not one.done() or one.exception() is not None]
        for one in self.others:
            if one.done():
                one.result()

    async def is_busy(self, arn: str, target: Target) -> bool:
        leaving = Leaving(Group(group_name(arn), ()), target.server, wait=True)
        return await self.router._rotation._sessions([leaving]) > 0

    async def cut_off(self, arn: str, target: Target) -> None:
        server = f"{backend_of_group(group_name(arn))}/{target.server.id}"
        for pid in await self.router._workers.pids():
            with contextlib.suppress(FigError):
                await self.router._master.worker(pid, f"shutdown sessions server {server}")
