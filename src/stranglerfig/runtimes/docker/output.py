"""What containers wrote, as the engine keeps it, merged by time; and what is kept of those that were removed."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stranglerfig.core.excerpts import EVERYTHING, Excerpt
from stranglerfig.errors import FigError
from stranglerfig.runtimes.docker.engine import Engine
from stranglerfig.runtimes.docker.task import ContainerTask
from stranglerfig.runtimes.log_folder import LogFolder

#: of each container, when its task is removed
KEPT_LINES = 2_000
KEPT_BYTES = 1024 * 1024
#: what a line has beyond is left out
MAX_LINE = 64 * 1024
#: stands on disk for a container that needs no label
NO_LABEL = "-"


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """``stamp`` is the engine's, of fixed width, so that it sorts. ``container`` is empty where a task has but one."""

    stamp: str
    task_id: str
    container: str
    text: str

    def render(self) -> str:
        return f"[{self.container}] {self.text}" if self.container else self.text


class Splitter:
    """Chunks of one container's output, each with its time in front, into lines.

    The engine cuts a line that is too long into several chunks, and all but the last lack the line's end.
    """

    def __init__(self, task_id: str, container: str) -> None:
        self._task_id = task_id
        self._container = container
        self._stamp = ""
        self._begun = ""

    def feed(self, chunk: bytes) -> list[Line]:
        stamp, _, text = chunk.decode(errors="replace").partition(" ")
        self._stamp = self._stamp or stamp
        self._begun += text[: max(0, MAX_LINE - len(self._begun))]
        return self.rest() if text.endswith("\n") else []

    def rest(self) -> list[Line]:
        """A line without its end."""
        if not self._stamp:
            return []
        line = Line(self._stamp, self._task_id, self._container, self._begun.rstrip("\r\n"))
        self._stamp, self._begun = "", ""
        return [line]


def to_labels(task: ContainerTask) -> dict[str, str]:
    """How each container is called in front of its lines, by name."""
    return {part.name: "" if task.is_single else part.name for part in task.parts if not part.is_holder}


def to_stamp(moment: float) -> str:
    """As the engine writes it."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S.%f}000Z"


def to_seconds(moment: float) -> int:
    """Whole ones are all that the SDK can say, and none before 1970; stamps have the last word."""
    return max(1, int(moment))


def is_in(excerpt: Excerpt, line: Line) -> bool:
    return (
        excerpt.takes(line.container)
        and (excerpt.since is None or line.stamp >= to_stamp(excerpt.since))
        and (excerpt.until is None or line.stamp < to_stamp(excerpt.until))
    )


async def read_lines(engine: Engine, task: ContainerTask, tail: int, excerpt: Excerpt = EVERYTHING) -> list[Line]:
    """The last ``tail`` lines of each container, oldest first. Of a container that is gone there are none."""
    lines: list[Line] = []
    for name, label in to_labels(task).items():
        container_id = task.ids.get(name)
        if container_id is None or tail <= 0 or not excerpt.takes(label):
            continue
        try:
            found = await engine.ask(
                f"read the output of {name}", _Tail(container_id, tail, Splitter(task.role.task_id, label), excerpt)
            )
        except FigError:
            continue
        lines.extend(found)
    return sorted(lines)


async def save_output(engine: Engine, task: ContainerTask, folder: LogFolder) -> None:
    """Keep the last of it on disk: the engine forgets it with the container."""
    lines = await read_lines(engine, task, KEPT_LINES)
    path = folder.path(task.role.group, task.role.task_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.writelines(_fit(lines))


def read_saved(
    folder: LogFolder, group: str, task_ids: Iterable[str], tail: int, excerpt: Excerpt = EVERYTHING
) -> list[Line]:
    """Of each task the last ``tail`` lines that were kept, oldest first."""
    lines: list[Line] = []
    for task_id in task_ids:
        try:
            with open(folder.path(group, task_id), encoding="utf-8", errors="replace", newline="\n") as file:
                found = [line for text in file if is_in(excerpt, line := _parse_saved(task_id, text))]
                lines.extend(found[-tail:] if tail > 0 else ())
        except OSError:
            continue
    return sorted(lines)


def _parse_saved(task_id: str, text: str) -> Line:
    stamp, _, rest = text.rstrip("\n").partition(" ")
    container, _, line = rest.partition(" ")
    return Line(stamp, task_id, container.removeprefix(NO_LABEL), line)


def _fit(lines: Sequence[Line]) -> list[bytes]:
    kept: list[bytes] = []
    size = 0
    for line in reversed(lines):
        text = f"{line.stamp} {line.container or NO_LABEL} {line.text}\n".encode(errors="replace")
        size += len(text)
        if size > KEPT_BYTES:
            break
        kept.append(text)
    return kept[::-1]


@dataclass(frozen=True, slots=True)
class _Tail:
    container_id: str
    count: int
    splitter: Splitter
    excerpt: Excerpt

    def __call__(self, api: Any) -> list[Line]:
        since, until = self.excerpt.since, self.excerpt.until
        chunks = api.logs(
            self.container_id,
            stream=True,
            follow=False,
            timestamps=True,
            # The engine counts its tail before it looks at times, so the last lines before an end are counted here.
            tail=self.count if until is None else "all",
            since=None if since is None else to_seconds(since),
            until=None if until is None else to_seconds(until) + 1,
        )
        lines: deque[Line] = deque(maxlen=self.count)
        for chunk in chunks:
            lines.extend(line for line in self.splitter.feed(chunk) if is_in(self.excerpt, line))
        lines.extend(line for line in self.splitter.rest() if is_in(self.excerpt, line))
        return list(lines)
