"""Proxies, routes and targets through the API, and what clients of the proxy then get."""

from __future__ import annotations

import socket

from tests.api.builders import a_shop, an_empty_plane
from tests.control.world import a_target, an_upstream, ask, until


async def test_a_proxy_answers_from_its_target_when_it_is_made() -> None:
    async with a_shop() as (_, url):
        assert await ask(f"{url}/anything") == "monolith"


async def test_a_route_peels_its_path_off_and_weights_0_and_100_switch_at_once() -> None:
    async with a_shop() as (plane, url):
        route = await plane.post("/v1/proxies/shop/routes", {"path": "/api/posts", "to": "posts"})
        assert (route["id"], route["legacy"], route["weight"]) == ("api-posts", "shop-default", 100)
        assert await ask(f"{url}/api/posts/1") == "posts"
        assert await ask(f"{url}/api/postscript") == "monolith"
        for weight, who in ((0, "monolith"), (100, "posts")):
            answer = await plane.client.patch("/v1/proxies/shop/routes/api-posts", json={"weight": weight})
            assert answer.json()["weight"] == weight
            assert await ask(f"{url}/api/posts/1") == who


async def test_an_inactive_route_is_as_if_it_were_not_there() -> None:
    async with a_shop() as (plane, url):
        await plane.post("/v1/proxies/shop/routes", {"path": "/api", "to": "posts"})
        await plane.client.patch("/v1/proxies/shop/routes/api", json={"state": "INACTIVE"})
        assert await ask(f"{url}/api") == "monolith"
        assert (await plane.client.delete("/v1/proxies/shop/routes/api")).status_code == 204
        assert (await plane.client.get("/v1/proxies/shop/routes/api")).status_code == 404


async def test_the_legacy_side_is_whoever_answered_before() -> None:
    async with a_shop() as (plane, _), an_upstream("newest") as newest:
        await plane.post("/v1/proxies/shop/routes", {"path": "/api", "to": "posts"})
        route = await plane.post("/v1/proxies/shop/routes", {"path": "/api/{id}/orders", "to": newest, "weight": 12.5})
        assert (route["legacy"], route["to"], route["weight"]) == ("posts", "shop-api-id-orders", 12.5)


async def test_the_same_route_twice_is_a_conflict_that_names_the_first() -> None:
    async with a_shop() as (plane, _):
        body = {"path": "/api/posts", "to": "posts", "methods": ["GET"]}
        await plane.post("/v1/proxies/shop/routes", body)
        answer = await plane.client.post("/v1/proxies/shop/routes", json=body)
        assert answer.status_code == 409
        assert "'api-posts'" in answer.json()["message"]
        assert "fig route set shop api-posts" in answer.json()["hint"]
        other = await plane.post("/v1/proxies/shop/routes", body | {"methods": ["POST"]})
        assert other["id"] == "api-posts-2"


async def test_conditions_come_back_as_they_were_given() -> None:
    given = {
        "path": "/img/*.png",
        "pattern": True,
        "methods": ["GET"],
        "hosts": ["api.example.com"],
        "headers": ["X-Env: beta*", "X-Who: me"],
        "queries": ["v=1", "*two*"],
        "sources": ["10.0.0.0/8"],
    }
    async with a_shop() as (plane, _):
        route = await plane.post("/v1/proxies/shop/routes", given | {"to": "posts", "sticky": "header:X-User"})
    assert {key: route[key] for key in given} == given
    assert route["sticky"] == "header:X-User"


async def test_a_proxy_by_priority_needs_one_and_the_lowest_wins() -> None:
    async with a_shop(order="priority") as (plane, url):
        missing = await plane.client.post("/v1/proxies/shop/routes", json={"path": "/a", "to": "posts"})
        assert missing.status_code == 400
        await plane.post("/v1/proxies/shop/routes", {"path": "/a", "to": "posts", "priority": 10})
        await plane.post("/v1/proxies/shop/routes", {"path": "/a/b", "to": "shop-default", "priority": 20})
        assert await ask(f"{url}/a/b") == "posts"
        taken = await plane.client.post("/v1/proxies/shop/routes", json={"path": "/c", "to": "posts", "priority": 10})
        assert taken.status_code == 409


async def test_a_taken_port_is_a_conflict_and_nothing_is_made() -> None:
    async with an_empty_plane() as plane, an_upstream("monolith") as monolith:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            answer = await plane.client.post("/v1/proxies", json={"name": "shop", "to": monolith, "port": port})
        assert answer.status_code == 409
        assert str(port) in answer.json()["message"]
        assert not plane.control.books.desired.groups


async def test_a_proxy_sent_to_itself_or_round_a_corner_is_refused() -> None:
    async with a_shop() as (plane, url):
        second = await plane.post("/v1/proxies", {"name": "second", "to": url})
        answer = await plane.client.post("/v1/proxies/shop/routes", json={"path": "/round", "to": second["url"]})
        assert answer.status_code == 403
        assert "shop -> second -> shop" in answer.json()["message"]
        itself = await plane.client.post("/v1/targets", json={"name": "posts", "urls": [second["url"], url]})
        assert itself.status_code == 202
        self_route = await plane.client.post("/v1/proxies/shop/routes", json={"path": "/x", "to": "posts"})
        assert self_route.status_code == 403
        assert (await plane.client.get("/v1/proxies/shop/routes")).json() == []


async def test_what_is_in_use_cannot_be_deleted() -> None:
    async with a_shop() as (plane, _):
        await plane.post("/v1/proxies/shop/routes", {"path": "/api", "to": "posts"})
        answer = await plane.client.delete("/v1/targets/posts")
        assert (answer.status_code, "shop/api" in answer.json()["message"]) == (409, True)
        assert (await plane.client.delete("/v1/proxies/shop")).status_code == 204
        assert sorted(plane.control.books.desired.groups) == ["posts"]
        assert (await plane.client.delete("/v1/targets/posts")).status_code == 204


async def test_explain_says_who_answers_and_where_it_goes() -> None:
    async with a_shop() as (plane, _):
        await plane.post("/v1/proxies/shop/routes", {"path": "/api/posts", "to": "posts", "strip": True})
        said = await plane.post("/v1/proxies/shop/explain", {"url": "/api/posts/7?x=1"}, status=200)
    assert (said["verdict"], said["rule"]) == ("forward", "api-posts")
    upstreams = said["upstreams"]
    assert isinstance(upstreams, list)
    assert upstreams[0]["group"] == "posts"
    assert upstreams[0]["url"].endswith("/7?x=1")


async def test_lint_finds_an_empty_target() -> None:
    async with a_shop() as (plane, _):
        await plane.post("/v1/targets", {"name": "users", "command": ["no-such-program"], "cwd": "/"}, status=202)
        await plane.post("/v1/proxies/shop/routes", {"path": "/users", "to": "users", "force": True})
        findings = (await plane.client.get("/v1/proxies/shop/lint")).json()
    assert [(finding["kind"], finding["rule"]) for finding in findings] == [("empty-group", "users")]


async def test_the_journal_tells_why() -> None:
    async with a_shop() as (plane, _):
        entries = (await plane.client.get("/v1/journal?limit=1")).json()
    assert len(entries) == 1
    assert "posts" in entries[0]["subject"]


async def test_status_and_metrics_count_every_request() -> None:
    async with a_shop() as (plane, url):
        for _ in range(5):
            await ask(f"{url}/x")

        async def counted() -> bool:
            # HAProxy counts a request when it is over, which may be a moment after its answer came
            text = (await plane.client.get("/v1/metrics")).text
            return 'fig_target_requests_total{class="2xx",target="shop-default"} 5.0' in text

        await until(counted)
        text = (await plane.client.get("/v1/metrics")).text
        status = (await plane.client.get("/v1/status")).json()
    assert 'fig_proxy_requests_total{proxy="shop"} 5.0' in text
    assert status["proxies"][0]["requests"] == 5
    assert status["haproxy"]


async def test_nothing_moves_to_a_url_that_accepts_no_connection() -> None:
    async with a_shop() as (plane, url):
        async with an_upstream("going") as going:
            await plane.post("/v1/proxies/shop/routes", {"path": "/api", "to": going, "weight": 0})
        change = await plane.client.patch("/v1/proxies/shop/routes/api", json={"weight": 50})
        assert (change.status_code, change.json()["code"]) == (403, "refused")
        assert "--force" in change.json()["hint"]
        assert await ask(f"{url}/api/1") == "monolith"


async def test_a_split_between_a_target_and_itself_is_refused() -> None:
    async with a_shop() as (plane, _):
        answer = await plane.client.post(
            "/v1/proxies/shop/routes", json={"path": "/api", "to": "shop-default", "weight": 20}
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "usage")
        assert "nothing to split" in answer.json()["message"]


async def test_logs_are_one_json_value_a_line() -> None:
    from tests.control.world import a_target

    async with an_empty_plane() as plane:
        await plane.post("/v1/targets", a_target("posts"), status=202)
        await plane.until_state("posts", "ACTIVE")
        answer = await plane.client.get("/v1/targets/posts/logs?tail=5")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert '"line": "posts begins"' in answer.text


async def test_nothing_moves_to_a_target_without_a_healthy_task_unless_forced() -> None:
    async with a_shop() as (plane, url):
        await plane.post("/v1/targets", a_target("sick", mode="ends"), status=202)
        answer = await plane.client.post("/v1/proxies/shop/routes", json={"path": "/api", "to": "sick"})
        assert (answer.status_code, answer.json()["code"]) == (403, "refused")
        assert "no healthy task" in answer.json()["message"]
        await plane.post("/v1/proxies/shop/routes", {"path": "/api", "to": "sick", "weight": 0})
        change = await plane.client.patch("/v1/proxies/shop/routes/api", json={"weight": 5})
        assert change.status_code == 403
        assert await ask(f"{url}/api/1") == "monolith"
        forced = await plane.client.patch("/v1/proxies/shop/routes/api", json={"weight": 5, "force": True})
        assert forced.json()["weight"] == 5


async def test_a_route_may_be_split_and_stripped_at_once() -> None:
    async with a_shop() as (plane, _):
        body = {"path": "/api/posts", "to": "posts", "weight": 50, "strip": True}
        route = await plane.post("/v1/proxies/shop/routes", body)
        assert (route["weight"], route["strip"], route["legacy"]) == (50, True, "shop-default")
