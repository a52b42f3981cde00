"""One look at HAProxy does for all who asked before it began."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from stranglerfig.control.meter import Meter
from stranglerfig.core.observed import ObservedDataplane
from tests.control.in_memory_router import InMemoryRouter

MANY = 50


@dataclass
class LookedAt(InMemoryRouter):
    looks: int = 0

    async def observe(self) -> ObservedDataplane:
        self.looks += 1
        await asyncio.sleep(0)
        return await super().observe()


async def test_many_who_ask_at_once_cost_no_look_each_and_nobody_gets_an_older_one() -> None:
    router = LookedAt()
    meter = Meter(router, lambda: True, time.monotonic)
    await asyncio.gather(*(meter.pools() for _ in range(MANY)))
    assert router.looks == 2, "the first one's began before the others asked"

    await meter.pools()
    assert router.looks == 3
