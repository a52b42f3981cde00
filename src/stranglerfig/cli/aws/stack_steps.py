"""A stack as a tree of steps while it is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stranglerfig.aws.stacks.states import in_words
from stranglerfig.aws.stacks.values import StackEvent, StackOrder
from stranglerfig.cli.progress.board import Board
from stranglerfig.cli.progress.tree import Status, Step

ENDINGS = {"COMPLETE": Status.COMPLETE, "SKIPPED": Status.UNCHANGED}
#: of a resource that another one's failure kept from being made
CANCELLED = "cancelled"
Path = tuple[str, ...]


@dataclass
class StackSteps:
    """Shows one stack below ``step``. Resources without a description are not shown."""

    board: Board
    step: Step
    descriptions: Mapping[str, str] = field(default_factory=dict)
    steps: dict[Path, Step] = field(default_factory=dict)
    lines: dict[Path, list[Step]] = field(default_factory=dict)
    said: set[tuple[Path, str]] = field(default_factory=set)
    is_taken_back: bool = False

    def begin(self, order: StackOrder) -> None:
        self.descriptions = order.descriptions
        self.is_taken_back = False

    def say(self, text: str) -> None:
        self.board.tell(self.step, text)

    def note(self, text: str) -> None:
        self.board.end(self.board.add(text, under=self.step))

    def event(self, path: Path, event: StackEvent) -> None:
        if event.is_of_stack and len(path) == 1:
            if "ROLLBACK" in event.status:
                self.is_taken_back = True
                self.board.tell(self.step, in_words(event.status))
            return
        text = self.descriptions.get(path[1]) if len(path) == 2 else path[-1]
        if text is None:
            return
        if path not in self.steps:
            self.steps[path] = self.board.add(text, under=self.steps.get(path[:-1], self.step))
        self._show(self.steps[path], event)

    def _show(self, step: Step, event: StackEvent) -> None:
        last = event.status.rpartition("_")[2]
        if last == "FAILED" and CANCELLED in event.reason:
            self.board.end(step, Status.INTERRUPTED)
        elif last == "FAILED":
            self.board.end(step, Status.FAILED, reason=event.reason)
        elif self.is_taken_back and step.status is Status.FAILED:
            return
        elif self.is_taken_back and last == "COMPLETE":
            gone = event.status.startswith("DELETE")
            self.board.end(step, Status.INTERRUPTED, detail="deleted again" if gone else "as it was before")
        elif last in ENDINGS:
            self.board.end(step, ENDINGS[last])
        else:
            self.board.begin(step)

    def service(self, path: Path, lines: tuple[str, ...]) -> None:
        above = self.steps.get(path)
        if above is None:
            return
        shown = self.lines.setdefault(path, [])
        for at, line in enumerate(lines):
            if at == len(shown):
                shown.append(self.board.add("tasks", under=above))
            # Where lines stay each is told once, however many come and go above it.
            if self.board.in_place or (path, line) not in self.said:
                self.said.add((path, line))
                self.board.begin(shown[at], line)

    def finish(self, status: Status) -> None:
        """What has not ended by then ends with it."""
        for steps in self.lines.values():
            for step in steps:
                self.board.end_quietly(step, status)
        left = Status.COMPLETE if status is Status.COMPLETE else Status.INTERRUPTED
        for step in self.steps.values():
            if step.ended is None:
                self.board.end_quietly(step, left)
