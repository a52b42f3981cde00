"""Hears from the engine when a container of ours starts, ends, or changes its health."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from stranglerfig.runtimes.docker.engine import Engine
from stranglerfig.runtimes.docker.labels import HOME, TASK
from stranglerfig.runtimes.docker.streams import Stream

KINDS = ("start", "die", "oom", "health_status", "destroy")
#: how long to wait before an engine that has gone is asked again
AGAIN_S = 1.0

log = logging.getLogger(__name__)


class EventFeed:
    """``on_task`` gets the id of a task that something happened to, ``on_open`` is called when the engine has begun to
    tell: what happened before that must be looked up. Both are called from the event loop.
    """

    def __init__(self, engine: Engine, home: str, on_task: Callable[[str], None], on_open: Callable[[], None]) -> None:
        self._engine = engine
        self._home = home
        self._on_task = on_task
        self._on_open = on_open

    async def run(self) -> None:
        """Until it is cancelled, over any number of restarts of the engine."""
        loop = asyncio.get_running_loop()
        while True:
            over = asyncio.Event()

            def note(event: Mapping[str, Any]) -> None:
                loop.call_soon_threadsafe(self._on_task, to_task(event))

            def end(over: asyncio.Event = over) -> None:
                loop.call_soon_threadsafe(over.set)

            def opened() -> None:
                loop.call_soon_threadsafe(self._on_open)

            stream = Stream(self._engine, self._open, note, end, opened)
            try:
                await over.wait()
            finally:
                stream.close()
            await asyncio.sleep(AGAIN_S)

    def _open(self, api: Any) -> Iterable[Mapping[str, Any]]:
        filters = {"type": "container", "event": list(KINDS), "label": f"{HOME}={self._home}"}
        stream: Iterable[Mapping[str, Any]] = api.events(decode=True, filters=filters)
        return stream


def to_task(event: Mapping[str, Any]) -> str:
    return str(event.get("Actor", {}).get("Attributes", {}).get(TASK, ""))
