"""Follows the output of all containers of a target group, of those too that come later."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from stranglerfig.core.excerpts import EVERYTHING, Excerpt
from stranglerfig.runtimes.docker.engine import Engine
from stranglerfig.runtimes.docker.output import Line, Splitter, to_labels, to_seconds, to_stamp
from stranglerfig.runtimes.docker.streams import Stream
from stranglerfig.runtimes.docker.task import ContainerTask

PAUSE_S = 0.1
#: lines that wait for whoever reads; a flood waits in the engine
MOST_WAITING = 10_000
FULL_PAUSE_S = 0.2


class Follower:
    """One stream a container. ``seen`` are the stamps of the lines that were shown before, by task and label.

    Only what ``excerpt`` takes is followed.
    """

    def __init__(self, engine: Engine, seen: dict[tuple[str, str], str], excerpt: Excerpt = EVERYTHING) -> None:
        self._engine = engine
        self._excerpt = excerpt
        self._since = "" if excerpt.since is None else to_stamp(excerpt.since)
        self._seen = seen
        self._lines: queue.Queue[Line] = queue.Queue(MOST_WAITING)
        self._streams: dict[str, Stream] = {}

    async def run(self, find_tasks: Callable[[], Iterable[ContainerTask]]) -> AsyncGenerator[Line, None]:
        try:
            while True:
                for task in find_tasks():
                    self._open(task)
                batch = list(self._drain())
                for line in sorted(batch):
                    yield line
                if not batch:
                    await asyncio.sleep(PAUSE_S)
        finally:
            for stream in self._streams.values():
                stream.close()

    def _drain(self) -> Iterator[Line]:
        for _ in range(MOST_WAITING):
            try:
                yield self._lines.get_nowait()
            except queue.Empty:
                return

    def _open(self, task: ContainerTask) -> None:
        for name, label in to_labels(task).items():
            state = task.containers.get(name)
            if state is None or not state.has_started or state.id in self._streams or not self._excerpt.takes(label):
                continue
            last = self._seen.get((task.role.task_id, label), self._since)
            pump = _Pump(self._lines, Splitter(task.role.task_id, label), last)
            opening = _Opening(state.id, last)
            self._streams[state.id] = pump.stream = Stream(self._engine, opening, pump.take, pump.end)


class _Opening:
    def __init__(self, container_id: str, last: str) -> None:
        self._container_id = container_id
        # What was shown is left out by its stamp.
        self._since = to_seconds(datetime.fromisoformat(last[:19] + "+00:00").timestamp()) if last else None

    def __call__(self, api: Any) -> Iterable[bytes]:
        stream: Iterable[bytes] = api.logs(
            self._container_id, stream=True, follow=True, timestamps=True, since=self._since
        )
        return stream


class _Pump:
    """Runs in the stream's thread."""

    def __init__(self, lines: queue.Queue[Line], splitter: Splitter, last: str) -> None:
        self.stream: Stream | None = None
        self._lines = lines
        self._splitter = splitter
        self._last = last

    def take(self, chunk: bytes) -> None:
        for line in self._splitter.feed(chunk):
            self._put(line)

    def end(self) -> None:
        for line in self._splitter.rest():
            self._put(line)

    def _put(self, line: Line) -> None:
        if line.stamp <= self._last:
            return
        while self.stream is None or not self.stream.is_closed:
            try:
                self._lines.put(line, timeout=FULL_PAUSE_S)
            except queue.Full:
                continue
            return
