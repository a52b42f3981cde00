"""Processes and containers behind one Runtime port: each task stays with the runtime that its kind asks for.

What runs containers is made when it is first needed: where nobody uses any, no engine is looked for.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import Protocol

from stranglerfig.core.containers import ContainerTargets
from stranglerfig.core.desired import TaskTargets
from stranglerfig.core.excerpts import EVERYTHING, Excerpt
from stranglerfig.core.observed import ContainerIdentity, ObservedTask, TaskIdentity
from stranglerfig.core.topology import HealthCheck
from stranglerfig.errors import NotFound
from stranglerfig.runtimes.log_folder import OF_CONTAINERS, LogFolder
from stranglerfig.runtimes.process import ProcessRuntime

#: a stray never served anybody, and somebody waits
STRAY_GRACE_S = 1.0


class Tasks(Protocol):
    """What the two have in common; see ``control.ports.Runtime``."""

    async def probe(self, task_id: str, health: HealthCheck) -> bool: ...

    async def stop(self, task_id: str, grace_s: float) -> ObservedTask: ...

    def observe(self) -> tuple[ObservedTask, ...]: ...

    def forget(self, task_id: str) -> None: ...

    async def prune(self, group: str) -> tuple[str, ...]: ...

    async def remark(self, task_id: str) -> str: ...

    async def diagnose(self, task_id: str) -> str: ...

    async def stop_strays(self, grace_s: float) -> tuple[str, ...]: ...

    def logs(
        self, group: str, *, tail: int, follow: bool, excerpt: Excerpt = ...
    ) -> AsyncIterator[tuple[str, str]]: ...

    async def watch(self) -> None:
        """Runs until it is cancelled."""

    def close(self) -> None:
        """Let go of all tasks; they run on."""


class ContainerTasks(Tasks, Protocol):
    async def start(self, task_id: str, group: str, revision: int, spec: ContainerTargets) -> ObservedTask: ...

    async def adopt(
        self, task_id: str, group: str, revision: int, port: int, identity: ContainerIdentity
    ) -> ObservedTask: ...


class EitherRuntime:
    """Belongs to one event loop. ``watch`` must run beside it. ``make_containers`` is called once at most, and both
    kinds keep their output in ``log_dir``.
    """

    def __init__(self, log_dir: Path, processes: ProcessRuntime, make_containers: Callable[[], ContainerTasks]) -> None:
        self._processes = processes
        self._make_containers = make_containers
        self._containers: ContainerTasks | None = None
        self._is_made = asyncio.Event()
        self._is_searched = False
        self._turn = asyncio.Lock()
        self._homes: dict[str, Tasks] = {}
        self._written, self._saved = LogFolder(log_dir), LogFolder(log_dir, OF_CONTAINERS)

    async def start(self, task_id: str, group: str, revision: int, spec: TaskTargets) -> ObservedTask:
        if not isinstance(spec, ContainerTargets):
            seen = await self._processes.start(task_id, group, revision, spec)
            self._homes[task_id] = self._processes
            return seen
        containers = self._need_containers()
        async with self._turn:
            if not self._is_searched:
                # Those that an earlier control plane started and never booked; there was nobody to ask before.
                await containers.stop_strays(STRAY_GRACE_S)
                self._is_searched = True
        seen = await containers.start(task_id, group, revision, spec)
        self._homes[task_id] = containers
        return seen

    async def adopt(
        self, task_id: str, group: str, revision: int, port: int, identity: TaskIdentity | ContainerIdentity
    ) -> ObservedTask:
        if isinstance(identity, TaskIdentity):
            self._homes[task_id] = self._processes
            return await self._processes.adopt(task_id, group, revision, port, identity)
        containers = self._homes[task_id] = self._need_containers()
        return await containers.adopt(task_id, group, revision, port, identity)

    async def probe(self, task_id: str, health: HealthCheck) -> bool:
        return await self._home(task_id).probe(task_id, health)

    async def stop(self, task_id: str, grace_s: float) -> ObservedTask:
        return await self._home(task_id).stop(task_id, grace_s)

    def observe(self) -> tuple[ObservedTask, ...]:
        return tuple(task for runtime in self._runtimes() for task in runtime.observe())

    def forget(self, task_id: str) -> None:
        self._home(task_id).forget(task_id)
        del self._homes[task_id]

    async def prune(self, group: str) -> tuple[str, ...]:
        """Of both kinds: the group may have been of the other one before."""
        found = [await runtime.prune(group) for runtime in self._runtimes()]
        return tuple(task_id for pruned in found for task_id in pruned)

    async def remark(self, task_id: str) -> str:
        return await self._home(task_id).remark(task_id)

    async def diagnose(self, task_id: str) -> str:
        return await self._home(task_id).diagnose(task_id)

    async def stop_strays(self, grace_s: float) -> tuple[str, ...]:
        self._is_searched = self._containers is not None
        found = [await runtime.stop_strays(grace_s) for runtime in self._runtimes()]
        return tuple(task_id for strays in found for task_id in strays)

    async def logs(
        self, group: str, *, tail: int, follow: bool, excerpt: Excerpt = EVERYTHING
    ) -> AsyncIterator[tuple[str, str]]:
        """The kind that wrote last is told last, and alone is followed; of the other what ``tail`` has room for."""
        *earlier, last = self._writers(group)
        if earlier:
            count = len([line async for line in last.logs(group, tail=tail, follow=False, excerpt=excerpt)])
            for runtime in earlier:
                async for line in runtime.logs(group, tail=max(0, tail - count), follow=False, excerpt=excerpt):
                    yield line
        lines = last.logs(group, tail=tail, follow=follow, excerpt=excerpt)
        try:
            async for line in lines:
                yield line
        finally:
            if isinstance(lines, AsyncGenerator):
                await lines.aclose()

    async def watch(self) -> None:
        """Runs until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._processes.watch())
            await self._is_made.wait()
            if self._containers is not None:
                group.create_task(self._containers.watch())

    def close(self) -> None:
        for runtime in self._runtimes():
            runtime.close()

    def _need_containers(self) -> ContainerTasks:
        if self._containers is None:
            self._containers = self._make_containers()
            self._is_made.set()
        return self._containers

    def _runtimes(self) -> tuple[Tasks, ...]:
        return (self._processes,) if self._containers is None else (self._processes, self._containers)

    def _home(self, task_id: str) -> Tasks:
        home = self._homes.get(task_id)
        if home is None:
            raise NotFound(f"task {task_id} is not known", hint="See the tasks there are with `fig status`.")
        return home

    def _writers(self, group: str) -> list[Tasks]:
        """Those that have output of the group, the one that wrote last at the end."""
        if self._containers is None and self._saved.written_at(group) is not None:
            self._need_containers()
        moments = [(self._wrote_at(runtime, group), runtime) for runtime in self._runtimes()]
        found = sorted(((at, runtime) for at, runtime in moments if at is not None), key=lambda pair: pair[0])
        return [runtime for _, runtime in found] or [self._processes]

    def _wrote_at(self, runtime: Tasks, group: str) -> float | None:
        """When a task of the group wrote last: infinity while there is one, None if nothing is kept of any."""
        if any(task.group == group for task in runtime.observe()):
            return math.inf
        folder = self._written if runtime is self._processes else self._saved
        return folder.written_at(group)
