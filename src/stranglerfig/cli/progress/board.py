"""Shows the tree while work goes on: drawn in place on a terminal, elsewhere a line for each thing that happens.

Work may go on in several threads; every change goes through the board, which holds the only lock.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from stranglerfig.cli.output import has_colour, say
from stranglerfig.cli.progress.tree import Status, Step, label, render_tree

HIDE_CURSOR = "\033[?25l"
SHOW_CURSOR = "\033[?25h"
REDRAW_S = 0.1
#: A build server keeps every frame in its log.
REDRAW_ON_CI_S = 30.0


class Board:
    """A context: from its beginning the tree is shown, at its end it is shown a last time and stays."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.in_place = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._drawn = 0
        self._is_aside = False
        self._said: dict[int, str] = {}
        self._painter = threading.Thread(target=self._paint, daemon=True)

    def __enter__(self) -> Board:
        if self.in_place:
            sys.stderr.write(HIDE_CURSOR)
            self._painter.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._ended.set()
        if self.in_place:
            self._painter.join()
            self._draw()
            sys.stderr.write(SHOW_CURSOR)
            sys.stderr.flush()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Draws nothing meanwhile: somebody is told or asked something. What was drawn stays, above that."""
        with self._lock:
            self._is_aside = True
            self._drawn = 0
            if self.in_place:
                sys.stderr.write(SHOW_CURSOR)
        try:
            yield
        finally:
            with self._lock:
                self._is_aside = False
                if self.in_place:
                    sys.stderr.write(HIDE_CURSOR)

    def add(self, text: str, *, under: Step | None = None) -> Step:
        """One that has not begun."""
        step = Step(text)
        with self._lock:
            (under.steps if under else self.steps).append(step)
        return step

    def begin(self, step: Step, detail: str = "") -> Step:
        """Also again."""
        step.ended = None
        return self._change(step, Status.IN_PROGRESS, detail)

    def tell(self, step: Step, detail: str) -> None:
        """Where it stands. What is odd about that may follow in a second line."""
        detail, _, odd = detail.partition("\n")
        with self._lock:
            step.reason = odd if self.in_place else ""
        self._change(step, step.status, detail if self.in_place or not odd else f"{detail}; {odd}")

    def end(self, step: Step, status: Status = Status.COMPLETE, *, detail: str | None = None, reason: str = "") -> None:
        with self._lock:
            step.ended = time.monotonic()
            step.began = step.began or step.ended
            step.reason = reason if self.in_place else ""
        self._change(step, status, step.detail if detail is None else detail)

    def end_quietly(self, step: Step, status: Status) -> None:
        """For what shows where it stood, and is no news: no line of its own."""
        with self._lock:
            step.ended, step.status = time.monotonic(), status

    def discard(self, step: Step) -> None:
        """One that stands at the top, and was not needed."""
        with self._lock:
            self.steps.remove(step)

    def _change(self, step: Step, status: Status, detail: str) -> Step:
        with self._lock:
            if step.began is None and status is not Status.NOT_STARTED:
                step.began = time.monotonic()
            step.status, step.detail = status, detail
            if not self.in_place:
                self._say(step)
        return step

    def _say(self, step: Step) -> None:
        text = f"- {label(step)}  [{step.status.value}]"
        if self._said.get(id(step)) != text:
            self._said[id(step)] = text
            say(text)

    def _paint(self) -> None:
        pause_s = REDRAW_ON_CI_S if os.environ.get("CI") == "true" else REDRAW_S
        while True:
            self._draw()
            if self._ended.wait(pause_s):
                return

    def _draw(self) -> None:
        size = shutil.get_terminal_size()
        with self._lock:
            if self._is_aside:
                return
            lines = render_tree(self.steps, time.monotonic(), size.columns)
            # What has scrolled off the screen cannot be drawn over: the end of a long tree is what moves.
            if not self._ended.is_set():
                lines = lines[-(size.lines - 1) :]
            if not has_colour(sys.stderr):
                import click

                lines = [click.unstyle(line) for line in lines]
            up = f"\033[{self._drawn}A" if self._drawn else ""
            sys.stderr.write(f"\r{up}\033[J" + "".join(f"{line}\n" for line in lines))
            sys.stderr.flush()
            self._drawn = len(lines)
