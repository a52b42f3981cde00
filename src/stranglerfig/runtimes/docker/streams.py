"""Reads what the engine tells without end, each stream in a thread that dies with its reader."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from stranglerfig.errors import FigError
from stranglerfig.runtimes.docker.engine import STREAM_TROUBLE, Engine
from stranglerfig.runtimes.docker.labels import HOME, TASK

KINDS = ("start", "kill", "die", "health_status", "destroy")
#: how long to wait before an engine that has gone is asked again
AGAIN_S = 1.0


class Stream:
    """``on_item`` is called in the thread for every item, ``on_end`` once after the last, whatever ended it."""

    def __init__(
        self,
        engine: Engine,
        open_stream: Callable[[Any], Iterable[Any]],
        on_item: Callable[[Any], None],
        on_end: Callable[[], None],
        on_open: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._open_stream = open_stream
        self._on_item = on_item
        self._on_end = on_end
        self._on_open = on_open
        self._source: Any = None
        self._lock = threading.Lock()
        self.is_closed = False
        threading.Thread(target=self._run, name="docker stream", daemon=True).start()

    def close(self) -> None:
        with self._lock:
            self.is_closed = True
            if self._source is not None:
                with contextlib.suppress(*STREAM_TROUBLE):
                    self._source.close()

    def _run(self) -> None:
        try:
            for item in self._items():
                self._on_item(item)
        except (FigError, RuntimeError, *STREAM_TROUBLE):
            # The engine is gone, or the reader is, with its event loop: either way nothing more comes.
            pass
        finally:
            self.close()
            with contextlib.suppress(RuntimeError):
                self._on_end()

    def _items(self) -> Iterator[Any]:
        source = self._open_stream(self._engine.open("follow the engine"))
        with self._lock:
            if self.is_closed:
                return
            self._source = source
        self._on_open()
        yield from source


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to a task's container. ``is_kill``: somebody has asked the engine to kill it."""

    task_id: str
    container_id: str
    is_kill: bool


class EventFeed:
    """Hears when a container of ours starts, ends, or changes its health.

    ``on_event`` gets each of it, ``on_open`` is called when the engine has begun to tell: what happened before that
    must be looked up. Both are called from the event loop.
    """

    def __init__(
        self, engine: Engine, home: str, on_event: Callable[[Event], None], on_open: Callable[[], None]
    ) -> None:
        self._engine = engine
        self._home = home
        self._on_event = on_event
        self._on_open = on_open

    async def run(self) -> None:
        """Until it is cancelled, over any number of restarts of the engine."""
        loop = asyncio.get_running_loop()
        while True:
            over = asyncio.Event()

            def note(event: Mapping[str, Any]) -> None:
                loop.call_soon_threadsafe(self._on_event, parse_event(event))

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


def parse_event(reply: Mapping[str, Any]) -> Event:
    actor = reply.get("Actor", {})
    texts = actor.get("Attributes", {})
    is_kill = reply.get("Action") == "kill" and texts.get("signal") in ("9", "SIGKILL", "KILL")
    return Event(str(texts.get(TASK, "")), str(actor.get("ID", "")), is_kill)
