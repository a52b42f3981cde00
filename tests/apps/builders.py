"""Applications for tests: their workloads as a deploy would order them, and a control plane to send them to."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

from stranglerfig.core.application import Kind, Schedule, Workload
from stranglerfig.core.desired import Balancer, Ingress, ProcessTargets, TargetGroup
from stranglerfig.core.json_values import to_json
from stranglerfig.core.routing.rules import Conditions, PathPrefix
from stranglerfig.core.topology import HealthCheck
from tests.control.world import Plane, a_command, a_home, a_plane, to_start_s, until

APP, ENV = "shop", "test"
PLACE = f"/v1/apps/{APP}/environments/{ENV}"
HEALTH = HealthCheck(path="/healthz", interval_s=0.2)


@asynccontextmanager
async def an_environment() -> AsyncIterator[Plane]:
    """Of processes."""
    async with a_home() as home, a_plane(home) as plane:
        await make_environment(plane)
        yield plane


async def make_environment(plane: Plane, app: str = APP, env: str = ENV, **more: Any) -> dict[str, Any]:
    await plane.post("/v1/apps", {"name": app, "root": "/"})
    return dict(await plane.post(f"/v1/apps/{app}/environments", {"name": env, "runtime": "process", **more}))


def a_workload(name: str, *, kind: Kind = Kind.LOAD_BALANCED, digest: str = "one", **more: Any) -> Workload:
    return Workload(APP, ENV, name, kind, '{"name": "made for a test"}', digest, **more)


def a_group(name: str, *, path: str | None = None, says: str | None = None, mode: str = "good") -> TargetGroup:
    """Takes ``/NAME`` of the environment's balancer, or ``path``."""
    conditions = Conditions(paths=(PathPrefix(path or f"/{name}"),))
    ingress = Ingress("http", f"{APP}.{ENV}", conditions)
    targets = ProcessTargets(tuple(a_command(says or name, mode)), "/", start_timeout_s=to_start_s(mode))
    return TargetGroup(f"{APP}.{ENV}.{name}", targets, HEALTH, drain_s=1.0, ingress=(ingress,))


def an_order(
    workload: Workload, group: TargetGroup | None, *listeners: Balancer, force: bool = False
) -> dict[str, Any]:
    return {
        "workload": to_json(workload),
        "group": to_json(group),
        "listeners": [to_json(listener) for listener in listeners],
        "force": force,
    }


def a_service(name: str, *, digest: str = "one", force: bool = False, **more: Any) -> dict[str, Any]:
    return an_order(a_workload(name, digest=digest), a_group(name, **more), force=force)


def a_program(text: str) -> ProcessTargets:
    """A Python program, which takes no requests."""
    return ProcessTargets((sys.executable, "-c", text), "/", grace_s=2.0, listens=False)


def a_job(name: str, program: str, *, digest: str = "one", **schedule: Any) -> dict[str, Any]:
    workload = a_workload(name, kind=Kind.JOB, digest=digest, schedule=Schedule(**schedule), job=a_program(program))
    return an_order(workload, None)


def with_env(group: TargetGroup, **variables: str) -> TargetGroup:
    assert isinstance(group.targets, ProcessTargets)
    return replace(group, targets=replace(group.targets, env=tuple(variables.items())))


async def deploy(plane: Plane, order: dict[str, Any]) -> dict[str, Any]:
    answer = await plane.client.post(f"{PLACE}/workloads", json=order)
    assert answer.status_code in (200, 202), answer.text
    return dict(answer.json())


async def deployed(plane: Plane, order: dict[str, Any]) -> dict[str, Any]:
    """Its tasks serve."""
    ordered = await deploy(plane, order)
    return await until_settled(plane, str(ordered["name"]), "ACTIVE")


async def until_settled(plane: Plane, name: str, state: str) -> dict[str, Any]:
    async def is_settled() -> bool:
        return bool((await workload(plane, name))["target"]["state"] == state)

    await until(is_settled)
    return await workload(plane, name)


async def workload(plane: Plane, name: str) -> dict[str, Any]:
    return cast("dict[str, Any]", await get(plane, f"{PLACE}/workloads/{name}"))


async def get(plane: Plane, path: str) -> Any:
    answer = await plane.client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def run_over(plane: Plane, name: str, run: str) -> dict[str, Any]:
    """The job's run, once it has ended."""
    path = f"{PLACE}/workloads/{name}/runs/{run}"

    async def is_over() -> bool:
        return bool((await get(plane, path))["state"] != "RUNNING")

    await until(is_over)
    return cast("dict[str, Any]", await get(plane, path))
