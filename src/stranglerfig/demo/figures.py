"""What the clients' events say: latencies, shares, cut-over times. *(pure)*"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stranglerfig.demo.exchange import Event, Outcome
from stranglerfig.demo.story import MONOLITH


@dataclass(frozen=True, slots=True)
class Window:
    """``start`` and ``end`` are seconds of the monotonic clock."""

    start: float
    end: float

    def holds(self, event: Event) -> bool:
        return self.start <= event.sent and event.done <= self.end


@dataclass(frozen=True, slots=True)
class Latency:
    """From the first byte sent to the last byte received, of the requests that were answered."""

    requests: int
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Move:
    """One weight that was set: commanded at ``began``, in force at ``ended``, changed again at ``until``."""

    area: str
    to: str
    before: float
    weight: float
    began: float
    ended: float
    until: float


@dataclass(frozen=True, slots=True)
class Step:
    """``seen`` is the percentage that the new side answered, None if nothing was asked."""

    area: str
    weight: float
    requests: int
    seen: float | None
    command_ms: float


@dataclass(frozen=True, slots=True)
class Cutover:
    """A move of everything to one side.

    ``first_ms``: command to the end of the first answer of that side (only where the other side had all before);
    ``all_ms``: command to the last request that was sent and still answered by the other side, 0 if there was none;
    ``late``: how many of those were sent after the command had returned.
    """

    area: str
    to: str
    command_ms: float
    first_ms: float | None
    all_ms: float
    late: int


@dataclass(frozen=True, slots=True)
class Compared:
    """Copies that legacy and the candidate answered; ``worst`` is where answers differ most often, empty for none."""

    candidate: str
    compared: int
    different: int
    worst: str


@dataclass(frozen=True, slots=True)
class Tried:
    """A shift that is over. ``weight`` is the most it had, in percent; ``met`` requests were the candidate's."""

    candidate: str
    phase: str
    weight: float
    met: int
    seconds: float
    reason: str

    @property
    def is_taken_back(self) -> bool:
        return self.phase == "ROLLED_BACK"


def measure_latency(events: Iterable[Event], window: Window) -> Latency | None:
    """None if nothing was answered."""
    times = sorted(e.done - e.sent for e in events if e.outcome is Outcome.OK and window.holds(e))
    if not times:
        return None
    return Latency(len(times), 1000 * percentile(times, 50), 1000 * percentile(times, 99))


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The smallest value that so many percent do not exceed."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def measure_step(events: Iterable[Event], move: Move) -> Step:
    after = [e for e in events if e.area == move.area and e.served_by and move.ended <= e.sent < move.until]
    moved = sum(e.served_by == move.to for e in after)
    seen = 100 * moved / len(after) if after else None
    return Step(move.area, move.weight, len(after), seen, 1000 * (move.ended - move.began))


def measure_cutover(events: Iterable[Event], move: Move) -> Cutover | None:
    """None for a move to something in between."""
    if move.weight not in (0, 100):
        return None
    to, other = (move.to, MONOLITH) if move.weight == 100 else (MONOLITH, move.to)
    was_elsewhere = move.before == 100 - move.weight
    after = [e for e in events if e.area == move.area and move.began <= e.sent < move.until]
    followed = [e.done for e in after if e.served_by == to]
    stayed = [e.sent for e in after if e.served_by == other]
    return Cutover(
        area=move.area,
        to=to,
        command_ms=1000 * (move.ended - move.began),
        first_ms=1000 * (min(followed) - move.began) if followed and was_elsewhere else None,
        all_ms=1000 * (max(stayed) - move.began) if stayed else 0.0,
        late=sum(sent > move.ended for sent in stayed),
    )


def count_flaps(events: Iterable[Event], area: str) -> int:
    """How often a user of a sticky area came back to the monolith after the new side had answered."""
    moved: set[str] = set()
    flaps = 0
    for event in sorted((e for e in events if e.area == area and e.served_by), key=lambda e: e.sent):
        if event.served_by != MONOLITH:
            moved.add(event.user)
        elif event.user in moved:
            moved.discard(event.user)
            flaps += 1
    return flaps


def count_failures(events: Iterable[Event]) -> dict[str, int]:
    """By kind, every kind named."""
    counted = Counter(event.outcome for event in events)
    return {outcome.value: counted[outcome] for outcome in Outcome if outcome is not Outcome.OK}
