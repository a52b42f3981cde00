"""Finds tasks by what the engine has of them, and removes those that nobody watches."""

from __future__ import annotations

from collections.abc import Container

from stranglerfig.core.observed import ContainerIdentity
from stranglerfig.runtimes.docker import labels
from stranglerfig.runtimes.docker.attending import end_containers, look, remove_task
from stranglerfig.runtimes.docker.containers import list_containers
from stranglerfig.runtimes.docker.engine import Engine
from stranglerfig.runtimes.docker.labels import HOME, TASK, parse_part, parse_role
from stranglerfig.runtimes.docker.task import ContainerTask


async def find_task(engine: Engine, home: str, task_id: str) -> ContainerTask | None:
    """As its containers' labels tell; None: there are none."""
    # The engine has the newest first.
    found = (await list_containers(engine, {HOME: home, TASK: task_id}))[::-1]
    if not found:
        return None
    parts = {container_id: parse_part(texts) for container_id, texts in found}
    ids = {part.name: container_id for container_id, part in parts.items()}
    role = parse_role(found[0][1])
    owner = ids.get(labels.HOLDER) or found[0][0]
    task = ContainerTask(role, ContainerIdentity(owner), ids, tuple(parts.values()))
    await look(engine, task)
    return task


async def stop_strays(engine: Engine, home: str, known: Container[str], grace_s: float) -> tuple[str, ...]:
    """End and remove all tasks of the home that are not ``known``, and return their ids.

    ``known`` is asked after the engine: what is started meanwhile is none.
    """
    found = await list_containers(engine, {HOME: home})
    strays = sorted({texts.get(TASK, "") for _, texts in found})
    ended = []
    for task_id in strays:
        task = None if task_id in known else await find_task(engine, home, task_id)
        if task is None:
            continue
        is_alive = bool(task.running())
        await end_containers(engine, task, grace_s)
        await remove_task(engine, task)
        if is_alive:
            ended.append(task_id)
    return tuple(ended)
