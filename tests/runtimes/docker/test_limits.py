"""What a container may not do, what is said of one that does, and what is said of one that does not answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from stranglerfig.core.containers import ContainerHealth
from stranglerfig.core.topology import HealthCheck
from stranglerfig.runtimes.docker.containers import run_inside
from tests.runtimes.docker.crew import (
    GROUP,
    HEALTH,
    SERVER,
    Crew,
    a_container,
    a_crew,
    a_spec,
    fetch,
    identity_of,
    inspect,
    kill,
    python,
    shell,
    until,
)

CONNECTION = HealthCheck(path=None, timeout_s=2.0)


@pytest.fixture
async def crew(tmp_path: Path, docker_host: str) -> AsyncIterator[Crew]:
    async with a_crew(tmp_path) as made:
        yield made


async def test_who_needs_more_memory_than_the_limit_is_killed_and_that_is_said(crew: Crew) -> None:
    task = await crew.start(a_spec(a_container(command=python("x = bytearray(200_000_000)")), memory_mib=64))

    assert (await crew.ended(task)).exit_status == -9
    diagnosis = await crew.runtime.diagnose(task.id)
    assert diagnosis.startswith("container web was killed, ")
    assert "because it needed more memory than its limit of 64 MiB: raise `memory`" in diagnosis


async def test_who_is_killed_by_hand_is_not_said_to_have_lacked_memory(crew: Crew) -> None:
    task = await crew.start_healthy(a_spec(memory_mib=64))

    kill(identity_of(task).id)

    await crew.ended(task)
    assert (await crew.runtime.diagnose(task.id)).startswith("container web was killed by SIGKILL\n")


async def test_processors_are_limited_to_what_the_machine_has(crew: Crew) -> None:
    quarter = await crew.start(a_spec(a_container(command=shell("sleep 9")), port=None, cpu_units=256))
    many = await crew.start(a_spec(a_container(command=shell("sleep 9")), port=None, cpu_units=1_000_000))

    assert inspect(identity_of(quarter).id)["HostConfig"]["NanoCpus"] == 250_000_000
    assert inspect(identity_of(many).id)["HostConfig"]["NanoCpus"] >= 1_000_000_000


async def test_a_read_only_root_cannot_be_written_to(crew: Crew) -> None:
    task = await crew.start(a_spec(a_container(command=shell("touch /here"), read_only_root=True), port=None))

    assert (await crew.ended(task)).exit_status == 1
    assert "Read-only file system" in await crew.runtime.diagnose(task.id)


async def test_a_task_is_healthy_only_when_its_container_is(crew: Crew) -> None:
    check = ContainerHealth(("CMD-SHELL", "test -e /tmp/ready || { echo not ready; exit 1; }"), 0.3, 2.0, retries=100)
    begun = "import pathlib,sys\nprint('up', flush=True)\n" + SERVER
    task = await crew.start(a_spec(a_container(command=python(begun), health=check)))

    async def answers() -> bool:
        return "health check of container web has not passed yet, and says: not ready" in await crew.runtime.diagnose(
            task.id
        )

    await until(answers)
    assert not await crew.runtime.probe(task.id, HEALTH)
    await enter(crew, task.id, "touch /tmp/ready")
    await crew.healthy(task)


async def enter(crew: Crew, task_id: str, line: str) -> None:
    (found,) = [task for task in crew.runtime.observe() if task.id == task_id]
    assert await run_inside(crew.runtime.engine, identity_of(found).id, ("sh", "-c", line)) is not None


async def test_a_program_on_another_port_is_told_which_one(crew: Crew) -> None:
    task = await crew.start(a_spec(a_container(command=python(SERVER, "9000"))))

    await until_listening(crew, task.id, "serving on 9000")

    assert not await crew.runtime.probe(task.id, HEALTH)
    assert not await crew.runtime.probe(task.id, CONNECTION)
    assert "listens on 9000, not on the port 8000 that the manifest names" in await crew.runtime.diagnose(task.id)
    assert "listens on 9000, not on the port 8000 that the manifest names" in await crew.runtime.remark(task.id)


async def test_a_program_that_hides_on_its_own_loopback_is_told_so(crew: Crew) -> None:
    task = await crew.start(a_spec(a_container(command=python(SERVER.replace("0.0.0.0", "127.0.0.1")))))

    await until_listening(crew, task.id, "serving on 8000")

    assert not await crew.runtime.probe(task.id, HEALTH)
    diagnosis = await crew.runtime.diagnose(task.id)
    assert "listens on 127.0.0.1:8000 inside its container, where nobody else reaches it" in diagnosis


async def test_a_connection_is_enough_where_no_path_is_checked(crew: Crew) -> None:
    task = await crew.start_healthy(a_spec(), CONNECTION)

    assert await crew.runtime.probe(task.id, CONNECTION)


async def until_listening(crew: Crew, task_id: str, line: str) -> None:
    async def says_so() -> bool:
        diagnosis = await crew.runtime.diagnose(task_id)
        return line in diagnosis and "listens on" in diagnosis

    await until(says_so)


async def test_a_flood_of_output_is_cut_down_to_what_the_engine_keeps(crew: Crew) -> None:
    task = await crew.start(a_spec(a_container(command=shell("sleep 9")), port=None))

    log = inspect(identity_of(task).id)["HostConfig"]["LogConfig"]

    assert log == {"Type": "json-file", "Config": {"max-size": "8m", "max-file": "4"}}


async def test_what_comes_later_is_followed_and_nothing_is_shown_twice(crew: Crew) -> None:
    first = await crew.start_healthy(a_spec())
    shown: list[str] = []
    lines = crew.runtime.logs(GROUP, tail=10, follow=True)

    async for task_id, line in lines:
        shown.append(line)
        if line == "serving on 8000" and task_id == first.id:
            await fetch(first, "/one")
        elif line == "/one":
            second = await crew.start_healthy(a_spec())
            await fetch(second, "/two")
        elif line == "/two":
            break

    assert shown.count("/one") == shown.count("/two") == 1
    assert shown.count("serving on 8000") == 2
