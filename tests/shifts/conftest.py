"""A proxy called shop in front of a monolith, with a good and a bad target beside it; each test has a route."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import count

import pytest
import pytest_asyncio

from tests.control.world import Plane, a_home, a_plane
from tests.shifts.rig import Route, Side, a_route, sides


@pytest.fixture(scope="module")
def names() -> Iterator[str]:
    return (f"path{number}" for number in count())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def everybody() -> AsyncIterator[dict[str, Side]]:
    async with sides(("monolith", 0), ("good", 0), ("bad", 5)) as found:
        yield {side.name: side for side in found}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(everybody: dict[str, Side]) -> AsyncIterator[Plane]:
    async with a_home() as home, a_plane(home) as plane:
        await plane.post("/v1/proxies", {"name": "shop", "to": everybody["monolith"].url})
        for name in ("good", "bad"):
            await plane.post("/v1/targets", {"name": name, "urls": [everybody[name].url]}, status=202)
        yield plane


@pytest_asyncio.fixture(loop_scope="module")
async def good(shop: Plane, names: Iterator[str]) -> Route:
    return await a_route(shop, "good", names)


@pytest_asyncio.fixture(loop_scope="module")
async def bad(shop: Plane, names: Iterator[str]) -> Route:
    return await a_route(shop, "bad", names)
