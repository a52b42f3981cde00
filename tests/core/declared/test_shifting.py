"""What a deploy leaves to shifts, and which of them it begins."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stranglerfig.core.declared.plan import Held, ProxyPlan, UnderWay
from stranglerfig.core.declared.planning import plan_proxy
from stranglerfig.core.desired import Desired, Route, RouteSide, RouteState
from stranglerfig.core.shift.plan import Plan
from stranglerfig.core.shift.terms import Terms
from stranglerfig.errors import Conflict, UsageError
from tests.core.declared.builders import a_declaration, a_declared_route, books, deployed

NAME = "forum.test.shop"
TERMS = Terms(Plan((500, 10_000), 5.0))
USERS = a_declared_route("users", "/users", shift=TERMS)


def with_route(desired: Desired, **changes: Any) -> Desired:
    """The only route of the proxy as shifts, or people, have changed it."""
    proxy = desired.proxies[NAME]
    (route,) = proxy.routes
    return replace(desired, proxies={NAME: replace(proxy, routes=(replace(route, **changes),))})


def only(plan: ProxyPlan) -> Route:
    (route,) = plan.after.routes
    return route


def test_a_new_route_begins_with_no_weight_and_its_shift_with_it() -> None:
    plan = plan_proxy(a_declaration(USERS), books())

    assert (only(plan).weight, only(plan).shift, plan.due, plan.spent) == (0, TERMS, ("users",), ())


def test_the_weight_is_what_shifts_have_made_of_it() -> None:
    for weight in (500, 10_000):
        plan = plan_proxy(a_declaration(USERS), with_route(deployed(a_declaration(USERS)), weight=weight))
        assert (plan.after, plan.due, plan.spent) == (plan.before, (), ())


def test_a_candidate_that_was_taken_back_is_not_tried_again_by_a_deploy() -> None:
    before = deployed(a_declaration(USERS))
    tried = UnderWay(tried={("users", "users")})
    plan = plan_proxy(a_declaration(USERS), before, under_way=tried)
    assert (plan.after, plan.due, plan.spent) == (plan.before, (), ("users",))

    another = plan_proxy(a_declaration(replace(USERS, to="posts")), before, under_way=tried)
    assert (another.due, another.spent) == (("users",), ())
    anew = plan_proxy(a_declaration(USERS), books(), under_way=tried)
    assert (anew.due, anew.spent) == (("users",), ())
    asleep = plan_proxy(a_declaration(replace(USERS, state=RouteState.INACTIVE)), books())
    assert (asleep.due, asleep.spent) == ((), ())


def test_the_next_candidate_takes_over_from_the_one_that_has_all() -> None:
    before = with_route(deployed(a_declaration(USERS)), weight=10_000)
    plan = plan_proxy(a_declaration(replace(USERS, to="posts")), before)
    route = only(plan)

    assert (route.candidate, route.legacy, route.weight) == (RouteSide("posts"), RouteSide("users"), 0)
    assert plan.due == ("users",)


def test_the_next_candidate_waits_until_one_side_has_all() -> None:
    before = with_route(deployed(a_declaration(USERS)), weight=500)
    with pytest.raises(Conflict, match="5 % of route 'users' are with users: a shift to posts begins where one side"):
        plan_proxy(a_declaration(replace(USERS, to="posts")), before)
    with pytest.raises(UsageError, match="nothing to split"):
        plan_proxy(a_declaration(replace(USERS, to="monolith")), books())


@pytest.mark.parametrize("shift", [None, TERMS])
def test_a_running_shift_owns_all_that_traffic_notices(shift: Terms | None) -> None:
    before = with_route(deployed(a_declaration(USERS)), weight=500, measured=True)
    other = a_declared_route(
        "users", "/api/users", to="http://127.0.0.1:9000", weight=100, owner="web", legacy="posts", shift=shift
    )
    plan = plan_proxy(a_declaration(other), before, under_way=UnderWay(shifting={"users"}))

    (known,) = before.proxies[NAME].routes
    assert only(plan) == replace(known, owner="web", shift=shift)
    values = ("path and conditions", "to") if shift else ("path and conditions", "to", "weight")
    assert plan.held == (Held("users", 500, values),)
    assert (plan.groups, plan.due) == ((), ())


def test_a_route_that_is_being_shifted_cannot_be_declared_away() -> None:
    before = with_route(deployed(a_declaration(USERS)), weight=500)
    with pytest.raises(Conflict, match="'users' is being shifted, and the manifest has it no more"):
        plan_proxy(a_declaration(), before, under_way=UnderWay(shifting={"users"}))
