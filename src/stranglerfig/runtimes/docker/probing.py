"""Asks a task how it is: through its published port, behind which the engine's own proxy may stand, and inside."""

from __future__ import annotations

import asyncio

from stranglerfig.core.topology import HealthCheck
from stranglerfig.runtimes.docker.bodies import LOOPBACK
from stranglerfig.runtimes.docker.containers import run_inside
from stranglerfig.runtimes.docker.engine import Engine
from stranglerfig.runtimes.docker.replies import ContainerState
from stranglerfig.runtimes.docker.task import ContainerTask
from stranglerfig.runtimes.probe import ProbeAnswer, probe_address
from stranglerfig.runtimes.sockets import ListeningSocket, parse_listeners

#: within this the engine's proxy has learnt that nobody listens behind it, and hung up
HANG_UP_S = 0.25
TABLES = ("/proc/net/tcp", "/proc/net/tcp6")


async def probe_published(port: int, health: HealthCheck) -> ProbeAnswer:
    """As ``probe_address``. Where a connection is all that is asked for, one that is hung up at once does not count:
    the engine's proxy accepts for a container in which nobody listens, too.
    """
    if health.path is not None:
        return await probe_address(LOOPBACK, port, health)
    try:
        async with asyncio.timeout(health.timeout_s):
            reader, writer = await asyncio.open_connection(LOOPBACK, port)
    except TimeoutError:
        return ProbeAnswer(False, f"does not answer within {health.timeout_s:g} s")
    except OSError:
        return ProbeAnswer(False, "refuses connections")
    try:
        async with asyncio.timeout(min(HANG_UP_S, health.timeout_s)):
            is_open = bool(await reader.read(1))
    except TimeoutError:
        is_open = True
    except OSError:
        is_open = False
    finally:
        writer.transport.abort()
    return ProbeAnswer(is_open, "accepts connections" if is_open else "refuses connections")


async def read_listeners(engine: Engine, task: ContainerTask) -> tuple[ListeningSocket, ...] | None:
    """What listens in the task's network; None when nobody can look."""
    for state in task.running():
        texts = await asyncio.to_thread(_read_tables, state)
        if texts is None and not state.part.is_holder:
            output = await run_inside(engine, state.id, ("cat", *TABLES))
            texts = None if output is None else [output]
        if texts is not None:
            return tuple(found for text in texts for found in parse_listeners(text))
    return None


def _read_tables(state: ContainerState) -> list[str] | None:
    """None unless that process of this machine is the container's: the engine may run elsewhere."""
    texts = []
    pid = state.pid
    try:
        with open(f"/proc/{pid}/cgroup", encoding="utf-8") as file:
            if state.id not in file.read():
                return None
    except OSError:
        return None
    for table in ("tcp", "tcp6"):
        try:
            with open(f"/proc/{pid}/net/{table}", encoding="ascii") as file:
                texts.append(file.read())
        except OSError:
            continue
    return texts or None


async def prove_health(engine: Engine, task: ContainerTask) -> bool:
    """Run the checks that the engine has not run yet. True: a container has passed its own for the first time.

    The engine waits a whole interval before its first check, ten seconds unless told otherwise; a task that is ready
    after one should not be kept from its work for nine. Once the engine has an opinion, that counts.
    """
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
