"""What a deploy of a declared proxy adds, changes, takes away and leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stranglerfig.core.conditions_text import ConditionsText, parse_conditions
from stranglerfig.core.declared.plan import describe, expired
from stranglerfig.core.declared.planning import plan_proxy
from stranglerfig.core.declared.shadowing import ShadowDeclaration
from stranglerfig.core.desired import Proxy, Route, RouteSide, RouteState, UrlTargets
from stranglerfig.core.routing.rules import Conditions, Order, PathPrefix, Sticky, StickyBy
from stranglerfig.errors import Conflict, FigError, NotFound, UsageError
from tests.core.declared.builders import (
    MONOLITH,
    a_declaration,
    a_declared_route,
    a_group,
    a_route_by_hand,
    books,
    deployed,
)

NAME = "forum.test.shop"


def routes_of(proxy: Proxy) -> dict[str, Route]:
    return {route.id: route for route in proxy.routes}


def test_a_new_proxy_has_all_that_is_declared() -> None:
    users = a_declared_route(
        "users", "/api/users", weight=500, strip=True, sticky=Sticky(StickyBy.COOKIE), owner="web", expires="2027-01-31"
    )
    plan = plan_proxy(a_declaration(users, port=8080, http2=True), books())

    assert plan.before is None
    assert (plan.after.host, plan.after.port, plan.after.default) == ("127.0.0.1", 8080, "monolith")
    assert (plan.after.http2, plan.after.declared_by) == (True, "forum/test/shop")
    (route,) = plan.after.routes
    assert (route.candidate, route.legacy) == (RouteSide("users", strip=2), RouteSide("monolith"))
    assert (route.weight, route.sticky.by) == (500, StickyBy.COOKIE)
    assert (route.owner, route.expires, route.declared) == ("web", "2027-01-31", True)


def test_the_same_again_changes_nothing() -> None:
    declaration = a_declaration(
        a_declared_route("users", "/api/users", weight=500),
        a_declared_route("mine", "/api/users/mine", to="http://127.0.0.1:9000", state=RouteState.INACTIVE),
    )
    plan = plan_proxy(declaration, deployed(declaration))

    assert (plan.before, plan.groups) == (plan.after, ())


def test_a_url_is_the_target_that_stands_for_it_or_one_new_target() -> None:
    new = "http://127.0.0.1:9000"
    plan = plan_proxy(
        a_declaration(a_declared_route("a", "/a", to=new), a_declared_route("b", "/b", to=new), default=MONOLITH),
        books(groups=(a_group("forum-test-shop-a", 9100),)),
        frozenset({"forum-test-shop-a-2"}),
    )

    assert plan.after.default == "monolith"
    assert [(group.name, group.targets) for group in plan.groups] == [("forum-test-shop-a-3", UrlTargets((new,)))]
    assert [route.candidate.group for route in plan.after.routes] == ["forum-test-shop-a-3"] * 2


def test_what_is_declared_no_more_goes_and_what_was_made_by_hand_stays() -> None:
    before = deployed(a_declaration(a_declared_route("users", "/api/users"), a_declared_route("posts", "/api/posts")))
    proxy = before.proxies[NAME]
    by_hand = replace(proxy, routes=(proxy.routes[0], a_route_by_hand("mine", "/mine"), proxy.routes[1]))
    plan = plan_proxy(
        a_declaration(a_declared_route("posts", "/api/posts", weight=500), a_declared_route("new", "/new")),
        books(by_hand),
    )

    assert [route.id for route in plan.after.routes] == ["mine", "posts", "new"]
    assert describe(plan) == "added new; changed posts; taken away users"
    assert plan.by_hand == ("mine",)
    assert routes_of(plan.after)["mine"] is by_hand.routes[1]


def test_a_route_made_by_hand_is_taken_over_by_its_id() -> None:
    proxy = Proxy(NAME, "127.0.0.1", 8080, "monolith", routes=(a_route_by_hand("users", "/u", weight=300),))
    plan = plan_proxy(a_declaration(a_declared_route("users", "/api/users", weight=100)), books(proxy))

    (route,) = plan.after.routes
    assert (route.weight, route.declared, plan.by_hand) == (100, True, ())
    assert route.conditions == parse_conditions(ConditionsText("/api/users"))


def test_a_route_by_hand_of_the_same_requests_stands_in_the_way() -> None:
    proxy = Proxy(NAME, "127.0.0.1", 8080, "monolith", routes=(a_route_by_hand("hand", "/api/users"),))
    with pytest.raises(Conflict, match="rules hand and users conflict: both take /api/users/…") as found:
        plan_proxy(a_declaration(a_declared_route("users", "/api/users", "posts")), books(proxy))
    assert "takes a route over by its id" in (found.value.hint or "")


def test_the_rest_stays_with_whoever_answers_without_the_route() -> None:
    plan = plan_proxy(
        a_declaration(
            a_declared_route("api", "/api", to="posts", strip=True),
            a_declared_route("users", "/api/users", weight=500),
            a_declared_route("named", "/named", weight=500, legacy="posts"),
            a_declared_route("within", "/api/named", weight=500, legacy="posts"),
            a_declared_route("pattern", "/img/*.png", weight=500, pattern=True),
            a_declared_route("image", "/img/1.png", to="posts", weight=500, exact=True),
        ),
        books(),
    )
    legacy = {route.id: route.legacy for route in plan.after.routes}

    assert legacy == {
        "api": RouteSide("monolith"),
        "users": RouteSide("posts", strip=1),
        "named": RouteSide("posts"),
        "within": RouteSide("posts", strip=1),
        "pattern": RouteSide("monolith"),
        "image": RouteSide("monolith"),
    }


def test_the_rest_follows_the_default_and_no_one_else() -> None:
    before = deployed(
        a_declaration(
            a_declared_route("users", "/api/users", weight=500),
            a_declared_route("named", "/named", weight=500, legacy="posts"),
            a_declared_route("kept", "/kept", weight=500, legacy="monolith"),
        )
    )
    plan = plan_proxy(
        a_declaration(
            a_declared_route("users", "/api/users", weight=500),
            a_declared_route("named", "/named", weight=500),
            a_declared_route("kept", "/kept", weight=500, legacy="monolith"),
            default="http://127.0.0.1:9000",
        ),
        before,
    )

    new = plan.after.default
    assert {route.id: route.legacy.group for route in plan.after.routes} == {
        "users": new,
        "named": "posts",
        "kept": "monolith",
    }


def test_another_manifest_and_another_address_are_refused() -> None:
    before = deployed(a_declaration(port=8080))
    with pytest.raises(Conflict, match="is deployed from forum/test/shop, not from forum/prod/shop"):
        plan_proxy(a_declaration(source="forum/prod/shop"), before)
    with pytest.raises(Conflict, match=r"listens on 127\.0\.0\.1 port 8080, and cannot move to 127\.0\.0\.1 port 8081"):
        plan_proxy(a_declaration(port=8081), before)
    with pytest.raises(Conflict, match=r"cannot move to 0\.0\.0\.0 port 8080"):
        plan_proxy(a_declaration(host="0.0.0.0"), before)
    assert plan_proxy(a_declaration(host="127.0.0.1"), before).after.port == 8080


def test_a_service_that_is_not_deployed_and_an_unknown_target_are_told_apart() -> None:
    with pytest.raises(NotFound, match="service users in test of forum is not deployed") as found:
        plan_proxy(a_declaration(default="forum.test.users"), books())
    assert "fig svc deploy --name users --env test --app forum" in (found.value.hint or "")
    with pytest.raises(NotFound, match="no target 'nobody'"):
        plan_proxy(a_declaration(a_declared_route("a", "/a", to="nobody")), books())


@pytest.mark.parametrize(
    ("proxy", "error", "what"),
    [
        (a_declaration(a_declared_route("a", "/")), UsageError, "would take everything"),
        (a_declaration(a_declared_route("a", "/a", priority=1)), UsageError, "'a' cannot have a priority"),
        (a_declaration(a_declared_route("a", "/a"), order=Order.PRIORITY), UsageError, "'a' needs a priority"),
        (a_declaration(a_declared_route("a", "/a", to="monolith", weight=5)), UsageError, "nothing to split"),
        (a_declaration(a_declared_route("a_b", "/a")), UsageError, "route 'a_b' cannot be used"),
        (a_declaration(a_declared_route("default", "/a")), UsageError, "cannot be called 'default'"),
        (a_declaration(*[a_declared_route("a", "/a")] * 2), UsageError, "two routes have one id"),
        (a_declaration(a_declared_route("a", "/a", weight=10_001)), UsageError, "bad weight 10001"),
        (a_declaration(a_declared_route("a", "/a", sticky=Sticky(StickyBy.HEADER, "a b"))), UsageError, "bad stickin"),
        (a_declaration(a_declared_route("a", "/a", shadow=ShadowDeclaration(rate=0))), UsageError, "0 is not a rate"),
        (a_declaration(a_declared_route("a", "/a", priority=0), order=Order.PRIORITY), Conflict, "priority 0 is not"),
        (
            a_declaration(
                replace(
                    a_declared_route("a", "/a"), conditions=Conditions((PathPrefix("a b"),)), state=RouteState.INACTIVE
                )
            ),
            Conflict,
            "route a: path 'a b'",
        ),
        (a_declaration(name="a\nb"), UsageError, "proxy name"),
        (a_declaration(source="a b"), UsageError, "bad source 'a b'"),
        (a_declaration(host="example.com"), UsageError, "bad host"),
        (a_declaration(port=0), UsageError, "bad port 0"),
    ],
)
def test_what_cannot_be_is_refused(proxy: object, error: type[FigError], what: str) -> None:
    with pytest.raises(error, match=what):
        plan_proxy(proxy, books())  # type: ignore[arg-type]


def test_a_route_lives_through_its_last_day() -> None:
    routes = tuple(a_route_by_hand(day or "none", f"/{day}", expires=day) for day in ("", "2026-01-30", "2026-01-31"))

    assert [route.id for route in expired(routes, "2026-01-31")] == ["2026-01-30"]
