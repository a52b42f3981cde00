"""Another default for a proxy through the API, and who then answers its clients."""

from __future__ import annotations

import socket
from pathlib import Path

from stranglerfig.dataplane.keeper_client import MASTER_SOCKET
from stranglerfig.dataplane.master_socket import MasterSocket
from tests.api.builders import a_shop
from tests.control.world import Plane, a_target, an_upstream, ask, until


async def set_default(plane: Plane, **body: object) -> tuple[int, dict[str, object]]:
    answer = await plane.client.patch("/v1/proxies/shop", json=body)
    return answer.status_code, answer.json()


async def reloads(plane: Plane) -> int:
    return (await MasterSocket(Path(plane.control.home) / "run" / MASTER_SOCKET).processes()).reloads


async def test_another_default_answers_at_once_and_the_one_before_can_be_taken_back() -> None:
    async with a_shop() as (plane, url):
        before = await reloads(plane)
        for name, who in (("posts", "posts"), ("shop-default", "monolith"), ("posts", "posts")):
            status, proxy = await set_default(plane, to=name)
            assert (status, proxy["default"], await ask(f"{url}/x")) == (200, name, who)
        assert await reloads(plane) == before
        [entry] = (await plane.client.get("/v1/journal?limit=1")).json()
    assert (entry["subject"], entry["reason"]) == ("proxy shop", "default shop-default to posts")


async def test_a_url_becomes_a_target_unless_it_cannot_be_reached() -> None:
    async with a_shop() as (plane, url), an_upstream("newest") as newest:
        with socket.create_server(("127.0.0.1", 0)) as gone:
            dead = f"http://127.0.0.1:{gone.getsockname()[1]}"
        status, problem = await set_default(plane, to=dead)
        assert (status, problem["code"], await ask(f"{url}/x")) == (503, "unavailable", "monolith")
        assert sorted(plane.control.books.desired.groups) == ["posts", "shop-default"]
        status, proxy = await set_default(plane, to=newest)
        assert (status, proxy["default"], await ask(f"{url}/x")) == (200, "shop-default-2", "newest")


async def test_routes_keep_the_legacy_side_they_had() -> None:
    async with a_shop() as (plane, url):
        await plane.post("/v1/proxies/shop/routes", {"path": "/api", "to": "posts", "weight": 0})
        status, proxy = await set_default(plane, to="posts")
        assert (status, await ask(f"{url}/x"), await ask(f"{url}/api")) == (200, "posts", "monolith")
        routes = proxy["routes"]
        assert isinstance(routes, list)
        assert [route["legacy"] for route in routes] == ["shop-default"]
        answer = await plane.client.delete("/v1/targets/shop-default")
        assert (answer.status_code, "shop/api" in answer.json()["message"]) == (409, True)


async def test_a_default_that_leads_back_is_refused_and_nothing_changes() -> None:
    async with a_shop() as (plane, url):
        second = await plane.post("/v1/proxies", {"name": "second", "to": url})
        status, problem = await set_default(plane, to=second["url"])
        assert (status, "shop -> second -> shop" in str(problem["message"])) == (403, True)
        assert await ask(f"{url}/x") == "monolith"


async def test_a_default_without_a_healthy_task_is_refused_unless_forced() -> None:
    async with a_shop() as (plane, url):
        await plane.post("/v1/targets", a_target("web", mode="sick"), status=202)
        status, problem = await set_default(plane, to="web")
        assert (status, "no healthy task" in str(problem["message"])) == (403, True)
        assert "--force" in str(problem["hint"])
        assert await ask(f"{url}/x") == "monolith"
        status, proxy = await set_default(plane, to="web", force=True)
        assert (status, proxy["default"]) == (200, "web")


async def test_a_default_with_healthy_tasks_needs_no_force_and_frees_the_one_before() -> None:
    async with a_shop() as (plane, url):
        await plane.post("/v1/targets", a_target("web"), status=202)
        await until(lambda: any(not server.draining for server in plane.control.fleet.servers("web")))
        status, _ = await set_default(plane, to="web")
        assert (status, await ask(f"{url}/x")) == (200, "web")
        assert (await plane.client.delete("/v1/targets/shop-default")).status_code == 204


async def test_what_is_not_there_is_not_found() -> None:
    async with a_shop() as (plane, _):
        assert (await set_default(plane, to="nobody"))[0] == 404
        assert (await plane.client.patch("/v1/proxies/nobody", json={"to": "posts"})).status_code == 404
        assert (await set_default(plane, too="posts"))[0] == 400
