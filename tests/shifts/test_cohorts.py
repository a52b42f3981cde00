"""Users who go first: by header, cookie or address, whatever the share of the others is."""

from __future__ import annotations

import pytest

from stranglerfig.core.conditions_text import ConditionsText, parse_conditions
from stranglerfig.core.routing.cohorts import within_cohort
from stranglerfig.core.routing.match import matches
from stranglerfig.core.routing.precedence import Alternative
from stranglerfig.core.routing.rules import Forward, Request, Rule, SourceCondition
from stranglerfig.errors import UsageError
from tests.control.world import until
from tests.shifts.rig import Route

USERS = parse_conditions(ConditionsText("/users"))

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_cohort_goes_first_and_is_the_candidates_until_the_shift_is_over(good: Route) -> None:
    cohorts = ["header:X-Beta=1", "cookie:team=web*", "source:127.0.0.9"]
    started = await good.start(cohorts=cohorts, bake_s=0)
    assert (started["weight"], started["steps"]) == (0.0, [0.0, 20.0, 50.0, 100.0])
    assert await good.who() == await good.who(("X-Beta", "2")) == "monolith"
    assert await good.who(("X-Beta", "1")) == await good.who(("Cookie", "a=b; team=webby")) == "good"
    assert await good.who(source="127.0.0.9") == "good"

    for _ in range(12):
        await good.who(("X-Beta", "1"))
    assert (await good.until("WAITING"))["weight"] == 0.0
    # Enough of them say something of the first real share.
    for _ in range(40):
        await good.who(("X-Beta", "1"))
        await good.who()
    await until(lambda: weighs(good, 20.0))
    assert await good.who(("X-Beta", "1")) == "good"
    await good.steer("abort")
    assert await good.who(("X-Beta", "1")) == "monolith"
    assert (await good.plane.client.get("/v1/proxies/shop/lint")).json() == []


async def test_a_cohort_that_is_given_up_in_its_first_step_is_all_legacys(good: Route) -> None:
    """Its weight was nothing before, and is nothing after."""
    await good.start(cohorts=["header:X-Beta=1"])
    assert await good.who(("X-Beta", "1")) == "good"
    await good.steer("abort")
    assert await good.who(("X-Beta", "1")) == "monolith"


async def test_a_broken_candidate_is_taken_back_from_its_cohort(bad: Route) -> None:
    await bad.start(cohorts=["header:X-Beta=1"], limits={"latency_ratio": None, "error_increase": 0.5})

    async def is_back() -> bool:
        for _ in range(5):
            await bad.who()
        return await bad.who(("X-Beta", "1")) == "monolith"

    await until(is_back)
    assert (await bad.shift())["phase"] == "ROLLED_BACK"


async def test_a_step_of_nothing_is_a_cohorts_alone(good: Route) -> None:
    assert "above 0" in str(await good.start(steps=[0, 100], status=400))
    assert "bad cohort" in str(await good.start(cohorts=["beta"], status=400))
    assert "wildcard" in str(await good.start(cohorts=["header:X-Be*a=1"], status=400))


@pytest.mark.parametrize(
    ("cookie", "is_in"),
    [
        ("beta=1", True),
        ("a=b; beta=1", True),
        ("beta=1; a=b", True),
        ("a=b; beta=1; c=d", True),
        ("beta=10", False),
        ("xbeta=1", False),
        ("a=beta=1", False),
    ],
)
async def test_a_cookie_is_found_wherever_it_stands_and_no_other(cookie: str, is_in: bool) -> None:
    conditions = within_cohort(USERS, "cookie:beta=1")
    rule = Alternative(Rule("one", conditions, Forward(())), conditions.paths[0])
    request = Request("GET", "/users/1", headers=(("Cookie", cookie),))
    assert (matches(rule, request, "/users/1") is None) is is_in


async def test_a_cohort_asks_for_its_route_and_more() -> None:
    assert within_cohort(USERS, "source:10.1.2.3/8").source == SourceCondition(("10.0.0.0/8",))
    assert [one.name for one in within_cohort(USERS, "header:X-User=anna*").headers] == ["X-User"]
    sourced = parse_conditions(ConditionsText("/users", sources=("10.0.0.0/8",)))
    for bad in ("source:10.0.0.1", "header:X-Beta", "cookie:=1", "query:a=1", ""):
        with pytest.raises(UsageError):
            within_cohort(sourced, bad)


async def weighs(route: Route, weight: float) -> bool:
    return await route.weight() == weight
