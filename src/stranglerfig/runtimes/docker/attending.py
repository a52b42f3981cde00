"""Looks at a task's containers, starts those whose turn has come, and notes when the task is over."""

from __future__ import annotations

import asyncio
import time

from stranglerfig.errors import Unavailable
from stranglerfig.runtimes.docker import labels
from stranglerfig.runtimes.docker.containers import (
    inspect_container,
    remove_container,
    remove_volumes,
    signal_container,
    start_container,
)
from stranglerfig.runtimes.docker.engine import Engine
from stranglerfig.runtimes.docker.sequence import Verdict, decide_end, plan_start, plan_stop
from stranglerfig.runtimes.docker.task import ContainerTask

#: the engine tells of every end; this is for one that it did not tell of
LOOK_AGAIN_S = 0.5
#: so long a killed container may take to leave
STUCK_S = 15.0


async def attend(engine: Engine, task: ContainerTask) -> bool:
    """Bring the task as far as it comes now. True: it is over, as ``task.verdict`` says, and was not before.

    Raises ``UsageError`` when a container cannot be started: nothing of the task is ended by that.
    """
    async with task.lock:
        await look(engine, task)
        if task.ended.is_set() or task.verdict is not None:
            return False
        if not task.is_stopping and task.containers:
            obstacle = await _start_ready(engine, task)
            if obstacle is not None:
                task.verdict = Verdict(None, obstacle)
                return True
        verdict = decide_end(task.parts, task.containers)
        if verdict is None or task.is_stopping:
            return False
        task.verdict = verdict
        return True


async def look(engine: Engine, task: ContainerTask) -> None:
    found = await asyncio.gather(*(inspect_container(engine, container_id) for container_id in task.ids.values()))
    task.note({name: state for name, state in zip(task.ids, found, strict=True) if state is not None})


async def end_containers(engine: Engine, task: ContainerTask, grace_s: float) -> None:
    """SIGTERM (or what the image has instead), those first that no other one waits for; ``grace_s`` later SIGKILL.

    Callers at the same time share one wait and the shortest grace. Raises ``Unavailable`` when one cannot be ended.
    """
    task.kill_at = min(task.kill_at, time.monotonic() + grace_s)
    task.changed.set()
    async with task.ending:
        told: set[str] = set()
        while True:
            task.changed.clear()
            async with task.lock:
                await look(engine, task)
            running = [state for state in task.running() if not state.part.is_holder]
            if not running:
                return
            await _tell(engine, task, told)
            await _wait(task)


async def remove_task(engine: Engine, task: ContainerTask) -> None:
    """Its containers, those that run too, and its scratch volumes."""
    async with task.lock:
        for container_id in reversed(task.ids.values()):
            await remove_container(engine, container_id)
        await remove_volumes(engine, {labels.HOME: task.role.home, labels.TASK: task.role.task_id})
        task.ids = {}


async def _start_ready(engine: Engine, task: ContainerTask) -> str | None:
    """Why the task cannot go on, or None."""
    while True:
        step = plan_start(task.parts, task.containers)
        if step.obstacle is not None:
            return step.obstacle
        if not step.ready:
            return None
        for name in step.ready:
            await start_container(engine, task.containers[name])
        await look(engine, task)


async def _tell(engine: Engine, task: ContainerTask, told: set[str]) -> None:
    if time.monotonic() >= task.kill_at:
        for state in task.running():
            await signal_container(engine, state.id, "SIGKILL")
        return
    for name in plan_stop(task.parts, task.containers):
        if name not in told:
            told.add(name)
            await signal_container(engine, task.containers[name].id, task.containers[name].stop_signal)


async def _wait(task: ContainerTask) -> None:
    left_s = task.kill_at - time.monotonic()
    if left_s < -STUCK_S:
        names = ", ".join(state.part.name for state in task.running())
        raise Unavailable(
            f"container {names} of task {task.role.task_id} does not end although it was killed",
            hint="See what the engine says of it with `docker ps`, and restart the engine if need be.",
        )
    pause_s = min(LOOK_AGAIN_S, left_s) if left_s > 0 else LOOK_AGAIN_S
    try:
        async with asyncio.timeout(max(0.01, pause_s)):
            await task.changed.wait()
    except TimeoutError:
        pass
