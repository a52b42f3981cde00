"""The ledger beside real traffic: HAProxy counts it, and lines are told as it would tell them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from stranglerfig.core.ledger.records import DAY_S, KEPT_DAYS, OTHER, UNSEEN
from stranglerfig.core.traffic.lines import AccessLine
from stranglerfig.errors import StateUnusable
from tests.control.world import Plane, a_home, a_plane, an_upstream, forbid_writing


@dataclass
class Shop:
    """A proxy with users on their way to a service of their own."""

    home: Path
    url: str
    users: str


@asynccontextmanager
async def a_shop() -> AsyncIterator[tuple[Shop, Plane]]:
    async with (
        a_home() as home,
        an_upstream("monolith") as monolith,
        an_upstream("users") as users,
        a_plane(home) as plane,
    ):
        url = str((await plane.post("/v1/proxies", {"name": "shop", "to": monolith}))["url"])
        await plane.post("/v1/targets", {"name": "users", "urls": [users]}, status=202)
        await plane.post("/v1/proxies/shop/routes", {"path": "/api/users", "to": "users"})
        yield Shop(home, url, users), plane


async def ask(shop: Shop, path: str, times: int = 1) -> None:
    async with httpx.AsyncClient(timeout=60) as client:
        for _ in range(times):
            await client.get(f"{shop.url}{path}")


def tell(plane: Plane, target: str, pool: str, **more: Any) -> None:
    known = {"at": time.time(), "listener": "shop", "server": "u1", "method": "GET", "host": "shop", "status": 200}
    plane.control.lines.publish(
        AccessLine(pool=pool, target=target, total_ms=2.0, client="10.0.0.7", **{**known, **more})
    )


async def read(plane: Plane, **asked: str) -> dict[str, Any]:
    answer = await plane.client.get("/v1/ledger", params=asked)
    assert answer.status_code == 200, answer.text
    [listener] = answer.json()["listeners"]
    return dict(listener)


def counts_of(listener: dict[str, Any]) -> dict[tuple[str, str | None], int]:
    return {(entry["endpoint"], entry["target"]): entry["requests"] for entry in listener["entries"]}


async def test_a_sample_becomes_what_haproxy_counted() -> None:
    async with a_shop() as (shop, plane):
        await ask(shop, "/api/users/1", 30)
        await ask(shop, "/orders/1", 21)
        tell(plane, "/api/users/1", "users", stands_for=10)
        tell(plane, "/orders/1?page=2", "shop-default", stands_for=10, user_agent="caf\udce9")
        found = await read(plane)

    assert counts_of(found) == {("/api/users/{id}", "users"): 30, ("/orders/{id}", "shop-default"): 21}
    assert found["requests"] == {"legacy": 21, "moved": 30, "nobody": 0}
    assert (found["endpoints"], found["moved_endpoints"]) == (2, 1)
    assert found["entries"][1]["last"]["client"] == "10.0.0.7"
    assert found["entries"][1]["last"]["path"] == "/orders/1"
    assert found["entries"][1]["last"]["user_agent"] == "caf\\udce9"


async def test_what_a_route_has_taken_since_does_not_reach_legacy_any_more() -> None:
    async with a_shop() as (shop, plane):
        await ask(shop, "/orders/1", 5)
        await ask(shop, "/carts/1", 5)
        for path in ("/orders/1", "/carts/1"):
            tell(plane, path, "shop-default", stands_for=5)
        await plane.post("/v1/proxies/shop/routes", {"path": "/orders", "to": "users"})
        await plane.post("/v1/proxies/shop/routes", {"path": "/carts", "to": "users", "weight": 50})
        found = await read(plane)
        candidates = (await plane.client.get("/v1/ledger/candidates")).json()

    assert {entry["endpoint"]: entry["has_left"] for entry in found["entries"]} == {
        "/orders/{id}": True,
        "/carts/{id}": False,
    }
    assert (found["endpoints"], found["moved_endpoints"]) == (2, 1)
    assert [candidate["path"] for candidate in candidates] == ["/carts"]


async def test_what_haproxy_answers_itself_is_nobodys_and_no_endpoint_is_learned_from_it() -> None:
    async with a_shop() as (shop, plane):
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{shop.url}/a%2Fb")).status_code == 400
        tell(plane, "/a%2Fb", "", status=400)
        found = await read(plane)

    assert counts_of(found) == {(OTHER, None): 1}
    assert found["requests"]["nobody"] == 1


async def test_the_next_daemon_books_what_was_counted_while_there_was_none() -> None:
    async with a_shop() as (shop, plane):
        await ask(shop, "/orders/1", 5)
        tell(plane, "/orders/1", "shop-default", stands_for=5)
        await plane.control.ledger.book()
        async with httpx.AsyncClient() as client:
            await client.get(f"{shop.url}/orders/2")
        # As if it died here: nothing is booked from now on.
        forbid_writing(plane)
        await ask(shop, "/api/users/1", 4)
        async with a_plane(shop.home) as second:
            found = await read(second)

    assert counts_of(found) == {("/orders/{id}", "shop-default"): 5, (UNSEEN, "shop-default"): 1, (UNSEEN, "users"): 4}


async def test_nothing_of_it_is_left_when_everything_is_forgotten() -> None:
    async with a_shop() as (shop, plane):
        await ask(shop, "/orders/1", 5)
        tell(plane, "/orders/1", "shop-default", stands_for=5)
        await plane.post("/v1/down", {"purge": True}, status=204)
        await plane.control.ledger.book()

        assert (list(plane.control.ledger.store.hours(0)), plane.control.ledger.sightings) == ([], {})


async def test_an_hour_that_ends_takes_its_figures_with_it() -> None:
    async with a_shop() as (shop, plane):
        ledger, now = plane.control.ledger, time.time()
        ledger.wall = lambda: now
        await ask(shop, "/orders/1", 3)
        tell(plane, "/orders/1", "shop-default", stands_for=3, at=now)
        await ledger.book()
        ledger.wall = lambda: now + 3_600
        await ledger.book()
        await ask(shop, "/orders/1", 2)
        tell(plane, "/orders/1", "shop-default", stands_for=2, at=now + 3_600)
        recent = await read(plane, since_s="60")
        everything = await read(plane)

    assert counts_of(recent) == {("/orders/{id}", "shop-default"): 2}
    assert counts_of(everything) == {("/orders/{id}", "shop-default"): 5}


async def test_what_cannot_be_written_is_written_next_time() -> None:
    async with a_shop() as (shop, plane):
        await ask(shop, "/orders/1", 3)
        tell(plane, "/orders/1", "shop-default", stands_for=3)
        forbid_writing(plane)
        with pytest.raises(StateUnusable):
            await plane.control.ledger.book()
        forbid_writing(plane, forbidden=False)
        found = await read(plane)

    assert counts_of(found) == {("/orders/{id}", "shop-default"): 3}


async def test_who_is_still_asked_cannot_be_retired_and_the_paths_are_named() -> None:
    async with a_shop() as (shop, plane):
        await ask(shop, "/orders/1")
        tell(plane, "/orders/1", "shop-default")
        answer = await plane.client.post("/v1/ledger/retire", json={"target": "shop-default", "quiet_for_s": 60.0})
        assert answer.status_code == 403
        assert "GET /orders/{id} (0 s ago by 10.0.0.7)" in answer.json()["message"]

        # And without a line that told of it.
        await ask(shop, "/api/users/1")
        answer = await plane.client.post("/v1/ledger/retire", json={"target": "users", "quiet_for_s": 60.0})
        assert (answer.status_code, answer.json()["hint"]) == (403, "`fig route delete shop api-users` takes it away.")


async def test_quiet_is_proven_only_as_long_as_it_was_watched() -> None:
    async with a_shop() as (_, plane):
        answer = await plane.client.post("/v1/ledger/retire", json={"target": "shop-default", "quiet_for_s": 3_600.0})

    assert answer.status_code == 403
    assert "has been watched for" in answer.json()["message"]


async def test_who_is_retired_is_gone_and_routes_forget_whom_they_moved_from() -> None:
    async with a_shop() as (shop, plane):
        order = {"target": "shop-default", "quiet_for_s": 0.0}
        look = await plane.post("/v1/ledger/retire", {**order, "only_look": True}, status=200)
        assert look["steps"] == [
            "Route api-users of shop cannot be rolled back any more.",
            "Proxy shop refuses what no route takes.",
            "shop-default is switched off.",
        ]
        assert (await plane.client.get("/v1/targets/shop-default")).status_code == 200
        await plane.post("/v1/ledger/retire", order, status=200)

        assert (await plane.client.get("/v1/targets/shop-default")).status_code == 404
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{shop.url}/orders/1")).status_code == 403
            assert (await client.get(f"{shop.url}/api/users/1")).json()["name"] == "users"


async def test_who_a_route_leads_to_is_not_retired() -> None:
    async with a_shop() as (_, plane):
        answer = await plane.client.post("/v1/ledger/retire", json={"target": "users", "quiet_for_s": 0.0})
        assert (answer.status_code, answer.json()["hint"]) == (
            409,
            "`fig route delete shop api-users` takes it away.",
        )
        await plane.client.patch("/v1/proxies/shop/routes/api-users", json={"weight": 50})
        answer = await plane.client.post("/v1/ledger/retire", json={"target": "shop-default", "quiet_for_s": 0.0})
        assert "has not wholly moved away" in answer.json()["message"]


async def test_a_target_in_use_is_told_with_what_it_was_asked() -> None:
    async with a_shop() as (_, plane):
        tell(plane, "/orders/1", "shop-default")
        answer = await plane.client.delete("/v1/targets/shop-default")

    assert answer.status_code == 409
    assert "was asked just now: GET /orders/{id} (0 s ago by 10.0.0.7)" in answer.json()["message"]


async def test_who_was_last_seen_before_the_kept_days_is_forgotten() -> None:
    async with a_shop() as (shop, plane):
        ledger, now = plane.control.ledger, time.time()
        for path, pool, days in (("/orders/1", "shop-default", 0), ("/api/users/1", "users", KEPT_DAYS + 1)):
            ledger.wall = partial(float, now + days * DAY_S)
            await ledger.book()
            await ask(shop, path)
            tell(plane, path, pool, at=ledger.wall())
        ledger.wall = lambda: now + (KEPT_DAYS + 2) * DAY_S
        await ledger.book()

    assert [key.endpoint for key in ledger.sightings] == ["/api/users/{id}"]


async def test_a_proposal_is_asked_about_what_was_seen_and_changes_nothing() -> None:
    async with a_shop() as (shop, plane):
        await ask(shop, "/orders/1", 3)
        await ask(shop, "/api/users/1", 2)
        tell(plane, "/orders/1", "shop-default", stands_for=3)
        tell(plane, "/api/users/1", "users", stands_for=2)
        proposal = {"add": [{"path": "/orders", "to": "users", "weight": 25}], "weights": {"api-users": 100}}
        found = await plane.post("/v1/proxies/shop/try", proposal, status=200)
        routes = (await plane.client.get("/v1/proxies/shop/routes")).json()

    assert (found["kinds"], found["requests"]) == (2, 5)
    assert found["changes"] == [
        {
            "method": "GET",
            "url": "/orders/1",
            "host": "shop",
            "times": 3,
            "before": {"verdict": "forward", "shares": {"shop-default": 1.0}, "status": None, "location": None},
            "after": {
                "verdict": "forward",
                "shares": {"shop-default": 0.75, "users": 0.25},
                "status": None,
                "location": None,
            },
        }
    ]
    assert [route["id"] for route in routes] == ["api-users"]


async def test_recorded_requests_are_asked_of_a_table_that_replaces_all_routes() -> None:
    async with a_shop() as (shop, plane):
        asked = [{"method": "POST", "url": "/api/users", "headers": ["X-Beta: yes", "Host: shop.example"], "times": 7}]
        table = [{"path": "/api", "to": shop.users, "headers": ["X-Beta: yes"]}]
        same = await plane.post("/v1/proxies/shop/try", {"routes": table, "requests": asked}, status=200)
        gone = await plane.post("/v1/proxies/shop/try", {"without": ["api-users"], "requests": asked}, status=200)
        unknown = await plane.client.post("/v1/proxies/shop/try", json={"without": ["nobody"], "requests": asked})

    assert (same["requests"], same["changes"]) == (7, [])
    assert [change["after"]["shares"] for change in cast(list[Any], gone["changes"])] == [{"shop-default": 1.0}]
    assert unknown.status_code == 404
