"""What can be known of both sides of a shift at this moment, from the data plane, access lines and shadows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from stranglerfig.control.books import Books
from stranglerfig.control.meter import Meter
from stranglerfig.control.shifts.books import Key
from stranglerfig.control.shifts.listening import Listening
from stranglerfig.core.compile import pool_of
from stranglerfig.core.desired import Route, RouteState
from stranglerfig.core.shift.evidence import Evidence
from stranglerfig.core.shift.measuring import Samples, Seen, see, weigh
from stranglerfig.core.shift.record import ShiftRecord
from stranglerfig.errors import FigError

#: rates are means over this long, at least
RATE_WINDOW_S = 2.0

#: proxy, route and UTC seconds -> copies that were compared since, and how many of them differ
Mismatches = Callable[[str, str, float], tuple[int, int]]


@dataclass(slots=True)
class Measuring:
    desired: Books
    meter: Meter
    listening: Listening
    mismatches: Mismatches
    _totals: dict[Key, deque[tuple[float, int, int]]] = field(default_factory=dict)

    def route(self, record: ShiftRecord) -> Route | None:
        """None if it is gone; one of the same id may be another one."""
        proxy = self.desired.desired.proxies.get(record.proxy)
        for route in () if proxy is None else proxy.routes:
            if route.id == record.route:
                sides = (route.candidate.group, route.legacy.group)
                return route if sides == (record.candidate, record.legacy) else None
        return None

    async def see(self, record: ShiftRecord) -> Seen:
        route = self.route(record)
        if route is None:
            return Seen(problem="its route is gone")
        if not self.desired.desired.running:
            return Seen(problem="fig is down")
        if route.state is not RouteState.ACTIVE:
            return Seen(problem=f"the route is {route.state.value}")
        try:
            groups = (await self.meter.pools()).groups
        except FigError as error:
            return Seen(problem=f"HAProxy does not answer: {error.message}")
        return see(groups, *_pools(record, route))

    def listen(self, record: ShiftRecord) -> None:
        """For what belongs to the window that is open."""
        route = self.route(record)
        if route is not None and record.window is not None:
            self.listening.open(record.key, *_pools(record, route), record.shift.since)

    def weigh(self, record: ShiftRecord, seen: Seen) -> Evidence:
        candidate, legacy = self.listening.latencies(record.key)
        compared = different = 0
        if record.shift.plan.limits.mismatch is not None:
            compared, different = self.mismatches(record.proxy, record.route, record.shift.since)
        return weigh(record, seen, Samples(candidate, legacy, compared, different))

    def rates(self, record: ShiftRecord, seen: Seen, now: float) -> tuple[float, float]:
        """Over the last looks."""
        totals = self._totals.setdefault(record.key, deque())
        if seen.problem is not None:
            totals.clear()
            return 0.0, 0.0
        totals.append((now, seen.candidate.totals.requests, seen.legacy.totals.requests))
        while len(totals) > 2 and totals[1][0] <= now - RATE_WINDOW_S:
            totals.popleft()
        (then, candidate, legacy), (at, candidate_now, legacy_now) = totals[0], totals[-1]
        if at <= then:
            return 0.0, 0.0
        elapsed = at - then
        return max(0, candidate_now - candidate) / elapsed, max(0, legacy_now - legacy) / elapsed

    def forget(self, key: Key) -> None:
        self.listening.close(key)
        self._totals.pop(key, None)


def _pools(record: ShiftRecord, route: Route) -> tuple[str, str]:
    return (
        pool_of(record.proxy, route, route.candidate).name,
        pool_of(record.proxy, route, route.legacy).name,
    )
