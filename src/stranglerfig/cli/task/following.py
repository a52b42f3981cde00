"""Forwards what a run prints, and ends as it ended."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stranglerfig.cli.output import show
from stranglerfig.cli.watch.logs import COLOURS
from stranglerfig.cli.watch.streams import to_stream

if TYPE_CHECKING:
    from stranglerfig.api.wire import LogLineWire

PAUSE_S = 0.05
#: Of what a run has printed before the first look at it; the daemon keeps no more at hand.
ALL_LINES = 10_000
RUNNING = "RUNNING"
SUCCEEDED = "SUCCEEDED"

Run = TypeVar("Run", bound=Mapping[str, Any])


class Forwarder:
    """With a ``name``, the task's, lines begin with the copy that they are of, each in a colour of its own."""

    def __init__(self, name: str | None = None) -> None:
        self._name = name
        self._shown: Counter[str] = Counter()
        self._colours: dict[str, str] = {}

    def forward(self, lines: Iterator[LogLineWire]) -> None:
        for line in lines:
            self._shown[line["task"]] += 1
            self._show(line)

    def forward_rest(self, lines: Iterable[LogLineWire]) -> None:
        """Of all lines, those that were not there yet: the stream may end before the last words of a short task have
        reached it."""
        seen: Counter[str] = Counter()
        everything = list(lines)
        for line in everything if len(everything) < ALL_LINES else ():
            seen[line["task"]] += 1
            if seen[line["task"]] > self._shown[line["task"]]:
                self._show(line)

    def _show(self, line: LogLineWire) -> None:
        if self._name:
            stream, text = to_stream(line, self._name)
            colour = self._colours.setdefault(stream, COLOURS[len(self._colours) % len(COLOURS)])
            show(f"{click.style(stream, fg=colour)} {text}")
        else:
            show(line["line"])


def wait_for_end(look: Callable[[], Run]) -> Run:
    """As it is once it no longer runs."""
    while (run := look())["state"] == RUNNING:
        time.sleep(PAUSE_S)
    return run


def exit_status(run: Mapping[str, Any]) -> int:
    """What ``fig`` ends with: the run's own status, 128 and more for a signal, 1 when there was none."""
    if run["state"] == SUCCEEDED:
        return 0
    status = run["exit_status"] or 1
    return int(128 - status if status < 0 else status)


def ending(run: Mapping[str, Any]) -> str:
    """``exited with status 3``."""
    if run["state"] == "TIMED_OUT":
        return "took longer than its timeout and was stopped"
    if run["state"] == "STOPPED":
        return "was stopped"
    status = run["exit_status"]
    if status is None:
        return "did not start"
    return f"was ended by signal {-status}" if status < 0 else f"exited with status {status}"
