"""Requests as they pass, for whoever writes them into a file."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from stranglerfig.control.traffic.hub import Hub
from stranglerfig.core.compare.copies import SAFE
from stranglerfig.core.traffic.lines import AccessLine

#: what waits for a reader that is slow; what does not fit is missed
MOST_WAITING = 1_000


@dataclass(frozen=True, slots=True)
class Recording:
    """Ends after ``seconds``, or after ``count`` requests. ``sample`` is a share, 0 to 1."""

    seconds: float = 60.0
    count: int = 1_000
    sample: float = 1.0
    writes: bool = False


async def record(hub: Hub, wanted: Recording, takes: Callable[[AccessLine], bool]) -> AsyncIterator[AccessLine]:
    """Those that ``takes`` is true of and that can be asked again. What a client does not read in time is left out."""
    waiting: asyncio.Queue[AccessLine] = asyncio.Queue(MOST_WAITING)

    def see(line: AccessLine) -> None:
        is_meant = line.copy is not None and line.copy.body is not None and (line.method in SAFE or wanted.writes)
        if is_meant and not waiting.full() and random.random() < wanted.sample * line.stands_for and takes(line):
            waiting.put_nowait(line)

    unsubscribe = hub.subscribe(see)
    loop = asyncio.get_running_loop()
    end = loop.time() + wanted.seconds
    try:
        for _ in range(wanted.count):
            yield await asyncio.wait_for(waiting.get(), end - loop.time())
    except TimeoutError:
        return
    finally:
        unsubscribe()
