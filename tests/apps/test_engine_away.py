"""Environments in Docker where no engine answers: refused before anything is kept, and removed all the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stranglerfig.control.fleet import TaskRecord
from stranglerfig.core.observed import ContainerIdentity
from tests.apps.builders import APP, ENV, PLACE, a_service, an_environment, deployed, get, make_environment
from tests.control.world import Plane, a_home, a_plane, ask

ENVIRONMENTS = f"/v1/apps/{APP}/environments"
UNAVAILABLE = 503


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    return f"unix://{tmp_path}/none.sock"


async def test_docker_is_not_chosen_where_no_engine_answers(nowhere: str) -> None:
    async with an_environment() as plane:
        refused = await plane.client.post(ENVIRONMENTS, json={"name": "new", "runtime": "docker"})

        assert refused.status_code == UNAVAILABLE
        assert refused.json()["message"] == f"cannot run {APP}.new in Docker: no Docker engine answers at {nowhere}"
        assert "--runtime process" in refused.json()["hint"]
        assert [one["name"] for one in await get(plane, ENVIRONMENTS)] == [ENV]
        assert f"{APP}.new" not in plane.control.books.desired.balancers


async def test_a_runtime_that_was_refused_does_not_stand_in_the_way_of_the_next_deploy() -> None:
    async with an_environment() as plane:
        refused = await plane.client.post(ENVIRONMENTS, json={"name": ENV, "runtime": "docker"})

        assert refused.status_code == UNAVAILABLE
        assert (await get(plane, PLACE))["runtime"] == "process"
        await deployed(plane, a_service("posts"))


def was_in_docker(plane: Plane) -> None:
    """As the books are when an engine was there, and went."""
    store = plane.control.applications.store
    (place,) = store.environments(APP)
    store.save_environment(replace(place, was_docker=True), "for a test")


async def with_a_container(plane: Plane) -> None:
    """A service of which a container is in the books, as a later daemon finds it while the engine is away."""
    await deployed(plane, a_service("posts"))
    name = f"{APP}.{ENV}.posts"
    (record,) = plane.control.fleet.of(name)
    task = replace(record.task, id=f"{name}-1-0-x", identity=ContainerIdentity("gone"))
    plane.control.fleet.add(TaskRecord(task, record.health, 1.0, 0.0))


def without_it(plane: Plane) -> None:
    (held,) = [
        r for r in plane.control.fleet.of(f"{APP}.{ENV}.posts") if isinstance(r.task.identity, ContainerIdentity)
    ]
    plane.control.fleet.drop(held)


@pytest.mark.parametrize("path", [PLACE, f"/v1/apps/{APP}"])
async def test_what_no_container_is_known_of_is_removed_and_the_rest_is_told(path: str, nowhere: str) -> None:
    async with an_environment() as plane:
        was_in_docker(plane)

        answer = await plane.client.delete(path)

        assert answer.status_code == 200, answer.text
        (rest,) = answer.json()["rest"]
        assert f"may still have the network, volumes and images of {APP}.{ENV}" in rest
        assert f"no Docker engine answers at {nowhere}" in rest
        assert f"`fig env delete --name {ENV}`" in rest
        assert plane.control.applications.store.environments(APP) == ()
        assert plane.control.books.desired.balancers == {}


async def test_everything_is_forgotten_and_the_rest_is_told() -> None:
    async with a_home() as home, a_plane(home) as plane:
        await make_environment(plane)
        was_in_docker(plane)

        answer = await plane.client.post("/v1/down", json={"purge": True})

        assert answer.status_code == 200, answer.text
        assert f"{APP}.{ENV}" in answer.json()["rest"][0]
        assert plane.control.applications.store.apps() == ()


async def test_containers_that_are_known_keep_all_that_would_leave_them_behind() -> None:
    async with an_environment() as plane:
        was_in_docker(plane)
        await with_a_container(plane)
        asked = [
            await plane.client.delete(f"{PLACE}/workloads/posts"),
            await plane.client.delete(f"/v1/apps/{APP}"),
            await plane.client.post("/v1/down", json={"purge": True}),
        ]
        without_it(plane)

        assert [answer.status_code for answer in asked] == [UNAVAILABLE] * 3
        assert f"cannot stop {APP}.{ENV}.posts-1-0-x" in asked[0].json()["message"]
        assert "Nothing is changed" in asked[0].json()["hint"]
        assert await ask(f"{(await get(plane, PLACE))['url']}/posts") == "posts"
