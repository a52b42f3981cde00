"""Each task stays with the runtime of its kind; the one for containers is made when it is needed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stranglerfig.core.containers import Container, ContainerTargets
from stranglerfig.core.excerpts import EVERYTHING, Excerpt
from stranglerfig.core.observed import ContainerIdentity, ObservedTask, TaskIdentity, TaskState
from stranglerfig.core.topology import HealthCheck
from stranglerfig.errors import NotFound, Unavailable
from stranglerfig.runtimes.either import ContainerTasks, EitherRuntime
from stranglerfig.runtimes.process import ProcessRuntime
from tests.runtimes.programs import HEALTH, SLEEPER, a_spec, until

CONTAINERS = ContainerTargets((Container("web", "web:1", ports=(8080,)),), port=8080)


@dataclass
class Shelf:
    """Containers that do nothing. ``strays`` are there from before."""

    tasks: dict[str, ObservedTask] = field(default_factory=dict)
    strays: set[str] = field(default_factory=set)
    is_watched: bool = False

    async def start(self, task_id: str, group: str, revision: int, spec: ContainerTargets) -> ObservedTask:
        return self._put(ObservedTask(task_id, group, revision, 40_000, TaskState.STARTING, ContainerIdentity("c1")))

    async def adopt(
        self, task_id: str, group: str, revision: int, port: int, identity: ContainerIdentity
    ) -> ObservedTask:
        return self._put(ObservedTask(task_id, group, revision, port, TaskState.STARTING, identity))

    async def probe(self, task_id: str, health: HealthCheck) -> bool:
        return task_id in self.tasks

    async def stop(self, task_id: str, grace_s: float) -> ObservedTask:
        return self.tasks[task_id]

    def observe(self) -> tuple[ObservedTask, ...]:
        return tuple(self.tasks.values())

    def forget(self, task_id: str) -> None:
        del self.tasks[task_id]

    async def prune(self, group: str) -> tuple[str, ...]:
        return (f"{group} in containers",)

    async def remark(self, task_id: str) -> str:
        return "a container listens"

    async def diagnose(self, task_id: str) -> str:
        return "a container"

    async def stop_strays(self, grace_s: float) -> tuple[str, ...]:
        found, self.strays = tuple(self.strays), set()
        return found

    async def logs(
        self, group: str, *, tail: int, follow: bool, excerpt: Excerpt = EVERYTHING
    ) -> AsyncIterator[tuple[str, str]]:
        yield group, "from a container"

    async def watch(self) -> None:
        self.is_watched = True
        await asyncio.Event().wait()

    def close(self) -> None:
        self.is_watched = False

    def _put(self, task: ObservedTask) -> ObservedTask:
        self.tasks[task.id] = task
        return task


@asynccontextmanager
async def both(folder: Path, make: Callable[[], ContainerTasks]) -> AsyncIterator[EitherRuntime]:
    runtime = EitherRuntime(ProcessRuntime(folder / "logs"), make)
    async with asyncio.TaskGroup() as group:
        watch = group.create_task(runtime.watch())
        try:
            yield runtime
        finally:
            await asyncio.gather(*(runtime.stop(task.id, 0.0) for task in runtime.observe()))
            watch.cancel()
            runtime.close()


def refuse() -> ContainerTasks:
    raise Unavailable("no engine answers")


async def lines_of(runtime: EitherRuntime, group: str) -> list[str]:
    return [line async for _, line in runtime.logs(group, tail=9, follow=False)]


async def test_processes_run_where_there_is_no_engine(tmp_path: Path) -> None:
    async with both(tmp_path, refuse) as runtime:
        task = await runtime.start("posts-1-0-1", "posts", 1, a_spec(tmp_path, SLEEPER))
        assert isinstance(task.identity, TaskIdentity)
        assert await runtime.stop_strays(1.0) == ()
        with pytest.raises(Unavailable, match="no engine answers"):
            await runtime.start("web-1-0-1", "web", 1, CONTAINERS)
        assert [seen.id for seen in runtime.observe()] == ["posts-1-0-1"]


async def test_each_task_is_asked_at_its_own_runtime(tmp_path: Path) -> None:
    shelf = Shelf()
    async with both(tmp_path, lambda: shelf) as runtime:
        await runtime.start("posts-1-0-1", "posts", 1, a_spec(tmp_path, SLEEPER))
        assert not shelf.is_watched
        await runtime.start("web-1-0-1", "web", 1, CONTAINERS)
        await until(lambda: shelf.is_watched)
        assert {task.id for task in runtime.observe()} == {"posts-1-0-1", "web-1-0-1"}
        assert (await runtime.probe("web-1-0-1", HEALTH), await runtime.probe("posts-1-0-1", HEALTH)) == (True, False)
        assert await runtime.diagnose("web-1-0-1") == "a container"
        assert await runtime.remark("web-1-0-1") == "a container listens"
        assert await lines_of(runtime, "web") == ["from a container"]
        await until(lambda: (tmp_path / "logs" / "posts" / "posts-1-0-1.log").read_text() == "up\n")
        assert await lines_of(runtime, "posts") == ["up"]
        assert (await runtime.prune("web"), await runtime.prune("posts")) == (("web in containers",), ())
        runtime.forget("web-1-0-1")
        with pytest.raises(NotFound):
            await runtime.diagnose("web-1-0-1")


async def test_what_an_earlier_control_plane_never_booked_ends_before_the_first_container_starts(
    tmp_path: Path,
) -> None:
    shelf = Shelf(strays={"web-1-0-0"})
    async with both(tmp_path, lambda: shelf) as runtime:
        assert await runtime.stop_strays(1.0) == ()
        await runtime.start("web-1-0-1", "web", 1, CONTAINERS)
        assert shelf.strays == set()


async def test_a_container_is_adopted_by_its_identity_and_strays_are_those_that_are_not(tmp_path: Path) -> None:
    shelf = Shelf(strays={"web-1-0-0"})
    async with both(tmp_path, lambda: shelf) as runtime:
        task = await runtime.adopt("web-1-0-1", "web", 1, 40_007, ContainerIdentity("c7"))
        assert (task.port, task.identity) == (40_007, ContainerIdentity("c7"))
        assert await runtime.stop_strays(1.0) == ("web-1-0-0",)
