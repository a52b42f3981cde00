"""Which shadows a deploy begins, ends and leaves."""

from __future__ import annotations

from dataclasses import replace

from stranglerfig.core.compare.rules import parse_rule
from stranglerfig.core.compare.shadow import Shadow
from stranglerfig.core.declared.plan import ProxyPlan, UnderWay
from stranglerfig.core.declared.planning import plan_proxy
from stranglerfig.core.declared.shadowing import ShadowDeclaration, as_declared
from stranglerfig.core.desired import RouteSide
from stranglerfig.core.routing.rules import Conditions, PathPrefix
from tests.core.declared.builders import a_declaration, a_declared_route, deployed

EVERYTHING = Conditions(paths=(PathPrefix("/"),))


def a_shadow(route: str, candidate: str = "users", *, declared: bool = True) -> Shadow:
    return Shadow("forum.test.shop", route, RouteSide(candidate), 1.0, conditions=EVERYTHING, declared=declared)


def plan(*running: Shadow, shadow: ShadowDeclaration | None = None) -> ProxyPlan:
    users, posts = a_declared_route("users", "/users"), a_declared_route("posts", "/posts")
    before = deployed(a_declaration(users, posts))
    declaration = a_declaration(replace(users, shadow=shadow), posts)
    return plan_proxy(declaration, before, under_way=UnderWay(shadows={one.route: one for one in running}))


def test_one_that_is_declared_begins_with_the_candidate_of_its_route_or_its_own() -> None:
    found = plan(shadow=ShadowDeclaration()).shadows
    assert (found.begun, found.ended, found.before) == (("users",), (), {})
    assert found.after["users"].to == "users"

    other = plan(shadow=ShadowDeclaration("http://127.0.0.1:9000"))
    assert other.shadows.after["users"].to == "forum-test-shop-users-candidate"
    assert [group.name for group in other.groups] == ["forum-test-shop-users-candidate"]


def test_one_that_runs_as_declared_runs_on() -> None:
    for shadow in (a_shadow("users"), a_shadow("users", declared=False)):
        found = plan(shadow, shadow=ShadowDeclaration()).shadows
        assert (found.begun, found.ended) == ((), ())
        assert found.before == found.after


def test_one_that_runs_otherwise_begins_anew() -> None:
    rules = (parse_rule("ignore $.at"),)
    wanted = ShadowDeclaration(rules=rules)
    found = plan(a_shadow("users"), shadow=wanted).shadows

    assert (found.begun, found.ended) == (("users",), ())
    assert found.before == {"users": as_declared(a_shadow("users"))}
    assert found.after == {"users": replace(wanted, to="users")}


def test_one_that_is_declared_no_more_ends_and_one_begun_by_hand_runs_on() -> None:
    found = plan(a_shadow("users"), a_shadow("posts", declared=False)).shadows

    assert (found.begun, found.ended, [*found.after]) == ((), ("users",), ["posts"])
