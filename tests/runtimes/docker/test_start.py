"""Starting, probing, adopting and stopping tasks of one container, on a real engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from stranglerfig.core.observed import ContainerIdentity, TaskState
from stranglerfig.core.topology import HealthCheck
from stranglerfig.errors import Conflict, NotFound, UsageError
from tests.runtimes.docker.crew import (
    GROUP,
    HEALTH,
    SERVER,
    Crew,
    a_container,
    a_crew,
    a_spec,
    containers_of,
    fetch,
    identity_of,
    inspect,
    kill,
    listening,
    python,
    shell,
    until,
    watched,
)


@pytest.fixture
async def crew(tmp_path: Path, docker_host: str) -> AsyncIterator[Crew]:
    async with a_crew(tmp_path) as made:
        yield made


async def test_a_task_answers_on_a_loopback_port_and_nowhere_else(crew: Crew) -> None:
    task = await crew.start_healthy(a_spec())

    answer = await fetch(task)
    assert answer["env"]["FIG_TASK"] == task.id
    assert task.ports == ((8000, task.port),)
    assert listening(task.port) == [f"127.0.0.1:{task.port}"]
    assert crew.state(task) is TaskState.HEALTHY


async def test_a_task_is_asked_for_its_health_on_the_port_for_checks(crew: Crew) -> None:
    """Of the two ports that are published, one has nobody behind it."""
    task = await crew.start_healthy(a_spec(a_container(ports=(8000, 9000)), port=9000), replace(HEALTH, port=8000))
    assert not await crew.runtime.probe(task.id, HEALTH)
    assert "9000" in await crew.runtime.diagnose(task.id)
    assert await crew.runtime.probe(task.id, replace(HEALTH, port=8000))


async def test_a_stopped_task_leaves_nothing_but_its_last_output(crew: Crew) -> None:
    task = await crew.start_healthy(a_spec())

    ended = await crew.runtime.stop(task.id, 5.0)

    assert ended.state is TaskState.EXITED
    assert containers_of(crew.home) == []
    lines = [line async for line in crew.runtime.logs(GROUP, tail=10, follow=False)]
    assert (task.id, "serving on 8000") in lines
    crew.runtime.forget(task.id)
    assert crew.runtime.observe() == ()


async def test_a_task_that_ignores_sigterm_is_killed_when_its_grace_is_over(crew: Crew) -> None:
    stubborn = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SERVER
    task = await crew.start_healthy(a_spec(a_container(command=python(stubborn))))

    ended = await crew.runtime.stop(task.id, 0.3)

    assert ended.exit_status == -9
    assert containers_of(crew.home) == []


async def test_a_later_control_plane_adopts_a_task_and_stops_it(crew: Crew) -> None:
    task = await crew.start_healthy(a_spec())
    crew.runtime.close()

    async with watched(crew.new_runtime()) as later:
        seen = await later.adopt(task.id, GROUP, 1, task.port, identity_of(task))
        assert (seen.port, seen.ports, seen.state) == (task.port, task.ports, TaskState.STARTING)
        assert await later.stop_strays(0.0) == ()
        assert await later.probe(task.id, HEALTH)
        await later.stop(task.id, 5.0)
    assert containers_of(crew.home) == []


async def test_a_task_that_ended_while_nobody_looked_is_adopted_as_ended(crew: Crew) -> None:
    task = await crew.start_healthy(a_spec())
    crew.runtime.close()
    kill(identity_of(task).id)

    async with watched(crew.new_runtime()) as later:

        async def has_ended() -> bool:
            return later.observe()[0].state is TaskState.EXITED

        await later.adopt(task.id, GROUP, 1, task.port, identity_of(task))
        await until(has_ended)
        assert later.observe()[0].exit_status == -9
        gone = await later.adopt("other", GROUP, 1, 1, ContainerIdentity("0" * 64))
        assert gone.state is TaskState.EXITED


async def test_a_killed_container_is_reported_at_once(crew: Crew) -> None:
    task = await crew.start_healthy(a_spec())
    rings = crew.rings

    kill(identity_of(task).id)

    ended = await crew.ended(task)
    assert ended.exit_status == -9
    assert crew.rings == rings + 1
    assert "container web was killed by SIGKILL" in await crew.runtime.diagnose(task.id)
    assert "serving on 8000" in await crew.runtime.diagnose(task.id)
    assert not await crew.runtime.probe(task.id, HEALTH)


async def test_an_ended_task_that_is_forgotten_loses_its_container_but_not_its_output(crew: Crew) -> None:
    task = await crew.start(a_spec(a_container(command=shell("echo farewell; exit 3")), port=None))
    ended = await crew.ended(task)

    crew.runtime.forget(task.id)

    async def is_gone() -> bool:
        return containers_of(crew.home) == []

    await until(is_gone)
    assert ended.exit_status == 3
    assert [line async for line in crew.runtime.logs(GROUP, tail=5, follow=False)] == [(task.id, "farewell")]


async def test_what_no_task_under_watch_needs_is_ended_as_a_stray(crew: Crew, tmp_path: Path) -> None:
    task = await crew.start_healthy(a_spec())
    other = Crew(tmp_path, home="another")
    crew.runtime.close()

    assert await other.runtime.stop_strays(0.0) == ()
    later = crew.new_runtime()
    assert await later.stop_strays(0.0) == (task.id,)
    assert containers_of(crew.home) == []
    later.close()
    other.runtime.close()


async def test_a_task_without_port_is_healthy_while_it_runs(crew: Crew) -> None:
    task = await crew.start(a_spec(a_container(command=shell("sleep 60")), port=None))

    assert task.port == 0
    assert await crew.runtime.probe(task.id, HealthCheck())


async def test_an_unknown_image_is_named_with_the_mend(crew: Crew) -> None:
    with pytest.raises(UsageError, match=r"image nowhere/none:1: the Docker engine does not have it") as caught:
        await crew.start(a_spec(a_container(image="nowhere/none:1")))

    assert caught.value.hint is not None
    assert "docker pull nowhere/none:1" in caught.value.hint
    assert containers_of(crew.home) == []


async def test_a_program_that_is_not_in_the_image_is_named(crew: Crew) -> None:
    task = await crew.start(a_spec(a_container(command=("nosuch",))))

    assert (await crew.ended(task)).exit_status == 127
    diagnosis = await crew.runtime.diagnose(task.id)
    assert "container web ended with exit status 127, perhaps because its program is not in the image" in diagnosis
    assert "exec nosuch failed" in diagnosis


async def test_a_missing_secret_starts_nothing(crew: Crew) -> None:
    with pytest.raises(NotFound, match="no secret DB"):
        await crew.start(a_spec(a_container(secrets=(("PASSWORD", "DB"),))))

    assert containers_of(crew.home) == []


async def test_secrets_and_variables_reach_the_program_and_no_label(crew: Crew) -> None:
    crew.secrets["DB"] = "s3cr3t value"
    spec = a_spec(a_container(env=(("COLOUR", "green"),), secrets=(("PASSWORD", "DB"),), labels=(("team", "a"),)))
    task = await crew.start_healthy(spec)

    env = (await fetch(task))["env"]
    labels = inspect(identity_of(task).id)["Config"]["Labels"]
    assert (env["COLOUR"], env["PASSWORD"]) == ("green", "s3cr3t value")
    assert "s3cr3t" not in str(labels)
    assert labels["team"] == "a"


async def test_the_same_task_cannot_be_started_twice(crew: Crew) -> None:
    task = await crew.start(a_spec())

    with pytest.raises(Conflict, match="is there already"):
        await crew.runtime.start(task.id, GROUP, 1, a_spec())
    with pytest.raises(Conflict, match="still runs"):
        crew.runtime.forget(task.id)
    with pytest.raises(NotFound, match="not known"):
        await crew.runtime.probe("nobody", HEALTH)
