"""Which lines are a shadow's, and what both sides would see of them."""

from __future__ import annotations

from typing import Any

import pytest

from stranglerfig.core.compare.shadow import Shadow
from stranglerfig.core.compare.ways import Way, to_way
from stranglerfig.core.compile import compile_proxy
from stranglerfig.core.conditions_text import ConditionsText, parse_conditions
from stranglerfig.core.desired import Proxy, Route, RouteSide, RouteState
from stranglerfig.core.traffic.lines import AccessLine

HEADERS = (("host", "shop.example"), ("x-beta", "yes"))


def a_route(id: str, path: str = "/api/users", *, weight: int = 0, strip: int = 0, **said: object) -> Route:
    conditions = parse_conditions(ConditionsText(path, **said))  # type: ignore[arg-type]
    return Route(id, conditions, RouteSide("new", strip), RouteSide("old"), weight)


def a_way(*routes: Route, candidate: RouteSide | None = None, stage: str = "", **wanted: object) -> Way | None:
    """Of the first of them."""
    proxy = Proxy("shop", "127.0.0.1", 80, "old", routes=routes, stage=stage)
    conditions = parse_conditions(ConditionsText(**wanted))  # type: ignore[arg-type]
    side = candidate or routes[0].candidate
    return to_way(Shadow("shop", routes[0].id, side, 0.0, conditions=conditions), compile_proxy(proxy))


def a_line(target: str, method: str = "GET", pool: str = "old") -> AccessLine:
    return AccessLine(1.0, "shop", pool, "u1", method, target, "shop.example", 200, 1.0, client="10.0.0.7")


def seen(way: Way | None, target: str, base_path: str = "") -> tuple[str, str] | None:
    assert way is not None
    taken = way.takes(a_line(target), HEADERS)
    return None if taken is None else (way.legacy_target(taken, base_path), way.candidate_target(taken, base_path))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/api/users/1?a=%20", ("/api/users/1?a=%20", "/1?a=%20")),
        ("/api/users/", ("/api/users/", "/")),
        ("/api/%75sers//1", ("/api/users/1", "/1")),
        ("/api/userscript", None),
        ("/api/posts", None),
        ("/api/users/..%2f", None),
    ],
)
def test_both_sides_see_the_path_that_the_proxy_would_send(target: str, expected: tuple[str, str] | None) -> None:
    assert seen(a_way(a_route("users", strip=2)), target) == expected


def test_a_base_path_goes_in_front_of_tasks_paths_and_of_urls() -> None:
    route = a_route("users", strip=2)

    assert seen(a_way(route, candidate=RouteSide("new", 2, "/v2")), "/api/users/1") == ("/api/users/1", "/v2/1")
    assert seen(a_way(route), "/api/users/1", "/base") == ("/base/api/users/1", "/base/1")


def test_the_stage_of_a_proxy_is_seen_by_nobody() -> None:
    assert seen(a_way(a_route("users", strip=2), stage="prod"), "/prod/api/users/1") == ("/api/users/1", "/1")


def test_what_another_route_takes_is_not_copied() -> None:
    others = (a_route("one", "/api/users/1"), a_route("beta", headers=("X-Beta: yes",)), a_route("far", "/other"))

    assert seen(a_way(a_route("users"), others[0], others[2]), "/api/users/1") is None
    assert seen(a_way(a_route("users"), others[0], others[2]), "/api/users/2") is not None
    assert seen(a_way(a_route("users"), others[1]), "/api/users/2") is None


def test_a_shadow_asks_for_a_part_of_its_route() -> None:
    part: dict[str, Any] = {"path": "/api/users/me", "methods": ("GET",), "headers": ("X-Beta: y*",)}

    assert seen(a_way(a_route("users"), **part), "/api/users/me/x") is not None
    assert seen(a_way(a_route("users"), **part), "/api/users/you") is None
    assert seen(a_way(a_route("users"), headers=("X-Beta: no",)), "/api/users/me") is None
    assert seen(a_way(a_route("users"), methods=("HEAD",)), "/api/users/me") is None


def test_only_what_one_of_the_sides_answered_is_looked_at() -> None:
    way = a_way(a_route("users"))
    assert way is not None

    assert way.takes(a_line("/api/users", pool="new"), HEADERS) is not None
    assert way.takes(a_line("/api/users", pool="other"), HEADERS) is None
    assert way.takes(a_line("/api/users", pool=""), HEADERS) is None


def test_an_inactive_route_has_no_requests() -> None:
    route = a_route("users")
    inactive = Route("users", route.conditions, route.candidate, route.legacy, state=RouteState.INACTIVE)

    assert a_way(inactive) is None
