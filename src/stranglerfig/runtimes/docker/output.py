"""What containers wrote, as the engine keeps it, merged by time; and what is kept of those that were removed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

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


async def read_lines(engine: Engine, task: ContainerTask, tail: int) -> list[Line]:
    """The last ``tail`` lines of each container, oldest first. Of a container that is gone there are none."""
    lines: list[Line] = []
    for name, label in to_labels(task).items():
        container_id = task.ids.get(name)
        if container_id is None or tail <= 0:
            continue
        try:
            chunks = await engine.ask(f"read the output of {name}", _Tail(container_id, tail))
        except FigError:
            continue
        splitter = Splitter(task.role.task_id, label)
        for chunk in chunks:
            lines.extend(splitter.feed(chunk))
        lines.extend(splitter.rest())
    return sorted(lines)


async def save_output(engine: Engine, task: ContainerTask, folder: LogFolder) -> None:
    """Keep the last of it on disk: the engine forgets it with the container."""
    lines = await read_lines(engine, task, KEPT_LINES)
    path = folder.path(task.role.group, task.role.task_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.writelines(_fit(lines))


def read_saved(folder: LogFolder, group: str, task_ids: Iterable[str], tail: int) -> list[Line]:
    """Of each task the last ``tail`` lines that were kept, oldest first."""
    lines: list[Line] = []
    for task_id in task_ids:
        try:
            with open(folder.path(group, task_id), encoding="utf-8", errors="replace", newline="\n") as file:
                lines.extend(_parse_saved(task_id, text) for text in file.readlines()[-tail:] if tail > 0)
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
    lines: int

    def __call__(self, api: Any) -> list[bytes]:
        return list(api.logs(self.container_id, stream=True, follow=False, timestamps=True, tail=self.lines))
