"""Whether requests still arrive at a target: by the ledger, and by the rules that hold now."""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.control.context import Control
from stranglerfig.core.ledger.records import OTHER, Key, Sighting
from stranglerfig.core.ledger.summary import latest
from stranglerfig.core.routing.rules import Request
from stranglerfig.core.routing.trial import Table
from stranglerfig.errors import NotFound, Refused

#: what arrived so lately is expected to come again
LATELY_S = 60.0
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Arrival:
    key: Key
    last: Sighting


def arrivals(control: Control, group: str, within_s: float) -> list[Arrival]:
    """What was asked of a target group lately, the newest first."""
    after = control.ledger.wall() - within_s
    found = latest(
        {key: seen for key, seen in control.ledger.sightings.items() if key.group == group}, control.ledger.settle
    )
    recent = [Arrival(key, seen) for key, seen in found.items() if seen.at > after]
    return sorted(recent, key=lambda arrival: -arrival.last.at)


def refuse_arriving(control: Control, group: str, *, force_with: str) -> None:
    """Raises ``Refused`` when requests of the last minute would reach it again, were they sent now.

    Those that have another way by now, as a route or another service takes their path, are no reason to keep it.
    """
    found = [arrival for arrival in arrivals(control, group, LATELY_S) if would_arrive(control, arrival)]
    if found:
        raise Refused(
            f"requests still arrive at {group}: {describe(control, found)}",
            hint=f"Move these paths first, or insist: `{force_with}`. `fig ledger` shows all that arrives.",
        )


def describe(control: Control, found: list[Arrival]) -> str:
    now = control.ledger.wall()
    named = [
        f"{one.key.method} {_name(one)} ({ago(now - one.last.at)} ago by {one.last.client or 'somebody'})"
        for one in found[:MOST_NAMED]
    ]
    return ", ".join(named) + (f" and {len(found) - MOST_NAMED} others" if len(found) > MOST_NAMED else "")


def ago(seconds: float) -> str:
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def _name(arrival: Arrival) -> str:
    return arrival.last.path if arrival.key.endpoint == OTHER else arrival.key.endpoint


def would_arrive(control: Control, arrival: Arrival) -> bool:
    table = table_of(control, arrival.key.listener)
    return table is not None and reaches(table, arrival)


def table_of(control: Control, listener: str) -> Table | None:
    """None: it is gone."""
    try:
        return Table(control.books.listener(listener))
    except NotFound:
        return None


def reaches(table: Table, arrival: Arrival) -> bool:
    """Whether by these rules a request like the last one would reach the target that answered it."""
    request = Request(
        method=arrival.key.method,
        target=arrival.last.path or arrival.key.endpoint,
        host=arrival.last.host,
        source=arrival.last.client or "127.0.0.1",
    )
    return any(group == arrival.key.group for group, _ in table.outcome(request).shares)
