"""A port that another program took while fig was down."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from stranglerfig.core.desired import Balancer
from tests.apps.builders import (
    APP,
    ENV,
    PLACE,
    a_group,
    a_service,
    a_workload,
    an_order,
    deployed,
    get,
    make_environment,
)
from tests.control.world import Plane, a_home, a_plane, an_upstream, ask, until
from tests.ports import free_port

CONFLICT = 409


def port_of(url: object) -> int:
    port = urlsplit(str(url)).port
    assert port is not None
    return port


@asynccontextmanager
async def after_down() -> AsyncIterator[tuple[Plane, str, str]]:
    """A proxy and an environment with a service, all down; and where they are."""
    async with a_home() as home, an_upstream("monolith") as monolith:
        async with a_plane(home) as plane:
            # Of others' tests none gets these while all is down.
            url = str((await make_environment(plane, port=free_port()))["url"])
            await deployed(plane, a_service("posts"))
            front = {"name": "front", "to": monolith, "port": free_port()}
            proxy = str((await plane.post("/v1/proxies", front))["url"])
            await plane.post("/v1/down", status=204)
        async with a_plane(home) as plane:
            yield plane, proxy, url


async def test_all_else_comes_up_and_the_error_says_whose_port_is_taken() -> None:
    async with after_down() as (plane, proxy, url):
        with socket.create_server(("127.0.0.1", port_of(proxy))):
            answer = await plane.client.post("/v1/up", json={})

            assert answer.status_code == CONFLICT
            message = f"proxy 'front' does not answer: 127.0.0.1 port {port_of(proxy)} is taken"
            assert message in answer.json()["message"]
            assert f"ss -ltnp 'sport = :{port_of(proxy)}'" in answer.json()["hint"]
            assert "--to front-default --port PORT" in answer.json()["hint"]
            await plane.until_state(f"{APP}.{ENV}.posts", "ACTIVE")
            assert await ask(f"{url}/posts") == "posts"

        await plane.post("/v1/up", status=204)
        assert await ask(f"{proxy}/x") == "monolith"


async def test_an_environment_whose_port_is_taken_moves_to_another_one() -> None:
    async with after_down() as (plane, proxy, url):
        with socket.create_server(("127.0.0.1", port_of(url))):
            answer = await plane.client.post("/v1/up", json={})
            assert f"environment {ENV!r} of {APP} does not answer" in answer.json()["message"]
            assert "`local.port` in copilot/environments/test/manifest.yml" in answer.json()["hint"]
            assert f"`fig env deploy --name {ENV}`" in answer.json()["hint"]
            assert await ask(f"{proxy}/x") == "monolith"
            environment = {"name": ENV, "runtime": "process"}
            again = await plane.client.post(f"/v1/apps/{APP}/environments", json=environment)
            assert again.status_code == CONFLICT

            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            await plane.post(f"/v1/apps/{APP}/environments", {**environment, "port": port})

            assert (await get(plane, PLACE))["url"] == f"http://127.0.0.1:{port}"
            await until(lambda: plane.control.router.waiting() == {})
            await plane.until_state(f"{APP}.{ENV}.posts", "ACTIVE")
            assert await ask(f"http://127.0.0.1:{port}/posts") == "posts"


async def test_a_service_whose_own_port_is_taken_is_shown_its_line_of_the_manifest() -> None:
    async with a_home() as home, a_plane(home) as plane:
        await make_environment(plane)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            listener = Balancer(f"{APP}.{ENV}.posts.{port}", "127.0.0.1", port, tcp=True)
            order = an_order(a_workload("posts"), a_group("posts"), listener)

            answer = await plane.client.post(f"{PLACE}/workloads", json=order)

        assert answer.status_code == CONFLICT
        assert "`nlb.port`" in answer.json()["hint"]
        assert "`--port-override`" in answer.json()["hint"]
