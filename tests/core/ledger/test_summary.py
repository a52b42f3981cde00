"""What the ledger says of a migration."""

from __future__ import annotations

from stranglerfig.core.desired import Proxy, Route, RouteSide
from stranglerfig.core.ledger.candidates import find_candidates, path_of
from stranglerfig.core.ledger.latencies import Latencies
from stranglerfig.core.ledger.links import Link, Strength
from stranglerfig.core.ledger.openapi import Seen, to_openapi
from stranglerfig.core.ledger.records import OTHER, UNSEEN, Figures, Key, Side, Sighting
from stranglerfig.core.ledger.sides import legacy_of_proxy
from stranglerfig.core.ledger.summary import Summary, add_up, latest, summarise
from stranglerfig.core.routing.rules import Conditions, PathPrefix
from tests.core.ledger.builders import a_key

USERS, POSTS, CART = a_key("/api/users/{id}"), a_key("/api/posts"), a_key("/cart/{id}", method="POST")
MOVED_USERS = a_key("/api/users/{id}", "users", Side.MOVED)


def as_it_is(listener: str, endpoint: str) -> str:
    return endpoint


def a_summary(counts: dict[Key, int], last: dict[Key, Sighting] | None = None) -> Summary:
    return summarise("shop", {key: Figures(count) for key, count in counts.items()}, last or {})


def a_route(name: str, candidate: str, legacy: str) -> Route:
    return Route(name, Conditions((PathPrefix(f"/{name}"),)), RouteSide(candidate), RouteSide(legacy))


def test_the_share_that_moved_is_of_what_targets_answered() -> None:
    nobody = a_key("/api/users/{id}", "", Side.NOBODY)
    found = a_summary({USERS: 10, MOVED_USERS: 30, POSTS: 60, nobody: 900})

    assert found.moved_share == 0.3
    assert (found.endpoints, found.moved_endpoints) == (2, 0)
    assert [entry.key for entry in found.still] == [POSTS, USERS]


def test_an_endpoint_has_moved_when_legacy_is_not_asked_any_more() -> None:
    found = a_summary({MOVED_USERS: 30, POSTS: 60, a_key(OTHER): 5, a_key(UNSEEN, method="*"): 5})

    assert (found.endpoints, found.moved_endpoints) == (2, 1)


def test_what_was_legacys_and_is_not_asked_any_more_is_idle() -> None:
    last = {USERS: Sighting(50.0), POSTS: Sighting(10.0), CART: Sighting(90.0), MOVED_USERS: Sighting(95.0)}
    found = a_summary({CART: 3}, last)

    assert [entry.key for entry in found.idle] == [POSTS, USERS]


def test_nothing_asked_is_no_share() -> None:
    assert a_summary({}).moved_share is None


def test_hours_add_up_by_the_names_of_now() -> None:
    rows = [(a_key("/by/ann"), Figures(2)), (a_key("/by/bob"), Figures(3, 1)), (POSTS, Figures(0))]
    found = add_up(rows, lambda listener, endpoint: "/by/{name}" if endpoint.startswith("/by/") else endpoint)

    assert found == {a_key("/by/{name}"): Figures(5, 1)}


def test_the_last_request_of_several_names_is_the_latest_one() -> None:
    seen = {
        a_key("/by/ann"): Sighting(5.0, "10.0.0.1"),
        a_key("/by/bob"): Sighting(9.0, "10.0.0.2"),
        POSTS: Sighting(0.0),
    }

    assert latest(seen, lambda listener, endpoint: "/by/{name}") == {a_key("/by/{name}"): Sighting(9.0, "10.0.0.2")}


def test_legacy_is_whom_routes_lead_away_from_even_once_it_is_not_the_default() -> None:
    alone = Proxy("shop", "127.0.0.1", 80, "monolith")
    moving = Proxy("shop", "127.0.0.1", 80, "rest", routes=(a_route("a", "users", "monolith"),))
    again = Proxy("shop", "127.0.0.1", 80, "monolith", routes=(*moving.routes, a_route("b", "users-2", "users")))

    assert legacy_of_proxy(alone) == {"monolith"}
    assert legacy_of_proxy(moving) == {"monolith"}
    assert legacy_of_proxy(again) == {"monolith"}


def test_the_best_candidate_is_much_asked_loosely_coupled_and_only_read() -> None:
    links = [(Link("shop", "/api/posts", "/cart/{id}"), Strength(40, 10))]
    found = find_candidates(a_summary({USERS: 100, POSTS: 100, CART: 100}), links)

    assert [one.path for one in found] == ["/api/users", "/api/posts", "/cart"]
    assert found[1].partner == "/cart"
    assert found[2].writes == 1.0
    assert "100% writes" in found[2].reasons


def test_failing_endpoints_are_no_good_start() -> None:
    totals = {USERS: Figures(100, 0, 20), POSTS: Figures(60, 0, 0, Latencies({4: 60}))}
    found = find_candidates(summarise("shop", totals, {}), [])

    assert [one.path for one in found] == ["/api/posts", "/api/users"]
    assert found[0].p99_ms is not None


def test_what_is_slow_is_no_good_start_either() -> None:
    slow, quick = Latencies(), Latencies()
    slow.add(4_000.0, 50)
    quick.add(4.0, 50)
    found = find_candidates(
        summarise("shop", {USERS: Figures(50, 0, 0, slow), POSTS: Figures(50, 0, 0, quick)}, {}), []
    )

    assert [one.path for one in found] == ["/api/posts", "/api/users"]
    assert any("slow" in reason for reason in found[1].reasons)


def test_links_to_what_has_moved_hold_nothing_back() -> None:
    links = [(Link("shop", "/api/users/{id}", "/api/posts"), Strength(9, 9))]

    assert find_candidates(a_summary({POSTS: 10, MOVED_USERS: 10}), links)[0].coupling == 0.0


def test_a_path_for_a_route_ends_with_the_first_word_that_says_something() -> None:
    endpoints = ("/api/v1/users/{id}/posts", "/cart/items", "/{name}/all", "/api/posts/in-thread/{id}", "/")

    assert [*map(path_of, endpoints)] == ["/api/v1/users", "/cart", "/", "/api/posts", "/"]


def test_openapi_has_each_path_once_with_its_parameters() -> None:
    seen = [
        Seen("GET", "/users/{id}/posts/{id}", 7, ("2XX", "4XX"), "legacy"),
        Seen("GET", "/users/{id}/posts/{id}", 3, ("2XX",), "users"),
        Seen("POST", "/by/{date}", 1, (), "legacy"),
        Seen("GET", OTHER, 5, ("4XX",), "legacy"),
        Seen("OTHER", "/odd", 5, ("4XX",), "legacy"),
    ]
    document = to_openapi("shop", seen)

    assert [*document["paths"]] == ["/by/{date}", "/users/{id}/posts/{id2}"]
    operation = document["paths"]["/users/{id}/posts/{id2}"]["get"]
    assert [one["name"] for one in operation["parameters"]] == ["id", "id2"]
    assert operation["x-fig"] == {"requests": 10, "targets": ["legacy", "users"]}
    assert [*operation["responses"]] == ["2XX", "4XX"]
    assert [*document["paths"]["/by/{date}"]["post"]["responses"]] == ["default"]
    assert document["paths"]["/by/{date}"]["post"]["parameters"][0]["schema"] == {"type": "string", "format": "date"}
