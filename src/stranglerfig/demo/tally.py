"""What the clients told so far. Written by their readers' threads, read by the display's."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass, field

from stranglerfig.demo.exchange import Event, Outcome

RATE_WINDOW_S = 1.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """``rates`` are requests a second by area and who answered."""

    requests: int
    failures: int
    posts: int
    rates: dict[tuple[str, str], float]


@dataclass(slots=True)
class Tally:
    _events: list[Event] = field(default_factory=list)
    _recent: deque[Event] = field(default_factory=deque)
    _failures: int = 0
    _posts: int = 0
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def hear(self, events: list[Event]) -> None:
        with self._turn:
            self._events += events
            self._recent += events
            self._failures += sum(event.outcome is not Outcome.OK for event in events)
            self._posts += sum(event.method == "POST" and event.outcome is Outcome.OK for event in events)
            # Several processes tell in turn, so this is in order but for a few milliseconds.
            while self._recent and self._recent[0].done < self._recent[-1].done - RATE_WINDOW_S:
                self._recent.popleft()

    def events(self) -> list[Event]:
        with self._turn:
            return list(self._events)

    def clients(self) -> set[str]:
        """The kinds of client that have been heard of."""
        with self._turn:
            return {event.client for event in self._events}

    def snapshot(self, now: float) -> Snapshot:
        with self._turn:
            recent = Counter((e.area, e.served_by) for e in self._recent if now - e.done <= RATE_WINDOW_S)
            rates = {key: count / RATE_WINDOW_S for key, count in recent.items()}
            return Snapshot(len(self._events), self._failures, self._posts, rates)
