"""One-off tasks and secrets."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from typing import Any

from stranglerfig.core.json_values import to_json
from tests.apps.builders import (
    PLACE,
    a_group,
    a_program,
    a_service,
    a_workload,
    an_environment,
    an_order,
    deploy,
    deployed,
    get,
    make_environment,
    until_settled,
    workload,
)
from tests.control.world import Plane, a_home, a_plane, until

TASKS = f"{PLACE}/tasks"


async def run_task(plane: Plane, program: str, *, count: int = 1, secrets: dict[str, str] | None = None) -> Any:
    targets = to_json(a_program(program))
    assert isinstance(targets, dict)
    targets["secrets"] = [[variable, name] for variable, name in (secrets or {}).items()]
    return await plane.post(TASKS, {"name": "migrate", "targets": targets, "count": count}, status=202)


async def over(plane: Plane) -> Any:
    async def is_over() -> bool:
        return bool((await get(plane, f"{TASKS}/migrate"))["ended_at"])

    await until(is_over)
    return await get(plane, f"{TASKS}/migrate")


async def test_all_copies_run_and_the_first_that_fails_speaks_for_them() -> None:
    async with an_environment() as plane:
        started = await run_task(plane, "import os; raise SystemExit(7 if os.getpid() else 0)", count=3)
        assert len(started["runs"]) == 3
        ended = await over(plane)
        assert (ended["state"], ended["exit_status"]) == ("FAILED", 7)


async def test_a_task_that_has_ended_makes_room_for_one_of_its_name_and_can_be_deleted() -> None:
    async with an_environment() as plane:
        await run_task(plane, "import time; time.sleep(60)")
        refused = await plane.client.post(TASKS, json={"name": "migrate", "targets": to_json(a_program("pass"))})
        assert refused.status_code == 409
        assert "`fig task logs --name migrate --follow`" in refused.json()["hint"]
        assert (await plane.client.delete(f"{TASKS}/migrate")).status_code == 204
        assert plane.control.runtime.observe() == ()
        await run_task(plane, "print('done')")
        await over(plane)
        await run_task(plane, "print('again')")
        await over(plane)
        lines = await plane.client.get(f"{TASKS}/migrate/logs")
        assert "again" in lines.text
        assert len(await get(plane, TASKS)) == 1


async def test_a_service_of_its_name_can_be_deleted_while_it_runs() -> None:
    async with an_environment() as plane:
        await deployed(plane, a_service("migrate"))
        await run_task(plane, "import time; time.sleep(60)")
        assert (await plane.client.delete(f"{PLACE}/workloads/migrate")).status_code == 204
        assert (await get(plane, f"{TASKS}/migrate"))["state"] == "RUNNING"


async def test_who_follows_its_output_hears_the_end_when_it_is_deleted() -> None:
    async with an_environment() as plane:
        await run_task(plane, "import time; print('begun', flush=True); time.sleep(60)")
        ids = tuple(run.id for run in plane.control.applications.runs.going())
        lines = plane.control.applications.runner.lines(ids, tail=9, follow=True)
        assert (await anext(lines))[1] == "begun"
        assert (await plane.client.delete(f"{TASKS}/migrate")).status_code == 204
        assert [line async for line in lines] == []


async def test_its_output_is_followed_from_the_first_line_to_the_last() -> None:
    async with an_environment() as plane:
        await run_task(plane, "import time\nfor n in range(5): print(n, flush=True); time.sleep(0.05)", count=2)
        lines = await plane.client.get(f"{TASKS}/migrate/logs?follow=1&tail=1000")
        said = [json.loads(line)["line"] for line in lines.text.splitlines()]
        assert sorted(said) == sorted([str(number) for number in range(5)] * 2)


async def test_a_secret_reaches_the_task_and_is_shown_to_nobody() -> None:
    async with a_home() as home, a_plane(home) as plane:
        await make_environment(plane)
        name = "copilot/shop/test/secrets/db"
        put = await plane.client.put(f"{PLACE}/secrets/{name.replace('/', '%2F')}", json={"value": "s3cr3t-value"})
        assert put.status_code == 204
        assert (await get(plane, f"{PLACE}/secrets"))["names"] == [name]
        await run_task(plane, "import os; print(os.environ['DB']); raise SystemExit(1)", secrets={"DB": name})
        ended = await over(plane)
        assert "[secret]" in ended["runs"][0]["cause"]
        shown = [ended, await get(plane, TASKS), await get(plane, "/v1/journal?limit=1000"), await get(plane, PLACE)]
        logs = await plane.client.get(f"{TASKS}/migrate/logs")
        assert "s3cr3t-value" not in json.dumps(shown) + logs.text
        kept = [path for path in home.rglob("*") if path.is_file() and b"s3cr3t-value" in path.read_bytes()]
        assert {path.parent.name for path in kept} <= {"secrets", "shop.test.migrate.task"}
        assert stat.S_IMODE((home / "secrets" / "shop.test.json").stat().st_mode) == 0o600
        assert (await plane.client.delete(f"{PLACE}/secrets/{name}")).status_code == 204
        assert (await plane.client.delete(f"{PLACE}/secrets/{name}")).status_code == 404


async def test_a_task_without_its_secret_says_which_one_is_missing() -> None:
    async with an_environment() as plane:
        await run_task(plane, "pass", secrets={"DB": "unheard-of"})
        ended = await over(plane)
        assert ended["state"] == "FAILED"
        assert "'unheard-of'" in ended["runs"][0]["cause"]


async def test_a_services_task_can_be_entered_and_its_command_taken_over() -> None:
    async with an_environment() as plane:
        found = await deployed(plane, a_service("posts"))
        plan = await get(plane, f"{PLACE}/workloads/posts/exec")
        server = found["target"]["servers"][0]
        assert (plan["pid"], plan["task"], plan["container"]) == (server["pid"], server["task"], None)
        assert (await get(plane, f"{PLACE}/workloads/posts/exec?task={plan['task'][-4:]}"))["pid"] == server["pid"]
        assert (await plane.client.get(f"{PLACE}/workloads/posts/exec?task=nobody")).status_code == 404
        assert (await workload(plane, "posts"))["targets"]["kind"] == "process"


async def test_what_a_failing_service_said_is_told_without_its_secrets() -> None:
    async with an_environment() as plane:
        await plane.client.put(f"{PLACE}/secrets/db", json={"value": "s3cr3t-value"})
        program = a_program("import os, sys; sys.exit('cannot log in with ' + os.environ['DB'])")
        group = replace(a_group("posts"), targets=replace(program, secrets=(("DB", "db"),), listens=True))
        await deploy(plane, an_order(a_workload("posts"), group))
        found = await until_settled(plane, "posts", "FAILED")
        assert "cannot log in with [secret]" in found["target"]["problem"]
        told = await get(plane, "/v1/journal?limit=100"), (await plane.client.get(f"{PLACE}/workloads/posts/logs")).text
        assert "[secret]" in told[1]
        assert "s3cr3t" not in json.dumps(told)
