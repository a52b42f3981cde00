"""Which lines of containers are read: by time, and by container."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from stranglerfig.core.excerpts import Excerpt
from stranglerfig.core.observed import ObservedTask
from stranglerfig.runtimes.docker.output import Line, read_lines
from tests.runtimes.docker.crew import GROUP, Crew, a_container, a_crew, a_spec, shell

SPEAKER = "echo one; sleep 0.1; echo two; sleep 0.1; echo three"


@pytest.fixture
async def crew(tmp_path: Path, docker_host: str) -> AsyncIterator[Crew]:
    async with a_crew(tmp_path) as made:
        yield made


async def shown(crew: Crew, excerpt: Excerpt, *, tail: int = 9) -> list[str]:
    return [line async for _, line in crew.runtime.logs(GROUP, tail=tail, follow=False, excerpt=excerpt)]


async def stamped(crew: Crew, task: ObservedTask) -> list[Line]:
    """With the engine's own times."""
    return await read_lines(crew.runtime.engine, crew.runtime._tasks[task.id], 9)


def moment(line: Line) -> float:
    return datetime.fromisoformat(line.stamp).timestamp()


async def test_lines_are_those_of_the_time_that_is_asked_for_before_and_after_the_containers_end(crew: Crew) -> None:
    task = await crew.start(a_spec(a_container(command=shell(SPEAKER)), port=None))
    await crew.ended(task)
    one, two, three = [moment(line) for line in await stamped(crew, task)]
    between, later = (one + two) / 2, (two + three) / 2

    for _ in ("the engine has them", "they are saved"):
        assert await shown(crew, Excerpt(since=between)) == ["two", "three"]
        assert await shown(crew, Excerpt(until=later)) == ["one", "two"]
        assert await shown(crew, Excerpt(until=later), tail=1) == ["two"]
        assert await shown(crew, Excerpt(between, later)) == ["two"]
        assert await shown(crew, Excerpt(since=three + 60)) == []
        if task.id in {seen.id for seen in crew.runtime.observe()}:
            await crew.runtime.stop(task.id, 1.0)
            crew.runtime.forget(task.id)


async def test_lines_are_those_of_the_container_that_is_asked_for(crew: Crew) -> None:
    sidecar = a_container("cache", shell("echo warm"), essential=False)
    task = await crew.start(a_spec(a_container(command=shell("sleep 0.3; echo served")), sidecar, port=None))
    await crew.ended(task)
    assert sorted(await shown(crew, Excerpt())) == ["[cache] warm", "[web] served"]

    for _ in ("the engine has them", "they are saved"):
        assert await shown(crew, Excerpt(containers=frozenset({"cache"}))) == ["[cache] warm"]
        assert await shown(crew, Excerpt(containers=frozenset({"web", ""}))) == ["[web] served"]
        if task.id in {seen.id for seen in crew.runtime.observe()}:
            await crew.runtime.stop(task.id, 1.0)
            crew.runtime.forget(task.id)


async def test_the_only_container_of_a_task_has_no_name_in_its_lines(crew: Crew) -> None:
    task = await crew.start(a_spec(a_container(command=shell("echo served")), port=None))
    await crew.ended(task)

    assert await shown(crew, Excerpt(containers=frozenset({"web", ""}))) == ["served"]
    assert await shown(crew, Excerpt(containers=frozenset({"cache"}))) == []


async def test_only_the_container_that_is_asked_for_is_followed(crew: Crew) -> None:
    chatty = "while true; do echo noise; sleep 0.05; done"
    main = a_container(command=shell("while true; do echo served; sleep 0.05; done"))
    await crew.start(a_spec(main, a_container("cache", shell(chatty), essential=False), port=None))

    excerpt = Excerpt(containers=frozenset({"web", ""}))
    lines = crew.runtime.logs(GROUP, tail=1, follow=True, excerpt=excerpt)
    async with asyncio.timeout(20):
        followed = {(await anext(lines))[1] for _ in range(5)}

    assert followed == {"[web] served"}
