"""Live shadows in a whole control plane: lines come in, both sides are asked, and what they say is compared."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from stranglerfig.core.traffic.lines import AccessLine, Copy
from stranglerfig.dataplane.lines.receiver import receiving
from tests.control.world import Plane, a_home, a_plane, forbid_writing, until
from tests.shadow.sides import Answering, Reply, Side, a_side, always, two_sides

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHADOW = "/v1/proxies/shop/routes/api-users/shadow"
SECRET = "hunter2-and-more"


def user(**fields: Any) -> Answering:
    return lambda asked: Reply({"id": 1, "name": "Ann", "at": time.time_ns(), **fields})


@pytest.fixture
def sides() -> Iterator[tuple[Side, Side]]:
    """The candidate says another name."""
    with two_sides(user(), user(name="Bob")) as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def one_shop() -> AsyncIterator[tuple[Plane, Side, Side]]:
    """One daemon for all tests that leave it as it was, less the shadow."""
    with two_sides(user(), user()) as (legacy, candidate):
        async with a_home() as home, a_shop(home, legacy.url, candidate.url) as plane:
            yield plane, legacy, candidate


@pytest_asyncio.fixture(loop_scope="module")
async def shop(one_shop: tuple[Plane, Side, Side]) -> AsyncIterator[Plane]:
    plane, legacy, candidate = one_shop
    for side in (legacy, candidate):
        side.answer = user()
        side.asked.clear()
    yield plane
    await plane.client.delete(SHADOW)


@pytest.fixture
def legacy(one_shop: tuple[Plane, Side, Side]) -> Side:
    return one_shop[1]


@pytest.fixture
def candidate(one_shop: tuple[Plane, Side, Side]) -> Side:
    return one_shop[2]


@asynccontextmanager
async def a_shop(home: Path, legacy: str, candidate: str, **route: Any) -> AsyncIterator[Plane]:
    async with a_plane(home) as plane:
        if not plane.control.books.desired.proxies:
            await plane.post("/v1/proxies", {"name": "shop", "to": legacy})
            wanted = {"path": "/api/users", "to": candidate, "weight": 0, "force": True, **route}
            await plane.post("/v1/proxies/shop/routes", wanted)
        yield plane


def a_line(target: str = "/api/users/1", method: str = "GET", **more: Any) -> AccessLine:
    """As HAProxy would have told of it, answered by legacy."""
    headers = (("host", "shop.example"), ("authorization", f"Bearer {SECRET}"), ("cookie", f"sid={SECRET}"))
    fields = {"pool": "shop-default", "status": 200, "copy": Copy(headers), "client": "10.0.0.7", **more}
    return AccessLine(
        at=time.time(),
        listener="shop",
        server="u1",
        method=method,
        target=target,
        host="shop.example",
        total_ms=1.0,
        **fields,
    )


async def start(plane: Plane, wanted: dict[str, Any]) -> dict[str, object]:
    """With time enough for a machine that is busy."""
    return await plane.post(SHADOW, {"timeout_s": 30.0, **wanted})


async def report(plane: Plane) -> dict[str, Any]:
    return dict((await plane.client.get(SHADOW)).json())


async def until_compared(plane: Plane, count: int) -> dict[str, Any]:
    async def has_come() -> bool:
        found = await report(plane)
        return bool(found["compared"] + found["unusable"] >= count)

    await until(has_come)
    return await report(plane)


async def test_copies_of_a_route_are_compared_and_noise_is_left_out(sides: tuple[Side, Side]) -> None:
    legacy, candidate = sides
    async with a_home() as home, a_shop(home, legacy.url, candidate.url, strip=True) as plane:
        await start(plane, {"rate": 500})
        for line in (a_line("/api/users/7?a=%20"), a_line("/api/posts/7"), a_line("/api/users/8", pool="other")):
            plane.control.lines.publish(line)
        found = await until_compared(plane, 1)
        (endpoint,) = found["endpoints"]
        (difference,) = endpoint["differences"]
        shown = (await plane.client.get(f"/v1/shadows/differences/{difference['id']}")).json()
        metrics = (await plane.client.get("/v1/status")).json()

    assert (endpoint["endpoint"], difference["place"], endpoint["noise"]) == (
        "/api/users/{id}",
        "$.name",
        ["changed $.at"],
    )
    assert (difference["legacy"], difference["candidate"]) == ("Ann", "Bob")
    assert (legacy.paths(), candidate.paths()) == (["/api/users/7?a=%20"] * 2, ["/7?a=%20"])
    asked = candidate.asked[0].headers
    assert (asked["x-fig-shadow"], asked["host"], asked["x-forwarded-for"]) == ("copy", "shop.example", "10.0.0.7")
    assert asked["authorization"] == f"Bearer {SECRET}"
    assert shown["examples"][0]["curl"].startswith("curl -sS -i ")
    assert sum(sum(target["responses"].values()) for target in metrics["targets"]) == 0, "copies pass no counter"


async def test_books_that_cannot_be_written_for_a_while_cost_no_daemon_and_no_report(
    sides: tuple[Side, Side],
) -> None:
    legacy, candidate = sides
    async with a_home() as home, a_shop(home, legacy.url, candidate.url) as plane:
        await start(plane, {"rate": 500})
        watch = plane.control.shadows.watches["shop", "api-users"]
        forbid_writing(plane)
        plane.control.lines.publish(a_line("/api/users/7"))
        await until(lambda: bool(watch.dirty))
        await until(lambda: not watch.dirty)
        await until(lambda: bool(watch.dirty))
        forbid_writing(plane, forbidden=False)
        await until(lambda: bool(plane.control.shadows.store.reports(watch.shadow.key)))


async def test_what_was_shown_and_asked_for_outlives_the_daemon_and_holds_no_secret(sides: tuple[Side, Side]) -> None:
    legacy, candidate = sides
    legacy.answer, candidate.answer = (always({"token": f"{SECRET}{n}", "n": n}) for n in (1, 2))
    async with a_home() as home:
        async with a_shop(home, legacy.url, candidate.url) as plane:
            await start(plane, {"rules": ["ignore $.other"]})
            plane.control.lines.publish(a_line(f"/api/users/7?token={SECRET}"))
            before = await until_compared(plane, 1)
            tally = plane.control.shadows.tally("shop", "api-users", 0)
        written = b"".join(path.read_bytes() for path in home.glob("fig.sqlite3*"))
        async with a_shop(home, legacy.url, candidate.url) as plane:
            after = await report(plane)
            plane.control.lines.publish(a_line())
            grown = await until_compared(plane, 2)

    assert tally == (1, 1)
    assert before["different"] == 1
    assert SECRET.encode() not in written
    assert b"REDACTED-" in written
    assert after == before
    assert grown["compared"] == before["compared"] + 1


async def test_a_stopped_shadow_copies_nothing_and_keeps_its_report(sides: tuple[Side, Side]) -> None:
    legacy, candidate = sides
    async with a_home() as home, a_shop(home, legacy.url, candidate.url) as plane:
        await start(plane, {})
        twice = await plane.client.post(SHADOW, json={})
        plane.control.lines.publish(a_line())
        await until_compared(plane, 1)
        stopped = (await plane.client.delete(SHADOW)).json()
        plane.control.lines.publish(a_line())
        kept = await report(plane)
        again = await start(plane, {"to": candidate.url})
        await plane.client.delete("/v1/proxies/shop/routes/api-users")
        gone = await plane.client.get(SHADOW)

    assert (twice.status_code, twice.json()["code"]) == (409, "conflict")
    assert (stopped["state"], kept["compared"], kept["shadow"]["counts"]["copied"]) == ("STOPPED", 1, 1)
    assert (again["state"], again["compared"]) == ("RUNNING", 0)
    assert gone.status_code == 404, "a shadow ends with its route"


@pytest.mark.parametrize(
    ("wanted", "lines", "copied"),
    [
        ({"methods": ["HEAD"]}, [a_line(), a_line(method="HEAD")], ["HEAD /api/users/1"]),
        ({"path": "/api/users/2"}, [a_line("/api/users/1"), a_line("/api/users/2/x")], ["GET /api/users/2/x"]),
        ({"headers": ["Cookie: *x*"]}, [a_line()], []),
        ({"sample": 1e-6}, [a_line()], []),
        ({}, [a_line(method="POST"), a_line(method="DELETE")], []),
        ({}, [a_line(copy=Copy((("X-Fig-Shadow", "copy"),)))], []),
        ({}, [a_line(copy=None)], []),
    ],
)
async def test_only_what_was_asked_for_is_copied(
    shop: Plane, candidate: Side, wanted: dict[str, Any], lines: list[AccessLine], copied: list[str]
) -> None:
    await start(shop, {"rate": 500, **wanted})
    for line in lines:
        shop.control.lines.publish(line)

    assert (await report(shop))["shadow"]["counts"]["copied"] == len(copied)
    await until_compared(shop, len(copied))
    assert [f"{one.method} {one.target}" for one in candidate.asked] == copied


async def test_writes_go_to_the_candidate_alone_and_only_when_asked_for(
    shop: Plane, legacy: Side, candidate: Side
) -> None:
    candidate.answer = always({}, 500)
    await start(shop, {"writes": True})
    headers = (("content-type", "application/json"),)
    shop.control.lines.publish(a_line(method="POST", status=201, copy=Copy(headers, b'{"a": 1}')))
    shop.control.lines.publish(a_line(method="POST", status=201, copy=Copy(headers, None)))
    found = await until_compared(shop, 1)

    (asked,) = candidate.asked
    assert (legacy.asked, asked.body, found["shadow"]["counts"]["copied"]) == ([], b'{"a": 1}', 1)
    assert asked.headers["idempotency-key"].startswith("fig-")
    (difference,) = found["endpoints"][0]["differences"]
    assert (difference["place"], difference["legacy"], difference["candidate"]) == ("status", "201", "500")


async def test_writes_that_pass_haproxy_come_with_their_bodies_until_the_shadow_ends(
    shop: Plane, candidate: Side
) -> None:
    url = (await shop.client.get("/v1/proxies/shop")).json()["url"]
    run_dir = Path(shop.control.home) / "run"
    await start(shop, {"writes": True, "rate": 500})

    async def is_copied() -> bool:
        assert (await client.post(f"{url}/api/users", json={"name": "Cid"})).status_code == 200
        return bool(candidate.asked)

    async with receiving(run_dir, shop.control.lines.publish), httpx.AsyncClient() as client:
        await until(is_copied)
    await shop.client.delete(SHADOW)
    await until(lambda: "wait-for-body" not in (run_dir / "haproxy.cfg").read_text())

    assert candidate.asked[0].method == "POST"
    assert json.loads(candidate.asked[0].body) == {"name": "Cid"}


async def test_what_comes_too_fast_is_dropped_and_counted(shop: Plane) -> None:
    await start(shop, {"rate": 2})
    for _ in range(50):
        shop.control.lines.publish(a_line())
    counts = (await report(shop))["shadow"]["counts"]

    assert counts["copied"] <= 3
    assert counts["copied"] + counts["over_rate"] == 50


async def test_a_candidate_that_hangs_takes_no_more_than_its_room(shop: Plane, candidate: Side) -> None:
    candidate.answer = lambda _: Reply(wait_s=60)
    await start(shop, {"rate": 1000, "timeout_s": 0.5})
    for _ in range(40):
        shop.control.lines.publish(a_line())
    counts = (await report(shop))["shadow"]["counts"]
    found = await until_compared(shop, counts["copied"])

    assert (counts["copied"], counts["no_room"]) == (16, 24)
    (difference,) = found["endpoints"][0]["differences"]
    assert difference["candidate"] == "no answer: it did not end within 0.5 s"


async def test_the_process_that_compares_is_begun_anew_when_it_dies(shop: Plane, candidate: Side) -> None:
    candidate.answer = lambda _: Reply(wait_s=60)
    await start(shop, {"rate": 1000, "timeout_s": 60})
    shop.control.lines.publish(a_line())
    await until(lambda: candidate.asked)
    os.kill(only_child(), signal.SIGKILL)
    await until(lambda: shop.control.shadows.find(("shop", "api-users")).counts.lost == 1)
    candidate.answer = user()
    shop.control.lines.publish(a_line())
    found = await until_compared(shop, 1)

    assert (found["compared"], found["different"]) == (1, 0)


def only_child() -> int:
    """The process beside this one."""
    (found,) = [
        int(stat.parent.name)
        for stat in Path("/proc").glob("[0-9]*/stat")
        if f" {os.getpid()} " in (text := read(stat))
        and text.split(") ")[-1].split()[1] == str(os.getpid())
        and "stranglerfig.shadow" in read(stat.with_name("cmdline"))
    ]
    return found


def read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


async def test_nobody_to_ask_is_counted(shop: Plane) -> None:
    command = {"name": "slow", "command": ["sleep", "60"], "cwd": "/", "health": {"path": "/"}}
    await shop.post("/v1/targets", command, status=202)
    await start(shop, {"to": "slow"})
    shop.control.lines.publish(a_line())
    kept = await shop.client.delete("/v1/targets/slow")

    assert (await report(shop))["shadow"]["counts"]["nobody"] == 1
    assert (kept.status_code, "shop/api-users" in kept.json()["message"]) == (409, True)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"sample": 0}, "a sample"),
        ({"rate": 5000}, "a rate"),
        ({"rules": ["ignore name"]}, "bad rule"),
        ({"to": "nobody"}, "no target"),
        ({"headers": ["x"]}, "header"),
    ],
)
async def test_what_cannot_be_meant_is_refused(shop: Plane, wanted: dict[str, Any], message: str) -> None:
    answer = await shop.client.post(SHADOW, json=wanted)

    assert answer.status_code in (400, 404)
    assert message in answer.json()["message"]
    assert all(one["state"] == "STOPPED" for one in (await shop.client.get("/v1/shadows")).json())


async def test_a_write_of_the_books_that_fails_begins_no_shadow(shop: Plane) -> None:
    path = Path(shop.control.home) / "fig.sqlite3"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TRIGGER refuse BEFORE INSERT ON shadow BEGIN SELECT RAISE(ABORT, 'no'); END")
        other.commit()
    with a_side(always({})) as another:
        answer = await shop.client.post(SHADOW, json={"to": another.url})

    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TRIGGER refuse")
        other.commit()
    assert answer.status_code >= 500
    assert all(one["state"] == "STOPPED" for one in (await shop.client.get("/v1/shadows")).json())
    assert "shop-api-users-candidate" not in shop.control.books.desired.groups


async def test_requests_are_told_as_they_pass(shop: Plane) -> None:
    async def recorded(**wanted: Any) -> list[dict[str, Any]]:
        asking = asyncio.create_task(shop.client.post("/v1/proxies/shop/record", json=wanted))
        while not asking.done():
            for line in (a_line("/api/posts/1"), a_line("/api/users/1"), a_line("/api/users", "POST")):
                shop.control.lines.publish(line)
            await asyncio.sleep(0.01)
        return [json.loads(line) for line in (await asking).text.splitlines()]

    everything = await recorded(count=2)
    of_route = await recorded(count=2, route="api-users", writes=True)
    of_time = await recorded(seconds=0.2, sample=1e-6)

    assert [one["target"] for one in everything] == ["/api/posts/1", "/api/users/1"]
    assert [one["target"] for one in of_route] == ["/api/users/1", "/api/users"]
    assert ["authorization", f"Bearer {SECRET}"] in everything[0]["headers"]
    assert of_time == []


async def test_an_endpoint_that_always_differs_gets_few_examples(shop: Plane, candidate: Side) -> None:
    candidate.answer = user(name="Bob")
    await start(shop, {"rate": 1000})
    for count in (10, 20, 25):
        watch = shop.control.shadows.find(("shop", "api-users"))
        for _ in range(count - watch.report.compared):
            shop.control.lines.publish(a_line())
        await until_compared(shop, count)
    wanted = [watch.wants_example("GET", "/api/users/{id}"), watch.wants_example("GET", "/api/posts/{id}")]

    assert wanted == [False, True]
    assert watch.report.different == 25
