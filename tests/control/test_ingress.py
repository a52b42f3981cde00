"""Services behind a balancer: what they take comes into force when they are complete, and goes back with them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from stranglerfig.control.operations.targets import retire_target
from stranglerfig.control.operations.views import TargetState, to_state
from stranglerfig.core.desired import Balancer, Ingress, ProcessTargets, TargetGroup
from stranglerfig.core.routing.rules import Conditions, PathPrefix
from stranglerfig.core.topology import HealthCheck
from stranglerfig.errors import Conflict
from tests.control.test_tasks_in_rotation import steady_requests
from tests.control.world import Plane, a_command, a_home, a_plane, ask, to_start_s, until

NAME = "forum.test.posts"
HEALTH = HealthCheck("/healthz", interval_s=0.2)


def at(path: str, balancer: str = "forum.test", **more: object) -> Ingress:
    return replace(Ingress("main", balancer, Conditions((PathPrefix(path),))), **more)  # type: ignore[arg-type]


def a_service(
    *ingress: Ingress, name: str = NAME, mode: str = "good", says: str = "posts", replicas: int = 1, **more: object
) -> TargetGroup:
    targets = ProcessTargets(tuple(a_command(says, mode)), "/", replicas, start_timeout_s=to_start_s(mode, 3.0))
    group = TargetGroup(name, targets, HEALTH, drain_s=10.0, ingress=ingress)
    return replace(group, **more)  # type: ignore[arg-type]


@dataclass
class Cluster:
    """A balancer called forum.test, and what is deployed behind it."""

    plane: Plane
    balancer: Balancer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.balancer.port}"

    async def deploy(self, group: TargetGroup, *balancers: Balancer) -> None:
        control = self.plane.control
        await control.applier.follow(control.books.save_deployment(group, balancers, "a test deploys"))
        control.reconciler.loop.wake(group.name)

    async def until_state(self, state: TargetState, name: str = NAME) -> None:
        await until(lambda: to_state(self.plane.control, self.plane.control.books.group(name)) is state)

    async def deploy_well(self, group: TargetGroup, *balancers: Balancer) -> None:
        await self.deploy(group, *balancers)
        await self.until_state(TargetState.ACTIVE, group.name)

    async def status(self, path: str) -> int:
        async with httpx.AsyncClient(timeout=60) as client:
            return (await client.get(f"{self.url}{path}")).status_code

    async def names_in_haproxy(self) -> set[str]:
        return {group.name for group in (await self.plane.control.router.observe()).groups}


@asynccontextmanager
async def a_cluster() -> AsyncIterator[Cluster]:
    async with a_home() as home, a_plane(home) as plane:
        yield await open_balancer(plane)


async def open_balancer(plane: Plane) -> Cluster:
    balancer = Balancer("forum.test", "127.0.0.1", await plane.control.router.claim("127.0.0.1", 0))
    await plane.control.applier.follow(plane.control.books.save_balancer(balancer, "an environment"))
    return Cluster(plane, balancer)


async def test_a_service_takes_requests_when_all_its_tasks_are_healthy_and_not_before() -> None:
    async with a_cluster() as cluster:
        assert await cluster.status("/api") == 404
        await cluster.deploy(a_service(at("/api"), mode="sick"))
        await until(lambda: cluster.plane.control.fleet.of(NAME))
        assert await cluster.status("/api") == 404
        await cluster.deploy_well(a_service(at("/api"), replicas=2, revision=2))
        assert await ask(f"{cluster.url}/api/1") == "posts"
        assert await cluster.status("/other") == 404
        rules = cluster.plane.control.books.listener("forum.test").rules
        assert [rule.id for rule in rules] == ["posts.main", "default"]


async def test_what_is_in_force_is_the_same_after_a_restart_of_the_daemon() -> None:
    async with a_home() as home:
        async with a_plane(home) as plane:
            cluster = await open_balancer(plane)
            await cluster.deploy_well(a_service(at("/api")))
            await cluster.deploy(a_service(at("/new"), mode="sick", revision=2))
            await until(lambda: len(plane.control.fleet.of(NAME)) == 2)
        async with a_plane(home) as plane:
            serving = plane.control.books.in_force(NAME)
            assert serving is not None
            assert (serving.revision, serving.ingress) == (1, (at("/api"),))
            later = Cluster(plane, cluster.balancer)
            assert await ask(f"{later.url}/api") == "posts"
            assert await later.status("/new") == 404


async def test_a_new_revision_moves_path_and_health_check_when_it_is_complete_without_a_failed_request() -> None:
    async with a_cluster() as cluster:
        await cluster.deploy_well(a_service(at("/api"), replicas=2))
        async with steady_requests(f"{cluster.url}/api/both") as answers:
            await until(lambda: len(answers) > 20)
            moved = a_service(at("/api"), at("/v2", id="v2"), says="newer", replicas=2, revision=2)
            await cluster.deploy_well(replace(moved, health=replace(HEALTH, path="/ready")))
            seen = len(answers)
            await until(lambda: len(answers) > seen + 20)
        assert list(dict.fromkeys(answers)) == ["posts", "newer"]
        assert await ask(f"{cluster.url}/v2") == "newer"
        await until(lambda: is_one_pool(cluster))


async def is_one_pool(cluster: Cluster) -> bool:
    return len(await cluster.names_in_haproxy()) == 1


async def test_a_revision_that_never_gets_healthy_goes_back_with_path_and_health_check() -> None:
    async with a_cluster() as cluster:
        await cluster.deploy_well(a_service(at("/api")))
        async with steady_requests(f"{cluster.url}/api") as answers:
            bad = a_service(at("/elsewhere"), mode="ends", revision=2, health=HealthCheck("/nothing"))
            await cluster.deploy(bad)
            await until(lambda: cluster.plane.control.histories.failed_revision(NAME) == 2)
            await cluster.until_state(TargetState.ACTIVE)
            assert await cluster.status("/elsewhere") == 404
            seen = len(answers)
            await until(lambda: len(answers) > seen + 5)
        assert set(answers) == {"posts"}
        group = cluster.plane.control.books.group(NAME)
        assert (group.revision, group.ingress, group.health) == (1, (at("/api"),), HEALTH)


async def test_a_paused_service_says_so_and_serves_again_when_it_is_resumed() -> None:
    async with a_cluster() as cluster:
        group = a_service(at("/api"))
        await cluster.deploy_well(group)
        paused = replace(group, targets=replace(tasks_of(group), replicas=0))
        await cluster.deploy_well(paused)
        await cluster.plane.control.fleet.gone(NAME)
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{cluster.url}/api")
        assert (answer.status_code, json.loads(answer.text)) == (503, {"message": "posts is paused"})
        await cluster.deploy_well(group)
        assert await ask(f"{cluster.url}/api") == "posts"


async def test_two_services_that_take_the_same_requests_are_refused_with_both_names() -> None:
    async with a_cluster() as cluster:
        await cluster.deploy(a_service(at("/api")))
        before = cluster.plane.control.books.desired
        extra = Balancer("forum.test.threads", "127.0.0.1", 1)
        with pytest.raises(Conflict, match=r"threads cannot stand .* posts\.main and threads\.main .* /api"):
            await cluster.deploy(a_service(at("/api"), name="forum.test.threads"), extra)
        assert cluster.plane.control.books.desired == before
        assert cluster.plane.control.books.store.desired() == before
        await cluster.deploy(a_service(at("/api/threads"), name="forum.test.threads"))


async def test_a_recreated_service_never_runs_two_revisions_and_a_bad_one_brings_the_old_back() -> None:
    async with a_cluster() as cluster:
        group = a_service(at("/api"))
        group = replace(group, targets=replace(tasks_of(group), recreate=True))
        await cluster.deploy_well(group)
        good = replace(a_service(at("/api"), says="newer", revision=2), targets=newer(group, "good"))
        await cluster.deploy(good)
        await until(lambda: {r.task.revision for r in cluster.plane.control.fleet.of(NAME)} == {2})
        await cluster.until_state(TargetState.ACTIVE)
        assert await ask(f"{cluster.url}/api") == "newer"
        await cluster.deploy(replace(good, revision=3, targets=newer(group, "ends")))
        await until(lambda: cluster.plane.control.histories.failed_revision(NAME) == 3)
        await cluster.until_state(TargetState.ACTIVE)
        assert cluster.plane.control.books.group(NAME).revision == 2
        assert await ask(f"{cluster.url}/api") == "newer"


def newer(group: TargetGroup, mode: str) -> ProcessTargets:
    return replace(tasks_of(group), command=tuple(a_command("newer", mode)))


def tasks_of(group: TargetGroup) -> ProcessTargets:
    assert isinstance(group.targets, ProcessTargets)
    return group.targets


async def test_a_task_that_does_not_listen_is_healthy_when_it_has_lived_and_is_unknown_to_haproxy() -> None:
    async with a_cluster() as cluster:
        worker = ProcessTargets(("sh", "-c", "echo port=$PORT; exec sleep 60"), "/", listens=False)
        await cluster.deploy_well(TargetGroup("forum.test.worker", worker))
        [record] = cluster.plane.control.fleet.of("forum.test.worker")
        assert record.task.port == 0
        assert await cluster.names_in_haproxy() == set()
        lines = cluster.plane.control.runtime.logs("forum.test.worker", tail=5, follow=False)
        assert [line async for _, line in lines] == ["port="]
        await cluster.deploy_well(TargetGroup("forum.test.worker", worker, revision=2))
        await until(lambda: record.has_ended)


async def test_a_worker_that_ends_at_once_is_never_taken_for_healthy() -> None:
    async with a_cluster() as cluster:
        worker = ProcessTargets(("sh", "-c", "exit 3"), "/", listens=False)
        await cluster.deploy(TargetGroup("forum.test.worker", worker))
        await cluster.until_state(TargetState.FAILED, "forum.test.worker")
        problem = cluster.plane.control.histories.problem("forum.test.worker")
        assert problem is not None
        assert "exit status 3" in problem


async def test_a_tcp_balancer_passes_bytes_to_its_service() -> None:
    async with a_cluster() as cluster:
        port = await cluster.plane.control.router.claim("127.0.0.1", 0)
        network = Balancer("forum.test.posts.nlb", "127.0.0.1", port, tcp=True)
        await cluster.deploy_well(a_service(at("/", network.name), at("/api", id="http")), network)
        assert await ask(f"http://127.0.0.1:{port}/anything") == "posts"
        assert await ask(f"{cluster.url}/api") == "posts"
        assert await cluster.status("/anything") == 404


async def test_a_client_is_kept_on_one_task_where_asked_for() -> None:
    async with a_cluster() as cluster:
        await cluster.deploy_well(a_service(at("/api", sticky=True), replicas=2))
        async with httpx.AsyncClient(base_url=cluster.url) as client:
            mine = {json.loads((await client.get("/api")).text)["pid"] for _ in range(8)}
        async with httpx.AsyncClient(base_url=cluster.url) as stranger:
            all_of_them = set()
            for _ in range(8):
                stranger.cookies.clear()
                all_of_them.add(json.loads((await stranger.get("/api")).text)["pid"])
        assert (len(mine), len(all_of_them)) == (1, 2)


async def test_a_sticky_service_is_rolled_without_a_failed_request() -> None:
    async with a_cluster() as cluster:
        await cluster.deploy_well(a_service(at("/api", sticky=True), replicas=2))
        async with steady_requests(f"{cluster.url}/api") as answers:
            await until(lambda: len(answers) > 10)
            await cluster.deploy_well(a_service(at("/api", sticky=True), says="newer", replicas=2, revision=2))
            await until(lambda: answers[-1] == "newer")
        assert set(answers) == {"posts", "newer"}


async def test_a_service_that_is_retired_finishes_what_it_has() -> None:
    async with a_cluster() as cluster:
        await cluster.deploy_well(a_service(at("/api")))
        last = asyncio.create_task(ask(f"{cluster.url}/api?wait=1.5"))
        await until(lambda: has_sessions(cluster))
        await retire_target(cluster.plane.control, NAME)
        assert await last == "posts"
        assert await cluster.status("/api") == 404
        assert cluster.plane.control.fleet.of(NAME) == ()


async def has_sessions(cluster: Cluster) -> bool:
    seen = await cluster.plane.control.router.observe()
    return any(server.sessions for group in seen.groups for server in group.servers)


async def test_a_secret_is_a_variable_of_the_task_and_stands_nowhere_in_the_books() -> None:
    async with a_home() as home, a_plane(home) as plane:
        plane.control.applications.secrets.put("forum", "test", "api_token", "s3cret")
        cluster = await open_balancer(plane)
        command = ("sh", "-c", "echo $TOKEN; exec sleep 60")
        worker = ProcessTargets(command, "/", listens=False, secrets=(("TOKEN", "api_token"),))
        await cluster.deploy_well(TargetGroup("forum.test.worker", worker))
        lines = plane.control.runtime.logs("forum.test.worker", tail=5, follow=False)
        assert [line async for _, line in lines] == ["s3cret"]
        assert b"s3cret" not in b"".join(path.read_bytes() for path in database_files(home))


def database_files(home: Path) -> list[Path]:
    return sorted(home.glob("fig.sqlite3*"))


async def test_a_missing_secret_is_named() -> None:
    async with a_cluster() as cluster:
        worker = ProcessTargets(("sleep", "60"), "/", listens=False, secrets=(("TOKEN", "api_token"),))
        await cluster.deploy(TargetGroup("forum.test.worker", worker))
        await until(lambda: cluster.plane.control.histories.problem("forum.test.worker"))
        assert "api_token" in str(cluster.plane.control.histories.problem("forum.test.worker"))


async def test_a_balancer_explains_requests_like_a_proxy() -> None:
    async with a_cluster() as cluster:
        await cluster.deploy_well(a_service(at("/api")))
        answer = await cluster.plane.client.post(
            "/v1/proxies/forum.test/explain", json={"method": "GET", "url": "/api/1"}
        )
        assert answer.json()["rule"] == "posts.main"
