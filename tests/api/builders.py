"""The API over a whole control plane, for one test."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.control.world import Plane, a_home, a_plane, an_upstream


@asynccontextmanager
async def an_empty_plane() -> AsyncIterator[Plane]:
    async with a_home() as home, a_plane(home) as plane:
        yield plane


@asynccontextmanager
async def a_shop(**more: object) -> AsyncIterator[tuple[Plane, str]]:
    """A proxy ``shop`` in front of a monolith, a target ``posts`` beside it; and the proxy's URL."""
    async with (
        an_upstream("monolith") as monolith,
        an_upstream("posts") as posts,
        an_empty_plane() as plane,
    ):
        url = str((await plane.post("/v1/proxies", {"name": "shop", "to": monolith, **more}))["url"])
        await plane.post("/v1/targets", {"name": "posts", "urls": [posts]}, status=202)
        yield plane, url
