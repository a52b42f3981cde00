from __future__ import annotations

import re
import sys
import time

import pytest

from tests.cli.builders import a_proxy, a_route
from tests.cli.command_line import Fig
from tests.cli.stub_daemon import Server


@pytest.fixture
def shop(daemon: Server) -> Server:
    """A proxy with two routes, one of them for GET alone."""
    routes = [a_route(), a_route(id="r2", path="/api/posts", to="posts", methods=["GET"], weight=10.0)]
    daemon.books.proxies["shop"] = a_proxy(routes=routes)
    return daemon


def test_adding_a_plain_route_sends_only_what_was_given(fig: Fig, shop: Server) -> None:
    result = fig("route", "add", "shop", "/api/threads", "--to", "threads")

    assert (result.status, result.stdout) == (0, "")
    assert shop.bodies == [{"path": "/api/threads", "to": "threads"}]
    assert "✔ Route r3 (/api/threads/…) is answered by threads." in result.stderr
    assert "fig route set shop r3 --weight 0" in result.stderr


def test_every_flag_of_add_reaches_the_daemon(fig: Fig, shop: Server) -> None:
    text = (
        "route add shop /a --to b --weight 12.5 --method get --method HEAD --host *.example --header X-A:1"
        " --header X-B:2 --query k=v --source 10.0.0.0/8 --exact --pattern --strip --sticky cookie:id"
        " --legacy m --priority 7 --inactive"
    )

    assert fig(*text.split(), "--json").json()["id"] == "r3"
    assert shop.bodies == [
        {
            "path": "/a",
            "to": "b",
            "weight": 12.5,
            "methods": ["GET", "HEAD"],
            "hosts": ["*.example"],
            "headers": ["X-A:1", "X-B:2"],
            "queries": ["k=v"],
            "sources": ["10.0.0.0/8"],
            "exact": True,
            "pattern": True,
            "strip": True,
            "sticky": "cookie:id",
            "legacy": "m",
            "priority": 7,
            "state": "INACTIVE",
        }
    ]


def test_setting_by_id_is_one_request(fig: Fig, shop: Server) -> None:
    began = time.perf_counter()
    result = fig("route", "set", "shop", "r1", "--weight", "25")
    sys.stdout.write(f"fig route set: {(time.perf_counter() - began) * 1000:.0f} ms\n")

    assert result.status == 0
    assert shop.requests == ["PATCH /v1/proxies/shop/routes/r1"]
    assert "25 % users, 75 % monolith" in result.stderr


@pytest.mark.parametrize("path", ["/api/users", "/api/users/", "/api/users/…"])
def test_setting_by_path_is_two_requests(fig: Fig, shop: Server, path: str) -> None:
    result = fig("route", "set", "shop", path, "--weight", "0", "--json")

    assert result.json()["weight"] == 0
    assert shop.requests == ["GET /v1/proxies/shop/routes?path=/api/users", "PATCH /v1/proxies/shop/routes/r1"]


def test_state_methods_and_stickiness_are_set_and_the_rest_stays(fig: Fig, shop: Server) -> None:
    text = "route set shop r2 --state inactive --method any --sticky header:X-User --priority 3"

    changed = fig(*text.split(), "--json").json()

    assert shop.bodies == [{"sticky": "header:X-User", "priority": 3, "state": "INACTIVE", "methods": []}]
    assert changed["weight"] == 10.0


def test_a_set_without_a_change_is_a_usage_error_and_asks_nobody(fig: Fig, shop: Server) -> None:
    result = fig("route", "set", "shop", "r1")

    assert result.status == 2
    assert "--weight" in result.stderr
    assert shop.requests == []


def test_a_path_that_two_routes_have_is_refused_and_names_both(fig: Fig, shop: Server) -> None:
    shop.books.proxies["shop"]["routes"].append(a_route(id="r3", methods=["POST"]))

    result = fig("route", "set", "shop", "/api/users", "--weight", "5")

    assert result.status == 4
    assert "r1 (all requests), r3 (POST)" in result.stderr
    assert not any(request.startswith("PATCH") for request in shop.requests)


def test_a_path_that_no_route_has_offers_the_nearest(fig: Fig, shop: Server) -> None:
    result = fig("route", "show", "shop", "/api/user")

    assert result.status == 3
    assert "Did you mean /api/users?" in result.stderr


def test_weights_outside_of_zero_to_a_hundred_are_usage_errors(fig: Fig, shop: Server) -> None:
    assert fig("route", "set", "shop", "r1", "--weight", "101").status == 2
    assert shop.requests == []


def test_the_list_says_who_answers(fig: Fig, shop: Server) -> None:
    lines = fig("route", "ls", "shop").stdout.splitlines()

    assert lines[1].split() == ["r1", "/api/users/…", "-", "users", "none", "ACTIVE"]
    assert "10 % posts, 90 % monolith" in lines[2]
    assert [route["id"] for route in fig("route", "ls", "shop", "--json").json()] == ["r1", "r2"]


def test_the_list_tells_a_pattern_and_an_exact_path_from_a_path_with_all_below(fig: Fig, shop: Server) -> None:
    shop.books.proxies["shop"]["routes"] = [
        a_route(id="img", path="/img/*", pattern=True),
        a_route(id="api", path="/api", exact=True),
        a_route(id="below", path="/api"),
    ]

    for command in (("route", "ls", "shop"), ("status",), ("proxy", "show", "shop")):
        text = fig(*command).stdout

        assert re.search("img +pattern /img/[*]  ", text)
        assert re.search("api += /api  ", text)
        assert re.search("below +/api/…  ", text)
    assert "(= /api)" in fig("route", "set", "shop", "api", "--weight", "5").stderr


def test_show_by_id_and_by_path_is_the_same(fig: Fig, shop: Server) -> None:
    by_id, by_path = (fig("route", "show", "shop", name) for name in ("r2", "/api/posts"))

    assert by_id.stdout == by_path.stdout
    assert "To        posts (10 %)" in by_id.stdout
    assert fig("route", "show", "shop", "r2", "--json").json()["to"] == "posts"


def test_deleting_by_path_removes_that_route(fig: Fig, shop: Server) -> None:
    assert fig("route", "delete", "shop", "/api/posts", "--yes").status == 0
    assert [route["id"] for route in shop.books.proxies["shop"]["routes"]] == ["r1"]


def test_explain_tells_route_upstream_and_what_is_shadowed(fig: Fig, shop: Server) -> None:
    result = fig(
        "route", "explain", "shop", "/api/users/3?x=1", "-X", "POST", "-H", "X-Beta: yes", "--source", "10.0.0.9"
    )

    assert result.status == 0
    wanted = {"url": "/api/users/3?x=1", "method": "POST", "headers": ["X-Beta: yes"], "source": "10.0.0.9"}
    assert shop.bodies == [wanted]
    assert "verdict  forward" in result.stdout
    assert "25 %  users  http://127.0.0.1:40001/api/users/3" in result.stdout
    assert "shadows  r2: its prefix is shorter" in result.stdout
    assert fig("route", "explain", "shop", "/", "--json").json()["rule"] == "r1"


def test_lint_fails_exactly_when_it_finds_something(fig: Fig, shop: Server) -> None:
    assert fig("route", "lint", "shop").status == 0
    shop.books.findings = [{"kind": "overlap", "rule": "r1", "message": "covers r2", "mend": "Narrow it."}]

    result = fig("route", "lint", "shop", "--json")

    assert result.status == 1
    assert result.json()[0]["kind"] == "overlap"
    assert "overlap  r1: covers r2" in fig("route", "lint", "shop").stdout
    assert "Exit status 1" in fig("route", "lint", "--help").stdout


def test_trying_what_is_neither_a_file_nor_a_proxy_says_so_first(fig: Fig, shop: Server) -> None:
    nothing = fig("route", "try", "nope")
    shop_alone = fig("route", "try", "shop")

    assert nothing.status == 3
    assert "✘ 'nope' is neither a file nor a proxy" in nothing.stderr
    assert (shop_alone.status, "✘ nothing is proposed" in shop_alone.stderr) == (2, True)
