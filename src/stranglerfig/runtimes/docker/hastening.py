"""Runs a container's health check before the engine does.

The engine waits a whole interval before its first check, ten seconds unless told otherwise; a task that is ready after
one should not be kept from its work for nine. Once the engine has an opinion, that counts.
"""

from __future__ import annotations

import asyncio

from stranglerfig.runtimes.docker.containers import run_inside
from stranglerfig.runtimes.docker.engine import Engine
from stranglerfig.runtimes.docker.replies import ContainerState
from stranglerfig.runtimes.docker.task import ContainerTask


async def prove_health(engine: Engine, task: ContainerTask) -> bool:
    """True: a container of the task has passed its check for the first time."""
    waiting = [state for state in task.running() if state.health == "starting"]
    passed = await asyncio.gather(*(_passes(engine, state) for state in waiting))
    task.proven.update(state.id for state, is_healthy in zip(waiting, passed, strict=True) if is_healthy)
    return any(passed)


async def _passes(engine: Engine, state: ContainerState) -> bool:
    match state.health_command:
        case ("CMD", *words):
            command = tuple(words)
        case ("CMD-SHELL", line, *_):
            command = ("/bin/sh", "-c", line)
        case _:
            return False
    return await run_inside(engine, state.id, command) is not None
