"""What cannot be run is refused in one way, whoever asks for it: a target, a deploy, a job or a one-off task."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from stranglerfig.control.operations.soundness import check_group
from stranglerfig.core.application import Kind
from stranglerfig.core.containers import Container, ContainerTargets
from stranglerfig.core.desired import Ingress, ProcessTargets, TargetGroup
from stranglerfig.core.json_values import to_json
from stranglerfig.core.topology import HealthCheck
from stranglerfig.errors import UsageError
from tests.apps.builders import APP, ENV, PLACE, a_group, a_workload, an_environment, an_order
from tests.control.world import Plane, a_target

WEB = Container("web", "web:1", ports=(8080,))
CONTAINERS = ContainerTargets((WEB,), port=8080)


def of_process(**changed: Any) -> TargetGroup:
    group = a_group("posts")
    assert isinstance(group.targets, ProcessTargets)
    return replace(group, targets=replace(group.targets, **changed))


def of_containers(**changed: Any) -> TargetGroup:
    return replace(a_group("posts"), targets=replace(CONTAINERS, **changed))


def checked_by(**changed: Any) -> TargetGroup:
    return replace(a_group("posts"), health=HealthCheck(path="/", **changed))


BAD = [
    (of_process(command=()), "the command is empty"),
    (of_process(command=("",)), "the command is empty"),
    (of_process(cwd="/nowhere"), "there is no folder /nowhere"),
    (of_process(cwd="src"), "there is no folder src"),
    (of_process(env=(("PORT", "80"),)), "PORT cannot be set"),
    (of_process(replicas=-1), "bad number of tasks -1"),
    (of_process(replicas=1001), "bad number of tasks 1001"),
    (of_process(start_timeout_s=0.0), "times must be positive"),
    (of_process(grace_s=-1.0), "times must be positive"),
    (of_process(memory_bytes=0), "bad limit of memory 0"),
    (of_containers(containers=()), "the task has no container"),
    (of_containers(containers=(WEB, WEB)), "have one name"),
    (of_containers(containers=(replace(WEB, image=""),)), "lacks its name or its image"),
    (of_containers(port=0), "bad port 0"),
    (of_containers(start_timeout_s=float("nan")), "times must be positive"),
    (checked_by(interval_s=0.0), "times and counts must be positive"),
    (checked_by(timeout_s=float("inf")), "times and counts must be positive"),
    (checked_by(fall=0), "times and counts must be positive"),
    (checked_by(expect="fine"), "bad expected statuses 'fine'"),
    (replace(a_group("posts"), health=HealthCheck(path="x y")), "bad health path 'x y'"),
    (replace(a_group("posts"), ingress=(Ingress("http", "b", health=HealthCheck(interval_s=-1)),)), "must be positive"),
    (replace(a_group("posts"), drain_s=-1.0), "bad drain time -1"),
]
GOOD = [
    of_process(replicas=0),
    of_process(listens=False, env=(("PORT", "80"),)),
    of_containers(),
    replace(a_group("posts"), health=HealthCheck(expect="0")),
]


@pytest.mark.parametrize(("group", "why"), BAD)
def test_what_cannot_be_run_is_refused_with_a_mend(group: TargetGroup, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        check_group(group)
    assert caught.value.hint


@pytest.mark.parametrize("group", GOOD)
def test_what_can_be_run_is_let_through(group: TargetGroup) -> None:
    assert check_group(group) is None  # type: ignore[func-returns-value]


async def test_targets_deploys_jobs_and_one_off_tasks_are_held_to_the_same() -> None:
    bad = {"command": [""], "cwd": "/"}
    job = a_workload("tidy", kind=Kind.JOB, job=ProcessTargets(("",), "/"))
    async with an_environment() as plane:
        for path, body in (
            ("/v1/targets", {**a_target("posts"), **bad}),
            (f"{PLACE}/workloads", an_order(a_workload("posts"), of_process(command=("",)))),
            (f"{PLACE}/workloads", an_order(job, None)),
            (f"{PLACE}/tasks", {"name": "tidy", "targets": to_json(of_process(command=("",)).targets)}),
        ):
            await refused(plane, path, body)
        assert plane.control.books.desired.groups == {}
        assert plane.control.applications.store.deployments(APP, ENV) == ()


async def refused(plane: Plane, path: str, body: dict[str, Any]) -> None:
    answer = await plane.client.post(path, json=body)
    assert (answer.status_code, "the command is empty" in answer.text) == (400, True), answer.text
