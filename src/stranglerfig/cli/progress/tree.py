"""What is under way as a tree: its values, and what it looks like. Values in, text out."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

import click

from stranglerfig.cli.output import one_line

REASON_WIDTH = 70
#: Of a reason, which may be a task's last output.
MOST_REASON_LINES = 12


class Status(Enum):
    NOT_STARTED = "not started"
    IN_PROGRESS = "in progress"
    COMPLETE = "complete"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    #: Here. What the daemon has taken goes on there.
    INTERRUPTED = "interrupted"


COLOURS: dict[Status, dict[str, object]] = {
    Status.COMPLETE: {"fg": "green"},
    Status.UNCHANGED: {"fg": "green"},
    Status.FAILED: {"fg": "red"},
    Status.INTERRUPTED: {"fg": "yellow"},
}


@dataclass
class Step:
    """``detail`` follows the text while it is under way; ``reason`` says why it failed. Times are of one clock."""

    text: str
    detail: str = ""
    status: Status = Status.NOT_STARTED
    began: float | None = None
    ended: float | None = None
    reason: str = ""
    steps: list[Step] = field(default_factory=list)

    def elapsed_s(self, now: float) -> float | None:
        return None if self.began is None else (self.ended or now) - self.began


def render_tree(steps: Sequence[Step], now: float, width: int) -> list[str]:
    """Each step a line of at most ``width`` columns, statuses and times below each other."""
    rows = list(walk(steps, 0))
    room = max(20, width - 30)
    texts = [cut(f"{'  ' * depth}- {label(step)}", room) for depth, step in rows]
    column = max(map(len, texts), default=0)
    lines = []
    for (depth, step), text in zip(rows, texts, strict=True):
        lines.append(f"{text.ljust(column)}  {status_cells(step, now)}".rstrip())
        lines += reason_lines(step, depth)
    return lines


def walk(steps: Sequence[Step], depth: int) -> list[tuple[int, Step]]:
    return [row for step in steps for row in [(depth, step), *walk(step.steps, depth + 1)]]


def label(step: Step) -> str:
    return f"{step.text}: {step.detail}" if step.detail else step.text


def status_cells(step: Step, now: float) -> str:
    status = f"[{step.status.value}]"
    colour = COLOURS.get(step.status, {"dim": True})
    cells = click.style(status, **colour) + " " * (len("[in progress]") - len(status))  # type: ignore[arg-type]
    elapsed = step.elapsed_s(now)
    return cells if elapsed is None else f"{cells}  {click.style(f'[{elapsed:.1f}s]', dim=True)}"


def reason_lines(step: Step, depth: int) -> list[str]:
    wrapped = [
        part for line in step.reason.splitlines() for part in textwrap.wrap(one_line(line), REASON_WIDTH) or [""]
    ][:MOST_REASON_LINES]
    return [click.style(f"{'  ' * depth}  {line}", fg="red", dim=True) for line in wrapped]


def cut(text: str, room: int) -> str:
    text = one_line(text) if not text.startswith(" ") else text
    return text if len(text) <= room else text[: room - 1] + "…"
