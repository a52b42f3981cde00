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
from stranglerfig.runtimes.docker.runtime import DockerRuntime
from stranglerfig.runtimes.either import ContainerTasks, EitherRuntime
from stranglerfig.runtimes.log_folder import OF_CONTAINERS, LogFolder
from stranglerfig.runtimes.process import ProcessRuntime, refuse_secret
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
        return tuple(task.id for task in self.tasks.values() if task.group == group)

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
    runtime = EitherRuntime(folder / "logs", ProcessRuntime(folder / "logs"), make)
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
        assert (await runtime.prune("web"), await runtime.prune("posts")) == (("web-1-0-1",), ())
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


def of_containers(folder: Path) -> ContainerTasks:
    return DockerRuntime(folder / "logs", home=str(folder), secrets=refuse_secret)


def write_saved(folder: Path, group: str, task_id: str, *lines: str) -> None:
    """As an earlier daemon kept what a container wrote, which is gone."""
    path = LogFolder(folder / "logs", OF_CONTAINERS).path(group, task_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"2026-01-01T00:00:0{index}.000000000Z {line}\n" for index, line in enumerate(lines)))


async def test_what_ended_before_the_restart_is_read_as_its_own_kind_wrote_it(tmp_path: Path) -> None:
    write_saved(tmp_path, "web", "web-1-0-1", "- up", "proxy ready")
    async with both(tmp_path, lambda: of_containers(tmp_path)) as runtime:
        assert await lines_of(runtime, "web") == ["up", "[proxy] ready"]


async def test_a_group_that_changed_its_kind_shows_what_both_wrote_the_later_one_last(tmp_path: Path) -> None:
    write_saved(tmp_path, "posts", "posts-1-0-1", "- one", "- two")
    async with both(tmp_path, lambda: of_containers(tmp_path)) as runtime:
        await runtime.start("posts-2-0-1", "posts", 2, a_spec(tmp_path, SLEEPER))
        await until(lambda: (tmp_path / "logs" / "posts" / "posts-2-0-1.log").read_text() == "up\n")
        assert await lines_of(runtime, "posts") == ["one", "two", "up"]
        assert [line async for _, line in runtime.logs("posts", tail=2, follow=False)] == ["two", "up"]
        following = runtime.logs("posts", tail=2, follow=True)
        assert [await anext(following), await anext(following)] == [("posts-1-0-1", "two"), ("posts-2-0-1", "up")]


async def test_old_output_of_either_kind_is_removed(tmp_path: Path) -> None:
    for number in range(12):
        write_saved(tmp_path, "posts", f"posts-1-0-{number}", "- gone")
    async with both(tmp_path, lambda: of_containers(tmp_path)) as runtime:
        await runtime.start("posts-2-0-1", "posts", 2, a_spec(tmp_path, SLEEPER))
        await lines_of(runtime, "posts")
        assert len(await runtime.prune("posts")) == 2
