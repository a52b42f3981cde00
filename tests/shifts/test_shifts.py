"""Shifts of routes on real HAProxy: a good candidate arrives, a broken one is taken back, and no request is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from stranglerfig.control.operations.routes import find_route
from stranglerfig.core.compile import pool_of
from stranglerfig.core.shift.evidence import Evidence, SideFigures
from stranglerfig.core.shift.plan import Limits, Plan
from stranglerfig.core.shift.verdict import Kind, judge
from stranglerfig.core.totals import to_target_groups
from stranglerfig.core.traffic.lines import AccessLine
from tests.control.world import Plane, a_target, until
from tests.effort import SECONDS
from tests.shifts.rig import PLAN, Load, Route, a_route

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_good_candidate_gets_all_traffic_step_by_step(good: Route) -> None:
    async with good.load() as load:
        started = await good.start()
        assert (started["phase"], started["weight"], started["step"]) == ("BAKING", 20.0, 1)
        over = await good.until("FINISHED")
        later = await load.more()

    assert over["weight"] == await good.weight() == 100.0
    assert {one.upstream for one in later} == {"good"}
    assert {one.status for one in load.answers} == {200}
    assert [one["weight"] for one in await good.history() if one["event"] in ("start", "PASS")] == [20, 50, 100, 100]


async def test_times_are_told_with_their_zone_and_decisions_in_the_order_of_theirs(good: Route) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    started = await good.start()
    await good.steer("abort")
    over = await good.shift()
    decided = [one["at"] for one in await good.history()]

    told = [started["started_at"], started["since"], *decided, over["ended_at"]]
    assert all(moment.endswith("Z") and before < datetime.fromisoformat(moment) for moment in told)
    assert (decided[0], decided[-1]) == (over["started_at"], over["ended_at"])
    assert decided == sorted(decided)


async def test_a_broken_candidate_is_taken_back_within_seconds(bad: Route) -> None:
    async with bad.load() as load:
        await bad.start(steps=[20, 100], limits={**PLAN["limits"], "error_increase": 0.5})
        over = await bad.until("ROLLED_BACK")
        # It is decided a moment before it is in force.
        await until(lambda: {one.upstream for one in load.answers[-50:]} == {"monolith"})
        later = await load.more()

    assert await bad.weight() == 0.0
    assert {one.upstream for one in later} == {"monolith"}
    assert all(one.status == 200 for one in load.of("monolith"))
    assert seconds_back(load) <= SECONDS
    assert "of the candidate's" in over["reason"]
    last = (await bad.history())[-1]
    assert (last["event"], last["phase"], last["weight"]) == ("FAIL", "ROLLED_BACK", 0)
    assert last["candidate"]["errors"] > 0 == last["legacy"]["errors"]
    assert last["findings"][0]["verdict"] == "FAIL"


async def test_what_was_seen_of_a_candidate_that_was_taken_back_is_told(shop: Plane, names: Iterator[str]) -> None:
    await shop.post("/v1/targets", a_target("sour", mode="fails"), status=202)
    await shop.until_state("sour", "ACTIVE")
    route = await a_route(shop, "sour", names)
    async with route.load():
        await route.start()
        await route.until("ROLLED_BACK")

    async def is_told() -> bool:
        return "sour begins" in str((await route.history())[-1]["log"])

    await until(is_told)
    assert len(shop.control.fleet.of("sour")) == 1


async def test_the_counters_of_targets_contain_what_their_routes_have_measured(good: Route) -> None:
    """Nothing is hidden from other pages by pools that are one route's own."""

    async def counted() -> int:
        seen = to_target_groups(await good.plane.control.router.observe())
        return sum(one.counters.requests for one in seen.groups if one.name in ("good", "shop-default"))

    async def are_all_counted() -> bool:
        return await counted() == before + len(load.answers)

    before = await counted()
    async with good.load() as load:
        await good.start(steps=[50, 100], bake_s=60)
        await load.more(100)
    await until(are_all_counted)
    await good.steer("abort")


def seconds_back(load: Load) -> float:
    """From the request whose answer was proof enough to the last one that the candidate got."""
    plan = Plan((2_000, 10_000), 0.1, Limits(error_increase=0.005, latency_ratio=None))
    counts = {"bad": [0, 0], "monolith": [0, 0]}
    for one in load.answers:
        counts[one.upstream][0] += 1
        counts[one.upstream][1] += one.status >= 500
        candidate, legacy = (SideFigures(requests, errors) for requests, errors in counts.values())
        evidence = Evidence(candidate, legacy)
        if judge(evidence, plan, 0, 0.0).kind is Kind.FAIL:
            return load.of("bad")[-1].at - one.at
    raise AssertionError("there never was enough evidence")


async def test_a_candidate_that_is_slow_in_its_access_lines_is_taken_back(good: Route) -> None:
    await good.start(limits={"latency_ratio": 1.5}, bake_s=60)
    control = good.plane.control
    await until(lambda: control.shifts.sight(("shop", good.id)) is not None)
    route = find_route(control, "shop", good.id)
    for side, answer_ms in ((route.candidate, 80.0), (route.legacy, 10.0)):
        pool = pool_of("shop", route, side).name
        line = AccessLine(time.time() + 1, "shop", pool, "u1", "GET", good.path, "", 200, answer_ms, answer_ms)
        for _ in range(200):
            control.lines.publish(line)
    over = await good.until("ROLLED_BACK")
    assert "by legacy: 15" in over["reason"]
    [latency] = [one for one in (await good.history())[-1]["findings"] if one["measure"] == "latency"]
    assert latency["candidate"] == pytest.approx(80, rel=0.05)
