"""A control plane that goes away at any moment, and the next one that takes up what it finds."""

from __future__ import annotations

import os
import signal

from stranglerfig.core.desired import ProcessTargets, TargetGroup
from stranglerfig.core.observed import ObservedTask, TaskState
from stranglerfig.core.topology import HealthCheck
from stranglerfig.store.sqlite import open_store
from tests.control.test_tasks_in_rotation import pids_of, steady_requests
from tests.control.world import a_home, a_plane, a_target, an_upstream, ask, until


async def test_tasks_and_traffic_outlive_the_control_plane() -> None:
    async with a_home() as home, an_upstream("monolith") as monolith:
        async with a_plane(home) as plane:
            url = str((await plane.post("/v1/proxies", {"name": "shop", "to": monolith}))["url"])
            await plane.post("/v1/targets", a_target("posts", replicas=2), status=202)
            before = pids_of(await plane.until_state("posts", "ACTIVE"))
            await plane.post("/v1/proxies/shop/routes", {"path": "/posts", "to": "posts"})
        async with steady_requests(f"{url}/posts/1") as answers:
            await until(lambda: len(answers) > 20)
            async with a_plane(home) as plane:
                after = pids_of(await plane.until_state("posts", "ACTIVE"))
                seen = len(answers)
                await until(lambda: len(answers) > seen + 20)
        assert sorted(after) == sorted(before)
        assert set(answers) == {"posts"}


async def test_a_task_that_died_meanwhile_is_replaced() -> None:
    async with a_home() as home:
        async with a_plane(home) as plane:
            await plane.post("/v1/targets", a_target("posts", replicas=2), status=202)
            before = pids_of(await plane.until_state("posts", "ACTIVE"))
        os.kill(before[0], signal.SIGKILL)
        async with a_plane(home) as plane:
            after = pids_of(await plane.until_state("posts", "ACTIVE"))
        assert before[1] in after
        assert before[0] not in after


async def test_a_task_that_was_started_but_never_booked_is_ended() -> None:
    async with a_home() as home:
        async with a_plane(home) as plane:
            await plane.post("/v1/targets", a_target("posts"), status=202)
            [orphan] = pids_of(await plane.until_state("posts", "ACTIVE"))
            [record] = plane.control.fleet.of("posts")
        # As if the daemon had been killed between the start and the note of the pid.
        store = open_store(home / "fig.sqlite3")
        store.save_task(ObservedTask(record.task.id, "posts", 1, 0, TaskState.STARTING))
        store.close()
        async with a_plane(home) as plane:
            [after] = pids_of(await plane.until_state("posts", "ACTIVE"))
            assert after != orphan
            assert not os.path.exists(f"/proc/{orphan}/cwd")


async def test_after_down_nothing_runs_and_up_brings_it_back() -> None:
    async with a_home() as home, an_upstream("monolith") as monolith:
        async with a_plane(home) as plane:
            url = str((await plane.post("/v1/proxies", {"name": "shop", "to": monolith}))["url"])
            await plane.post("/v1/targets", a_target("posts"), status=202)
            [pid] = pids_of(await plane.until_state("posts", "ACTIVE"))
            await plane.post("/v1/down", status=204)
            assert plane.stopped.is_set()
            assert not os.path.exists(f"/proc/{pid}/cwd")
        async with a_plane(home) as plane:
            assert (await plane.target("posts"))["state"] == "DOWN"
            await plane.post("/v1/up", status=204)
            await plane.until_state("posts", "ACTIVE")
            assert await ask(f"{url}/x") == "monolith"


async def test_a_task_without_port_is_as_healthy_as_it_was_before_the_restart() -> None:
    async with a_home() as home:
        async with a_plane(home) as plane:
            targets = ProcessTargets(("sleep", "60"), "/", listens=False)
            group = TargetGroup("worker", targets, HealthCheck(interval_s=0.2), 1.0)
            plane.control.books.save_group(group, "for a test")
            plane.control.reconciler.loop.wake("worker")
            await plane.until_state("worker", "ACTIVE")
        async with a_plane(home) as plane:
            [record] = plane.control.fleet.of("worker")
            await until(lambda: record.passes or record.failures)
            assert record.failures == 0
