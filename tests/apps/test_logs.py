"""What tasks have written, by time and by container."""

from __future__ import annotations

import json

import httpx

from tests.apps.builders import PLACE, a_job, a_service, an_environment, deploy, deployed, run_over
from tests.control.world import Plane, until

EARLY, LATE = "2020-01-01T00:00:00Z", "2999-01-01T00:00:00%2B01:00"


async def ask(plane: Plane, path: str) -> httpx.Response:
    return await plane.client.get(f"{PLACE}/workloads/{path}")


async def lines(plane: Plane, path: str) -> list[str]:
    answer = await ask(plane, path)
    assert answer.status_code == 200, answer.text
    return [str(json.loads(line)["line"]) for line in answer.text.splitlines()]


async def test_the_lines_of_a_run_are_those_of_the_time_that_is_asked_for() -> None:
    async with an_environment() as plane:
        await deploy(plane, a_job("report", "print('done')"))
        run = await plane.post(f"{PLACE}/workloads/report/run", status=202)
        await run_over(plane, "report", str(run["id"]))

        for logs in ("report/logs", f"report/runs/{run['id']}/logs"):
            assert await lines(plane, f"{logs}?since={EARLY}&until={LATE}") == ["done"]
            assert await lines(plane, f"{logs}?since={LATE}") == []
            assert await lines(plane, f"{logs}?until={EARLY}") == []


async def test_a_process_is_its_services_own_container() -> None:
    async with an_environment() as plane:
        await deployed(plane, a_service("posts"))

        async def is_logged() -> bool:
            return bool(await lines(plane, "posts/logs?container=posts"))

        await until(is_logged)
        refused = await ask(plane, "posts/logs?container=nginx")

        assert refused.status_code == 404
        assert refused.json()["message"] == "tasks of posts have no container 'nginx'"
        assert refused.json()["hint"] == "Name `posts`, or leave `--container` out."


async def test_a_time_that_cannot_be_read_is_refused() -> None:
    async with an_environment() as plane:
        await deploy(plane, a_job("report", "print('done')"))

        for query in ("since=yesterday", "since=2026-03-01T09:30:00", f"until={LATE}&follow=1"):
            assert (await ask(plane, f"report/logs?{query}")).status_code == 400, query
