"""Between whoever changes stacks and whoever watches: what is told, and how it is interrupted."""

from __future__ import annotations

import threading
import time
from typing import Protocol

from stranglerfig.aws.stacks.values import StackEvent, StackOrder


class Interrupted(Exception):
    """Ctrl-C, as whoever waits learns of it."""


class Interruption:
    """Ctrl-C may come again; each work counts those that it has heard of, so that several may go on side by side."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    @property
    def count(self) -> int:
        return self._count

    def interrupt(self) -> None:
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def wait(self, timeout_s: float, *, heard: int) -> bool:
        """Whether there were more than ``heard`` within that time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count > heard, timeout_s)


class Telling(Protocol):
    """Of one stack. ``path`` is its own name, then logical ids of stacks in it, then that of the resource."""

    def begin(self, order: StackOrder) -> None: ...

    def say(self, text: str) -> None:
        """What is being done now."""

    def note(self, text: str) -> None:
        """A sentence that is to stay."""

    def event(self, path: tuple[str, ...], event: StackEvent) -> None: ...

    def service(self, path: tuple[str, ...], lines: tuple[str, ...]) -> None:
        """How the tasks of a service fare, a line for each deployment."""


class Silent:
    """Tells nobody."""

    def begin(self, order: StackOrder) -> None:
        pass

    def say(self, text: str) -> None:
        pass

    def note(self, text: str) -> None:
        pass

    def event(self, path: tuple[str, ...], event: StackEvent) -> None:
        pass

    def service(self, path: tuple[str, ...], lines: tuple[str, ...]) -> None:
        pass


class Patience:
    """Waits between looks, in ever longer steps, and hears of interruptions."""

    FIRST_S, LONGEST_S, GROWTH = 0.2, 3.0, 1.5

    def __init__(self, interruption: Interruption, heard: int) -> None:
        self._interruption = interruption
        self._heard = heard
        self._pause_s = self.FIRST_S
        self._began = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self._began

    def pause(self, longest_s: float | None = None) -> None:
        """Raises ``Interrupted``."""
        pause_s = min(self._pause_s, longest_s or self._pause_s)
        self._pause_s = min(self._pause_s * self.GROWTH, self.LONGEST_S)
        if self._interruption.wait(pause_s, heard=self._heard):
            raise Interrupted
