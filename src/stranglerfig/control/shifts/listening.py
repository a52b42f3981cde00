"""What access lines tell of shifts: how long both sides take, and which requests the candidate fails."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from stranglerfig.control.shifts.books import Key
from stranglerfig.control.traffic.hub import Hub
from stranglerfig.core.compare.curl import storable
from stranglerfig.core.compare.redaction import Redactor
from stranglerfig.core.shift.evidence import Histogram, bucket_of
from stranglerfig.core.shift.record import MOST_EXAMPLES
from stranglerfig.core.traffic.lines import AccessLine

_FAILURES = 500


@dataclass(slots=True)
class _Window:
    """``pools`` are candidate and legacy."""

    pools: tuple[str, str]
    since: float
    counts: dict[str, Counter[int]]
    examples: deque[str]


@dataclass(slots=True)
class Listening:
    """Subscribes while there is a shift to listen for."""

    hub: Hub
    _windows: dict[Key, _Window] = field(default_factory=dict)
    _by_pool: dict[str, _Window] = field(default_factory=dict)
    _end: Callable[[], None] | None = None

    def open(self, key: Key, candidate: str, legacy: str, since: float) -> None:
        """From then on, and nothing of before."""
        pools = (candidate, legacy)
        kept = self._windows.get(key)
        if kept is not None and (kept.pools, kept.since) == (pools, since):
            return
        self._forget(key)
        window = _Window(pools, since, {pool: Counter() for pool in pools}, deque(maxlen=MOST_EXAMPLES))
        self._windows[key] = window
        self._by_pool.update(dict.fromkeys(pools, window))
        if self._end is None:
            self._end = self.hub.subscribe(self.note)

    def close(self, key: Key) -> None:
        self._forget(key)
        if not self._windows and self._end is not None:
            self._end()
            self._end = None

    def latencies(self, key: Key) -> tuple[Histogram, Histogram]:
        """Of candidate and legacy."""
        window = self._windows.get(key)
        if window is None:
            return Histogram(), Histogram()
        candidate, legacy = (Histogram.of(window.counts[pool]) for pool in window.pools)
        return candidate, legacy

    def examples(self, key: Key) -> tuple[str, ...]:
        window = self._windows.get(key)
        return () if window is None else tuple(window.examples)

    def note(self, line: AccessLine) -> None:
        window = self._by_pool.get(line.pool)
        if window is None or line.at < window.since:
            return
        # Without an answer, it took at least as long as its client, or HAProxy, had patience.
        window.counts[line.pool][bucket_of(line.total_ms if line.answer_ms is None else line.answer_ms)] += 1
        if line.pool == window.pools[0] and line.status >= _FAILURES:
            window.examples.append(_to_example(line))

    def _forget(self, key: Key) -> None:
        window = self._windows.pop(key, None)
        for pool in window.pools if window is not None else ():
            self._by_pool.pop(pool, None)


def _to_example(line: AccessLine) -> str:
    """Without what may be secret, such as the query's values: it goes to hooks, and into reports."""
    path = storable(Redactor().target(line.path))
    query = "?…" if "?" in line.target else ""
    told = f", X-Request-Id {line.request_id}" if line.request_id else ""
    return f"{line.method} {path}{query}: {line.status} in {line.total_ms:.0f} ms{told}"
