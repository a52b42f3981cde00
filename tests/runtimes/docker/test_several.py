"""Tasks of several containers: one network, an order, and whose end is everybody's."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stranglerfig.core.containers import Condition, ContainerHealth, Mount, Volume
from stranglerfig.core.observed import TaskState
from stranglerfig.errors import UsageError
from stranglerfig.runtimes.docker.containers import run_inside
from tests.runtimes.docker.crew import (
    GROUP,
    HEALTH,
    NETWORK,
    SERVER,
    Crew,
    a_container,
    a_crew,
    a_spec,
    containers_of,
    fetch,
    identity_of,
    kill,
    networks_of,
    python,
    shell,
    until,
    volumes_of,
    watched,
)

#: asks the neighbour once, and serves only if it has answered
CLIENT = "import urllib.request\nprint(urllib.request.urlopen('http://localhost:9000').status, flush=True)\n" + SERVER
CONNECTS = "import socket; socket.create_connection(('127.0.0.1', 9000), 1)"
#: so rarely that the engine does not get to its first check while the test runs
RARE = ContainerHealth(("CMD", "python", "-c", CONNECTS), interval_s=60.0, timeout_s=5.0)


@pytest.fixture
async def crew(tmp_path: Path, docker_host: str) -> AsyncIterator[Crew]:
    async with a_crew(tmp_path) as made:
        yield made


async def test_a_sidecar_is_reached_at_localhost_once_it_is_healthy(crew: Crew) -> None:
    sidecar = a_container("cache", python(SERVER, "9000"), health=RARE, ports=(9000,), essential=False)
    main = a_container("web", python(CLIENT), depends_on=(("cache", Condition.HEALTHY),))

    task = await crew.start(a_spec(main, sidecar))
    assert "container web has not started: it waits for cache (healthy)" in await crew.runtime.diagnose(task.id)
    await crew.healthy(task)

    lines = [line for _, line in [line async for line in crew.runtime.logs(GROUP, tail=20, follow=False)]]
    assert lines.index("[cache] serving on 9000") < lines.index("[web] 200") < lines.index("[web] serving on 8000")
    assert dict(crew.seen(task).ports).keys() == {8000, 9000}
    assert crew.state(task) is TaskState.HEALTHY


async def test_the_next_container_starts_although_the_control_plane_died_meanwhile(crew: Crew) -> None:
    first = a_container("first", shell("while ! [ -e /tmp/go ]; do sleep 0.1; done"), essential=False)
    main = a_container(depends_on=(("first", Condition.SUCCESS),))
    task = await crew.start(a_spec(main, first))
    crew.runtime.close()
    waiting = next(found["Id"] for found in containers_of(crew.home) if found["Names"][0].endswith("-first"))

    later = Crew(crew.folder)
    async with watched(later.runtime):
        await later.runtime.adopt(task.id, GROUP, 1, task.port, identity_of(task))
        await until(lambda: touch(later, waiting))
        await later.healthy(task)
        await later.runtime.stop(task.id, 2.0)
    assert containers_of(crew.home) == []


async def touch(crew: Crew, container_id: str) -> bool:
    return await run_inside(crew.runtime.engine, container_id, ("touch", "/tmp/go")) is not None


async def test_a_task_is_over_when_what_must_succeed_has_failed(crew: Crew) -> None:
    migration = a_container("migrate", shell("echo no database; exit 4"), essential=False)
    task = await crew.start(a_spec(a_container(depends_on=(("migrate", Condition.SUCCESS),)), migration))

    await crew.ended(task)

    diagnosis = await crew.runtime.diagnose(task.id)
    assert "web waits for the success of migrate, which ended with exit status 4" in diagnosis
    assert crew.rings == 1


async def test_the_end_of_an_essential_container_ends_the_task(crew: Crew) -> None:
    proxy = a_container("proxy", shell("while ! [ -e /shared/end ]; do sleep 0.1; done; echo bye; exit 7"))
    task = await crew.start_healthy(a_spec(a_container(), proxy))
    proxy_id = next(found["Id"] for found in containers_of(crew.home) if found["Names"][0].endswith("-proxy"))

    kill(proxy_id)

    assert (await crew.ended(task)).exit_status == -9
    assert "container proxy was killed by SIGKILL" in await crew.runtime.diagnose(task.id)

    async def has_nothing_running() -> bool:
        return [found["Names"] for found in containers_of(crew.home) if found["State"] == "running"] == [
            [f"/fig-{task.id}"]
        ]

    await until(has_nothing_running)
    crew.runtime.forget(task.id)

    async def is_gone() -> bool:
        return containers_of(crew.home) == []

    await until(is_gone)


async def test_a_task_goes_on_without_a_container_that_is_not_essential(crew: Crew) -> None:
    task = await crew.start_healthy(a_spec(a_container(), a_container("once", shell("exit 1"), essential=False)))

    async def has_ended() -> bool:
        return any(found["State"] == "exited" for found in containers_of(crew.home))

    await until(has_ended)
    assert await crew.runtime.probe(task.id, HEALTH)
    assert crew.state(task) is TaskState.HEALTHY


async def test_containers_that_wait_for_each_other_are_refused(crew: Crew) -> None:
    one = a_container("one", depends_on=(("two", Condition.START),))
    two = a_container("two", depends_on=(("one", Condition.HEALTHY),))

    with pytest.raises(UsageError, match="one, two wait for each other"):
        await crew.start(a_spec(one, two))


async def test_scratch_volumes_go_with_the_task_and_shared_ones_stay(crew: Crew) -> None:
    writer = (
        "import pathlib\nfor place in ('/data', '/scratch'):\n    pathlib.Path(place, 'seen').open('a').write('x')\n"
    )
    volumes = (Volume("data", shared=True), Volume("scratch"))
    mounts = (Mount("data", "/data", read_only=False), Mount("scratch", "/scratch", read_only=False))
    reader = a_container("reader", python(SERVER, "9000"), mounts=(Mount("scratch", "/read"),), ports=(9000,))
    spec = a_spec(a_container(command=python(writer + SERVER), mounts=mounts), reader, volumes=volumes)

    first = await crew.start_healthy(spec)
    assert (await fetch(first, "/data/seen"))["file"] == "x"
    await crew.runtime.stop(first.id, 2.0)
    second = await crew.start_healthy(spec)

    assert (await fetch(second, "/data/seen"))["file"] == "xx"
    assert (await fetch(second, "/scratch/seen"))["file"] == "x"
    await crew.runtime.stop(second.id, 2.0)
    assert len(volumes_of(crew.home)) == 1
    await crew.surroundings.clear("shop", "prod")
    assert len(volumes_of(crew.home)) == 1
    await crew.surroundings.clear("shop", "test")
    assert volumes_of(crew.home) == []


async def test_a_file_system_is_shared_by_the_services_of_one_environment_alone(crew: Crew) -> None:
    volumes = (Volume("data", shared=True, file_system="efs.fs-1"),)
    mounts = (Mount("data", "/data", read_only=False),)
    add = shell("printf x >> /data/seen; echo $(cat /data/seen)")
    spec = a_spec(a_container(command=add, mounts=mounts), port=None, volumes=volumes)

    for group, wanted in (("shop.test.web", "x"), ("shop.test.users", "xx"), ("shop.prod.web", "x")):
        assert (await crew.ended(await crew.start(spec, group=group))).exit_status == 0
        assert [line async for _, line in crew.runtime.logs(group, tail=5, follow=False)] == [wanted]

    assert len(volumes_of(crew.home)) == 2
    await crew.surroundings.clear("shop", "test")
    assert len(volumes_of(crew.home)) == 1
    await crew.surroundings.clear("shop", "prod")
    assert volumes_of(crew.home) == []


async def test_tasks_find_each_other_by_name_in_their_network(crew: Crew) -> None:
    await crew.start_healthy(a_spec(network=NETWORK, aliases=("users", "users.test.shop.local")))
    asking = (
        "import urllib.request as r\n"
        "for name in ('users', 'users.test.shop.local'):\n"
        "    print(name, r.urlopen(f'http://{name}:8000/').status, flush=True)\n"
    )

    task = await crew.start(
        a_spec(a_container("ask", python(asking)), port=None, network=NETWORK), group="shop.test.ask"
    )

    assert (await crew.ended(task)).exit_status == 0
    lines = [line async for line in crew.runtime.logs("shop.test.ask", tail=5, follow=False)]
    assert [line for _, line in lines] == ["users 200", "users.test.shop.local 200"]


async def test_tasks_that_start_together_make_one_network(crew: Crew) -> None:
    specs = [a_spec(network=NETWORK) for _ in range(4)]

    await asyncio.gather(*(crew.surroundings.gateway(NETWORK) for _ in specs), *map(crew.start, specs))

    assert networks_of(crew.home) == [NETWORK]


async def test_an_environment_is_cleared_of_its_network_and_of_what_is_left(crew: Crew) -> None:
    await crew.start(a_spec(a_container(command=shell("sleep 60")), port=None, network=NETWORK))

    gateway = await crew.surroundings.gateway(NETWORK)
    assert re.fullmatch(r"[0-9]+(\.[0-9]+){3}", gateway)
    await crew.surroundings.clear("shop", "test")
    await crew.surroundings.clear("shop", "test")

    assert containers_of(crew.home) == []
    assert networks_of(crew.home) == []


async def test_two_homes_on_one_engine_have_a_network_each(crew: Crew, tmp_path: Path) -> None:
    async with a_crew(tmp_path / "other") as other:
        first, second = await crew.surroundings.gateway(NETWORK), await other.surroundings.gateway(NETWORK)

        assert first != second
        await crew.surroundings.clear("shop", "test")
        assert await other.surroundings.gateway(NETWORK) == second
