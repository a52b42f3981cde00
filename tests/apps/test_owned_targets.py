"""The target groups of services: changed as services only, and open to a proxy in front."""

from __future__ import annotations

from tests.apps.builders import APP, ENV, PLACE, a_service, an_environment, deployed
from tests.control.world import a_command, an_upstream, ask

OWNED = f"{APP}.{ENV}.posts"
CONFLICT = 409


async def test_a_services_target_is_not_changed_as_a_target() -> None:
    async with an_environment() as plane:
        await deployed(plane, a_service("posts"))
        of_command = {"name": OWNED, "command": a_command("other"), "cwd": "/"}
        asked = [
            await plane.client.delete(f"/v1/targets/{OWNED}"),
            await plane.client.post(f"/v1/targets/{OWNED}/scale", json={"replicas": 2}),
            await plane.client.post(f"/v1/targets/{OWNED}/rollback", json={}),
            await plane.client.post("/v1/targets", json=of_command),
            await plane.client.post("/v1/targets", json={"name": OWNED, "urls": ["http://127.0.0.1:1"]}),
        ]

        assert [answer.status_code for answer in asked] == [CONFLICT] * 5
        for answer in asked:
            assert answer.json()["message"] == f"target {OWNED!r} is part of service posts in {ENV} of {APP}"
            assert f"`fig svc delete --name posts --env {ENV} --app {APP}`" in answer.json()["hint"]
        shown = await plane.target(OWNED)
        assert (shown["revision"], shown["replicas"]) == (1, 1)
        assert shown["used_by"] == [f"service posts in {ENV} of {APP}"]


async def test_a_brokers_target_is_not_deleted_as_a_target() -> None:
    async with an_environment() as plane:
        await plane.post(f"{PLACE}/broker", status=200)

        answer = await plane.client.delete(f"/v1/targets/{APP}.{ENV}._broker")

        assert answer.status_code == CONFLICT
        assert f"is part of environment {ENV} of {APP}" in answer.json()["message"]
        assert f"`fig env delete --name {ENV} --app {APP}`" in answer.json()["hint"]


async def test_a_route_leads_to_a_service_by_its_targets_name() -> None:
    async with an_environment() as plane, an_upstream("monolith") as url:
        await deployed(plane, a_service("posts"))
        proxy = await plane.post("/v1/proxies", {"name": "front", "to": url})
        route = {"path": "/posts", "to": OWNED}

        await plane.post("/v1/proxies/front/routes", route)

        assert await ask(f"{proxy['url']}/posts/1") == "posts"
        assert await ask(f"{proxy['url']}/") == "monolith"
        in_use = await plane.client.delete(f"{PLACE}/workloads/posts")
        assert (in_use.status_code, in_use.json()["message"]) == (CONFLICT, "posts is in use by front/posts")
