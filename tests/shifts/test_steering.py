"""What users ask of shifts, what is refused while one runs, and the word that takes a route back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.control.world import Plane, until
from tests.dataplane.upstreams import Head, an_answer, read_body, scripted
from tests.shifts.rig import Route, Side, a_route, a_side

pytestmark = pytest.mark.asyncio(loop_scope="module")

SHOP = "/v1/proxies/shop"


async def test_a_shift_without_traffic_waits_and_is_promoted_paused_and_resumed(good: Route) -> None:
    await good.start(bake_s=0)
    waiting = await good.until("WAITING")
    assert waiting["seen"]["verdict"] == "INCONCLUSIVE"
    assert "0 of at least 10 requests" in waiting["seen"]["reason"]

    paused = await good.steer("pause")
    assert (paused["phase"], paused["weight"]) == ("PAUSED", 20.0)
    promoted = await good.steer("promote")
    assert (promoted["phase"], promoted["weight"], await good.weight()) == ("BAKING", 50.0, 50.0)
    await good.steer("pause")
    await good.steer("resume")
    await good.steer("promote")
    over = await good.steer("promote")
    assert (over["phase"], await good.weight()) == ("FINISHED", 100.0)
    asked = [one["event"] for one in await good.history() if one["event"].islower()]
    assert asked == ["start", "pause", "promote", "pause", "resume", "promote", "promote"]


async def test_nothing_is_promoted_to_a_candidate_that_has_nobody_unless_forced(
    shop: Plane, names: Iterator[str]
) -> None:
    async with a_side("gone") as gone:
        await shop.post("/v1/targets", {"name": "gone", "urls": [gone.url]}, status=202)
        route = await a_route(shop, "gone", names)
        await route.start()
    refused = await route.steer("promote", status=403)
    assert "target 'gone' does not answer at" in refused["message"]
    assert (await route.shift())["step"] == 1
    promoted = await shop.post(f"{route.shift_path}/promote", {"force": True}, status=200)
    assert promoted["weight"] == await route.weight() == 50.0
    await route.steer("abort")


async def test_a_pause_stops_the_steps_and_not_the_watch(bad: Route) -> None:
    await bad.start()
    await bad.steer("pause")
    async with bad.load():
        await bad.until("ROLLED_BACK")


async def test_what_is_aborted_is_all_legacys_and_can_be_begun_anew(good: Route) -> None:
    await good.start()
    aborted = await good.steer("abort")
    assert (aborted["phase"], aborted["weight"], await good.weight()) == ("ABORTED", 0.0, 0.0)
    assert "cannot be paused" in str(await good.steer("pause", status=409))
    async with good.load():
        await good.start(bake_s=0)
        await good.until("FINISHED")


@pytest.mark.parametrize("moved_by", ["a running shift", "a finished shift", "hand", "nobody"])
async def test_one_word_gives_a_route_back_whoever_moved_it(good: Route, moved_by: str) -> None:
    if moved_by == "hand":
        await good.plane.client.patch(f"{SHOP}/routes/{good.id}", json={"weight": 30})
    elif moved_by != "nobody":
        await good.start(steps=[100], bake_s=0)
    if moved_by == "a finished shift":
        await good.steer("promote")
    assert (await good.roll_back())["weight"] == await good.weight() == 0.0
    async with good.load() as load:
        await load.more()
    assert {one.upstream for one in load.answers} == {"monolith"}
    if "shift" in moved_by:
        assert (await good.shift())["phase"] == "ROLLED_BACK"


async def test_whoever_gives_a_route_back_second_finds_it_given_back(good: Route) -> None:
    await good.start()
    first, second = await asyncio.gather(good.roll_back(), good.roll_back())
    assert (first["weight"], second["weight"]) == (0.0, 0.0)


async def test_what_is_done_by_hand_after_a_shift_is_not_the_shifts_any_more(good: Route) -> None:
    await good.start(steps=[100], bake_s=0)
    await good.steer("promote")
    await good.plane.client.patch(f"{SHOP}/routes/{good.id}", json={"weight": 40})
    await good.roll_back()
    assert ((await good.shift())["phase"], await good.weight()) == ("FINISHED", 0.0)


async def test_what_a_shift_measures_is_not_changed_under_it(good: Route) -> None:
    await good.start()
    client, route = good.plane.client, f"{SHOP}/routes/{good.id}"
    refusals = [
        await client.patch(route, json={"weight": 3}),
        await client.delete(route),
        await client.delete(SHOP),
        await client.delete("/v1/targets/good"),
        await client.post(good.shift_path, json={}),
    ]
    assert [one.status_code for one in refusals] == [409] * 5
    assert all(f"`fig shift abort shop {good.id}`" in one.json()["hint"] for one in refusals)
    assert await good.weight() == 20.0
    await good.steer("abort")
    assert (await client.patch(route, json={"weight": 3})).status_code == 200


async def test_a_shift_of_a_route_that_goes_another_way_is_aborted(good: Route) -> None:
    """As Refactor Spaces deletes its own."""
    await good.start()
    control = good.plane.control
    await control.applier.follow(control.books.delete_route("shop", good.id, "its owner deletes it"))
    over = await good.until("ABORTED")
    assert over["reason"] == "its route was deleted"


@pytest.mark.parametrize(
    ("change", "body", "told"),
    [
        ({"weight": 10}, {}, "10 % of route"),
        ({"state": "INACTIVE"}, {}, "is INACTIVE"),
        ({}, {"to": "shop-default"}, "there is nothing to compare it with"),
        ({}, {"to": "nobody"}, "no target 'nobody'"),
        ({}, {"to": "http://127.0.0.1:9"}, "cannot reach"),
        ({}, {"steps": [5, 50]}, "the last one must be 100"),
        ({}, {"webhook": "ftp://example"}, "bad webhook"),
        ({}, {"webhook": "http://[x"}, "bad webhook"),
        ({}, {"webhook": "http://example:99999"}, "bad webhook"),
    ],
)
async def test_what_cannot_be_begun_is_refused_and_changes_nothing(
    good: Route, change: dict[str, object], body: dict[str, object], told: str
) -> None:
    path = f"{SHOP}/routes/{good.id}"
    before = (await good.plane.client.patch(path, json={**change, "force": True})).json()
    answer = await good.plane.client.post(good.shift_path, json=body)
    assert answer.status_code in (400, 404, 409, 503)
    assert told in answer.json()["message"]
    assert (await good.plane.client.get(path)).json() == before
    assert (await good.plane.client.get(good.shift_path)).status_code == 404


async def test_a_url_becomes_the_candidate_of_a_route(shop: Plane, names: Iterator[str]) -> None:
    async with a_side("newcomer") as newcomer:
        route = await a_route(shop, "good", names)
        async with route.load():
            await route.start(to=newcomer.url, bake_s=0)
            await route.until("FINISHED")
        async with route.load() as load:
            await load.more()
        assert {one.upstream for one in load.answers} == {"newcomer"}
        await route.roll_back()


async def test_a_side_that_has_nobody_holds_the_shift_until_it_has(shop: Plane, names: Iterator[str]) -> None:
    side = Side("fleeting")
    async with scripted(side.answer) as port:
        health = {"interval_s": 0.1, "fall": 1}
        fleeting = {"name": "fleeting", "urls": [f"http://127.0.0.1:{port}"], "health": health}
        await shop.post("/v1/targets", fleeting, status=202)
        route = await a_route(shop, "fleeting", names)
        await route.start(bake_s=0)
        await route.until("WAITING")
    held = await route.until("HOLDING")
    assert (held["seen"]["verdict"], held["weight"]) == ("ERROR", 20.0)
    assert "has no server that answers" in held["seen"]["reason"]
    async with scripted(side.answer, port=port):
        await route.until("WAITING")
        await route.steer("abort")


async def test_hooks_are_told_of_every_change_in_order(good: Route, tmp_path: Path) -> None:
    posted: list[dict[str, object]] = []

    async def take(head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        posted.append(json.loads(await read_body(head, reader)))
        # The first one has to be posted again.
        writer.write(an_answer(b"", "500 Later" if len(posted) == 1 else "204 Taken"))
        await writer.drain()

    heard = tmp_path / "heard"
    async with scripted(take) as port:
        await good.start(webhook=f"http://127.0.0.1:{port}/hook", command=f"cat >> {heard}; echo >> {heard}; false")
        await good.steer("pause")
        await good.steer("abort")
        await until(lambda: len(posted) == 4)
        await until(lambda: heard.exists() and len(heard.read_text().splitlines()) == 3)
    assert [(one["event"], one["phase"], one["weight"]) for one in posted[1:]] == [
        ("start", "BAKING", 20.0),
        ("pause", "PAUSED", 20.0),
        ("abort", "ABORTED", 0.0),
    ]
    assert [json.loads(line) for line in heard.read_text().splitlines()] == posted[1:]
    entries = (await good.plane.client.get("/v1/journal?limit=50")).json()
    assert any(one["what"] == "hook failed" and "ended with 1" in one["reason"] for one in entries)


async def test_shifts_are_listed_running_or_all(good: Route) -> None:
    async def listed(query: str) -> set[str]:
        found = (await good.plane.client.get(f"/v1/shifts{query}")).json()
        return {one["route"] for one in found}

    await good.start()
    assert good.id in await listed("")
    await good.steer("abort")
    assert good.id not in await listed("")
    assert good.id in await listed("?ended=1")
