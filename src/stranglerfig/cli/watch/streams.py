"""Lines of tasks as the commands of a workspace show them: each after its container and its task's id."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from stranglerfig.cli.output import show, show_json
from stranglerfig.cli.watch.logs import COLOURS

if TYPE_CHECKING:
    from stranglerfig.api.wire import LogLineWire

#: What the daemon writes before a line of a task that has several containers.
_LABEL = re.compile(r"\[([^\]]+)\] ")


def print_lines(
    lines: Iterator[LogLineWire], name: str, *, as_json: bool, containers: Collection[str] = frozenset()
) -> None:
    """``name`` is the workload's or the task's; ``containers`` are those of a task that has several."""
    colours: dict[str, str] = {}
    for line in lines:
        if as_json:
            show_json(line)
            continue
        stream, text = to_stream(line, name, containers)
        colour = colours.setdefault(stream, COLOURS[len(colours) % len(COLOURS)])
        show(f"{click.style(stream, fg=colour)} {text}")


def to_stream(line: LogLineWire, name: str, containers: Collection[str] = frozenset()) -> tuple[str, str]:
    """``CONTAINER/ID``, with the id that ``status`` shows, and the line."""
    found = _LABEL.match(line["line"])
    text = line["line"]
    if found is not None and found[1] in containers:
        name, text = found[1], text[found.end() :]
    return f"{name}/{to_id(line['task'])}", text


def to_id(task: str) -> str:
    """Of a task's full name, which has also its group, revision and number."""
    return task.rpartition("-")[2]


def is_meant(task: str, wanted: str) -> bool:
    """By the beginning or the end of its name; ``CONTAINER/ID`` will do as it was shown."""
    wanted = wanted.rpartition("/")[2]
    return task.startswith(wanted) or task.endswith(wanted)


def several_containers(targets: Mapping[str, Any] | None) -> frozenset[str]:
    """Their names, if it is several that a task has."""
    containers = (targets or {}).get("containers", ())
    return frozenset(one["name"] for one in containers) if len(containers) > 1 else frozenset()
