"""Whatever goes wrong is answered as JSON, with the place and a mend."""

from __future__ import annotations

import pytest

from stranglerfig.api.checks import LARGEST_BODY_BYTES
from tests.api.builders import a_shop, an_empty_plane


async def test_unknown_paths_methods_and_too_large_bodies_are_problems() -> None:
    async with an_empty_plane() as plane:
        unknown = await plane.client.get("/v1/nothing")
        method = await plane.client.put("/v1/proxies")
        large = await plane.client.post("/v1/proxies", content=b"x" * (LARGEST_BODY_BYTES + 1))
    assert [answer.status_code for answer in (unknown, method, large)] == [404, 405, 413]
    assert [answer.json()["code"] for answer in (unknown, method, large)] == ["not-found", "usage", "usage"]
    assert all(answer.json()["hint"] for answer in (unknown, method, large))


async def test_every_answer_names_the_version() -> None:
    async with an_empty_plane() as plane:
        for path in ("/v1/version", "/v1/nothing"):
            headers = (await plane.client.get(path)).headers
            assert headers["Fig-Api"] == "1"
            assert headers["Fig-Version"]


async def test_all_problems_of_a_request_are_named_with_their_fields() -> None:
    async with an_empty_plane() as plane:
        answer = await plane.client.post("/v1/proxies", json={"name": "shop", "port": "x", "colour": "red"})
    assert answer.status_code == 400
    message = answer.json()["message"]
    assert all(field in message for field in ("to:", "port:", "colour:"))


async def test_what_is_no_json_is_refused() -> None:
    async with an_empty_plane() as plane:
        answer = await plane.client.post("/v1/proxies", content=b"{nonsense")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"path": "/api", "to": "posts", "weight": 101}, 400, "bad weight"),
        ({"path": "/api", "to": "posts", "weight": 0.001}, 400, "bad weight"),
        ({"path": "api", "to": "posts"}, 400, "bad path"),
        ({"path": "/api/*", "to": "posts"}, 400, "wildcards"),
        ({"path": "/", "to": "posts"}, 400, "everything"),
        ({"path": "/api", "to": "nobody"}, 404, "no target 'nobody'"),
        ({"path": "/api", "to": "posts", "sticky": "moon"}, 400, "bad stickiness"),
        ({"path": "/api", "to": "posts", "priority": 3}, 400, "priority"),
        ({"path": "/api", "to": "posts", "sources": ["moon"]}, 400, "bad source"),
        ({"path": "/api/*", "pattern": True, "strip": True, "to": "posts"}, 400, "stripped"),
        ({"path": "/api", "to": "http://127.0.0.1:1"}, 503, "cannot reach"),
    ],
)
async def test_a_bad_route_is_refused_and_nothing_changes(body: dict[str, object], status: int, words: str) -> None:
    async with a_shop() as (plane, _):
        answer = await plane.client.post("/v1/proxies/shop/routes", json=body)
        assert (answer.status_code, words in answer.json()["message"]) == (status, True), answer.text
        assert (await plane.client.get("/v1/proxies/shop/routes")).json() == []


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"name": "Shop", "to": "posts"}, 400, "[a-z]"),
        ({"name": "shop", "to": "posts"}, 409, "exists already"),
        ({"name": "two", "to": "ftp://127.0.0.1"}, 400, "bad URL"),
        ({"name": "two", "to": "http://127.0.0.1:99999"}, 400, "bad URL"),
        ({"name": "two", "to": "http://127.0.0.1:1"}, 503, "cannot reach"),
        ({"name": "two", "to": "nobody"}, 404, "no target"),
        ({"name": "two", "to": "posts", "host": "moon"}, 400, "bad host"),
    ],
)
async def test_a_bad_proxy_is_refused_and_nothing_is_made(body: dict[str, object], status: int, words: str) -> None:
    async with a_shop() as (plane, _):
        answer = await plane.client.post("/v1/proxies", json=body)
        assert (answer.status_code, words in answer.json()["message"]) == (status, True), answer.text
        assert [proxy["name"] for proxy in (await plane.client.get("/v1/proxies")).json()] == ["shop"]
        assert sorted(plane.control.books.desired.groups) == ["posts", "shop-default"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"name": "users"}, "either URLs or a command"),
        ({"name": "users", "command": ["x"]}, "cwd"),
        ({"name": "users", "command": [], "cwd": "/"}, "empty"),
        ({"name": "users", "command": ["x"], "cwd": "/no/such/folder"}, "no folder"),
        ({"name": "users", "command": ["x"], "cwd": "/", "env": {"PORT": "1"}}, "PORT"),
        ({"name": "users", "command": ["x"], "cwd": "/", "replicas": 0}, "number of tasks"),
        ({"name": "users", "command": ["x"], "cwd": "/", "health": {"path": "x"}}, "health path"),
        ({"name": "users", "command": ["x"], "cwd": "/", "health": {"expect": "9"}}, "expected statuses"),
        ({"name": "users", "command": ["x"], "cwd": "/", "drain_s": -1}, "drain"),
        ({"name": "users", "urls": ["http://127.0.0.1:1", "https://127.0.0.1:1"]}, "share"),
        ({"name": "users", "urls": ["https://127.0.0.1:1"]}, "cannot be checked"),
        ({"name": "users", "urls": []}, "URL"),
    ],
)
async def test_a_bad_target_is_refused(body: dict[str, object], words: str) -> None:
    async with an_empty_plane() as plane:
        answer = await plane.client.post("/v1/targets", json=body)
    assert (answer.status_code, words in answer.json()["message"]) == (400, True), answer.text
