"""What the ledger says of a listener: how much has moved, what still reaches legacy, what is idle. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from stranglerfig.core.ledger.records import OTHER, UNSEEN, Figures, Key, Side, Sighting

Settle = Callable[[str, str], str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """One endpoint as one target group answered it; ``last`` None: nothing is known of who called.

    ``has_left``: legacy answered it, and by the rules of now would not any more.
    """

    key: Key
    figures: Figures
    last: Sighting | None
    has_left: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """``endpoints`` are those that were asked; of them ``moved_endpoints`` do not reach legacy any more.

    ``still`` reach legacy, most requests first. ``idle`` were legacy's earlier and nobody asked them in this time.
    """

    listener: str
    requests: Mapping[Side, int]
    endpoints: int
    moved_endpoints: int
    entries: tuple[Entry, ...]
    idle: tuple[Entry, ...] = ()

    @property
    def still(self) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.key.side is Side.LEGACY and not entry.has_left)

    @property
    def moved_share(self) -> float | None:
        """Of the requests that a target answered, 0 to 1; None if there were none."""
        answered = self.requests[Side.MOVED] + self.requests[Side.LEGACY]
        return self.requests[Side.MOVED] / answered if answered else None


def add_up(rows: Iterable[tuple[Key, Figures]], settle: Settle) -> dict[Key, Figures]:
    """By the endpoints' names of now; ``settle`` is given listener and endpoint."""
    names: dict[Key, Key] = {}
    found: dict[Key, Figures] = {}
    for key, figures in rows:
        if key not in names:
            names[key] = _settled(key, settle)
        found.setdefault(names[key], Figures()).add(figures)
    return {key: figures for key, figures in found.items() if figures.requests}


def latest(sightings: Mapping[Key, Sighting], settle: Settle) -> dict[Key, Sighting]:
    found: dict[Key, Sighting] = {}
    for key, sighting in sightings.items():
        name = _settled(key, settle)
        if sighting.at and (name not in found or found[name].at < sighting.at):
            found[name] = sighting
    return found


def by_listener(values: Mapping[Key, T]) -> dict[str, dict[Key, T]]:
    found: dict[str, dict[Key, T]] = {}
    for key, value in values.items():
        found.setdefault(key.listener, {})[key] = value
    return found


def summarise(
    listener: str, totals: Mapping[Key, Figures], last: Mapping[Key, Sighting], left: Collection[Key] = frozenset()
) -> Summary:
    """``totals`` and ``last`` are the listener's own. ``left`` are legacy's of earlier."""
    entries = [Entry(key, figures, last.get(key), key in left) for key, figures in totals.items()]
    entries.sort(key=lambda entry: (-entry.figures.requests, entry.key.endpoint, entry.key.method, entry.key.group))
    requests = {side: sum(one.figures.requests for one in entries if one.key.side is side) for side in Side}
    named = {name_of(key) for key in totals if key.endpoint not in (OTHER, UNSEEN) and key.side is not Side.NOBODY}
    unmoved = {name_of(key) for key in totals if key.side is Side.LEGACY and key not in left}
    idle = [
        Entry(key, Figures(), sighting)
        for key, sighting in last.items()
        if key.side is Side.LEGACY and key not in totals and key.endpoint != UNSEEN
    ]
    idle.sort(key=lambda entry: (entry.last.at if entry.last else 0.0, entry.key.endpoint))
    return Summary(listener, requests, len(named), len(named - unmoved), tuple(entries), tuple(idle))


def name_of(key: Key) -> tuple[str, str]:
    return key.method, key.endpoint


def _settled(key: Key, settle: Settle) -> Key:
    endpoint = settle(key.listener, key.endpoint)
    return key if endpoint == key.endpoint else replace(key, endpoint=endpoint)
