"""Forwards what a run prints, and ends as it ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from stranglerfig.cli.output import show
from stranglerfig.cli.watch.logs import COLOURS

if TYPE_CHECKING:
    from stranglerfig.api.wire import LogLineWire

PAUSE_S = 0.05
#: Of what a run has printed before the first look at it; the daemon keeps no more at hand.
ALL_LINES = 10_000
RUNNING = "RUNNING"
SUCCEEDED = "SUCCEEDED"

Run = TypeVar("Run", bound=Mapping[str, Any])


def forward(lines: Iterator[LogLineWire], *, named: bool) -> None:
    """``named`` lines begin with their task, each in a colour of its own."""
    seen: dict[str, str] = {}
    for line in lines:
        if named:
            colour = seen.setdefault(line["task"], COLOURS[len(seen) % len(COLOURS)])
            show(f"{click.style(line['task'], fg=colour)} {line['line']}")
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
