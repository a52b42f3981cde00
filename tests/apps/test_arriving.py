"""A service is not deleted by mistake while requests arrive that nobody else would take."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from stranglerfig.core.traffic.lines import AccessLine
from tests.apps.builders import APP, ENV, PLACE, a_service, an_environment, deployed, get
from tests.control.world import Plane

WHOLE, POSTS = f"{APP}.{ENV}.whole", f"{APP}.{ENV}.posts"


@pytest.fixture(name="plane")
async def a_monolith_and_a_service() -> AsyncIterator[Plane]:
    """``whole`` takes every path, and ``posts`` what begins with its name."""
    async with an_environment() as plane:
        await deployed(plane, a_service("whole", path="/"))
        await deployed(plane, a_service("posts"))
        yield plane


def tell(plane: Plane, path: str, group: str, *, seconds_ago: float = 0.0) -> None:
    at = time.time() - seconds_ago
    line = AccessLine(at, f"{APP}.{ENV}", group, "t1", "GET", path, "localhost", 200, 1.0, client="10.0.0.7")
    plane.control.lines.publish(line)


async def delete(plane: Plane, name: str, **asked: str) -> tuple[int, str]:
    answer = await plane.client.delete(f"{PLACE}/workloads/{name}", params=asked)
    return answer.status_code, answer.text


async def test_what_was_asked_just_now_stays_unless_it_is_forced(plane: Plane) -> None:
    tell(plane, "/threads/7", WHOLE)
    status, words = await delete(plane, "whole")
    assert (status, "GET /threads/{id} (0 s ago by 10.0.0.7)" in words) == (403, True)
    assert f"fig svc delete --name whole --env {ENV} --force" in words

    assert await delete(plane, "whole", force="1") == (204, "")
    assert (await get(plane, PLACE))["workloads"] == ["posts"]


async def test_what_others_take_by_now_or_nobody_asks_any_more_is_no_reason_to_keep_it(plane: Plane) -> None:
    tell(plane, "/posts/7", WHOLE)
    tell(plane, "/threads/7", WHOLE, seconds_ago=90.0)

    assert await delete(plane, "whole") == (204, "")


async def test_a_service_can_be_retired_by_its_name(plane: Plane) -> None:
    tell(plane, "/posts/7", POSTS)
    order = {"target": "posts", "quiet_for_s": 30.0}
    refused = await plane.client.post("/v1/ledger/retire", json=order)
    assert (refused.status_code, "GET /posts/{id}" in refused.text) == (403, True)

    await plane.post("/v1/ledger/retire", {**order, "force": True}, status=200)
    assert (await get(plane, PLACE))["workloads"] == ["whole"]
