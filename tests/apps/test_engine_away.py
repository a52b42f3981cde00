"""Environments in Docker where no engine answers: refused before anything is kept, and removed all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.apps.builders import APP, ENV, PLACE, a_service, an_environment, deployed, get

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
