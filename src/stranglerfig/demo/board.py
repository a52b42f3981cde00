"""How far the demo is: what every display shows, and lines for where there is no terminal."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from stranglerfig.cli.output import done, fail
from stranglerfig.demo.story import AREAS, PHASES
from stranglerfig.demo.tally import Snapshot, Tally


class Status(Enum):
    AHEAD = "ahead"
    NOW = "now"
    DONE = "done"
    BROKEN = "broken"


class Display(Protocol):
    """Told of every change of the board; one that draws by itself may do nothing then."""

    def changed(self, board: Board, index: int) -> None: ...


@dataclass(slots=True)
class Line:
    title: str
    status: Status = Status.AHEAD
    note: str = ""
    began: float = 0.0
    seconds: float = 0.0


@dataclass(slots=True)
class Board:
    """``weights`` by area, None before it has routes."""

    tally: Tally
    url: str = ""
    lines: list[Line] = field(default_factory=lambda: [Line(phase.title) for phase in PHASES])
    weights: dict[str, float | None] = field(default_factory=lambda: {area.name: None for area in AREAS})
    display: Display | None = None

    def begin(self, index: int) -> None:
        self.lines[index].status = Status.NOW
        self.lines[index].began = time.monotonic()
        self._tell(index)

    def note(self, index: int, text: str) -> None:
        self.lines[index].note = text
        self._tell(index)

    def end(self, index: int, status: Status) -> None:
        line = self.lines[index]
        line.status, line.seconds = status, time.monotonic() - line.began
        self._tell(index)

    def snapshot(self) -> Snapshot:
        return self.tally.snapshot(time.monotonic())

    def _tell(self, index: int) -> None:
        if self.display is not None:
            self.display.changed(self, index)


class PlainDisplay:
    """One line on stderr for each phase that is over."""

    def changed(self, board: Board, index: int) -> None:
        line = board.lines[index]
        seen = board.snapshot()
        text = f"{line.title} ({line.seconds:.1f} s): {line.note or 'done'}"
        match line.status:
            case Status.DONE:
                done(f"{text}; {seen.requests:,} requests, {seen.failures} failed, {seen.posts:,} posts")
            case Status.BROKEN:
                fail(text, None)
