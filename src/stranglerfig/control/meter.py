"""Reads HAProxy's totals now and then, and makes rates of them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from stranglerfig.control.ports import Router
from stranglerfig.core.observed import ObservedDataplane
from stranglerfig.core.totals import to_target_groups
from stranglerfig.errors import FigError

log = logging.getLogger(__name__)

#: rates are means over this long, at least
WINDOW_S = 2.0
#: an observation this old is still good for a list
FRESH_S = 0.25
EAGER_INTERVAL_S = 1.0
LAZY_INTERVAL_S = 10.0
#: of a thousand target groups the totals take long to read: nobody asks, so it must cost next to nothing
IDLE_PER_COST = 200.0
#: how long after the last question somebody is taken to be watching
EAGER_FOR_S = 10.0
NOTHING = ObservedDataplane(version="", workers=0, groups=(), listener_requests=())


@dataclass(frozen=True, slots=True)
class Reading:
    """``group_rates`` and ``listener_rates``: requests a second by name."""

    seen: ObservedDataplane
    group_rates: dict[str, float]
    listener_rates: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Totals:
    at: float
    groups: dict[str, int]
    listeners: dict[str, int]


@dataclass(slots=True)
class Meter:
    router: Router
    is_running: Callable[[], bool]
    clock: Callable[[], float]
    #: how long the last look at HAProxy took
    cost_s: float = 0.0
    _pools: ObservedDataplane = NOTHING
    _seen: ObservedDataplane = NOTHING
    _totals: deque[_Totals] = field(default_factory=deque)
    _asked_at: float = float("-inf")
    _looked_at: float = float("-inf")
    _asked: asyncio.Event = field(default_factory=asyncio.Event)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def read(self) -> Reading:
        """What is so now. While HAProxy does not answer, what was so last."""
        self._asked_at = self.clock()
        self._asked.set()
        try:
            await self._look(max_age_s=FRESH_S)
        except FigError as error:
            log.warning("metering: %s", error.message)
        return self._reading()

    async def pools(self) -> ObservedDataplane:
        """What is so now, by pool instead of by target group. Raises ``Unavailable`` when HAProxy does not answer.

        However many ask meanwhile, one look does for all of them: each of many shifts has a view of its own.
        """
        await self._look(max_age_s=0.0)
        return self._pools

    async def run(self) -> None:
        """Keep a history: closely while somebody asks, loosely otherwise, for the next one who does."""
        while True:
            try:
                await self._look(max_age_s=FRESH_S)
            except FigError as error:
                log.warning("metering: %s", error.message)
            if self.clock() - self._asked_at < EAGER_FOR_S:
                await asyncio.sleep(EAGER_INTERVAL_S)
                continue
            self._asked.clear()
            try:
                async with asyncio.timeout(max(LAZY_INTERVAL_S, self.cost_s * IDLE_PER_COST)):
                    await self._asked.wait()
            except TimeoutError:
                continue

    async def _look(self, *, max_age_s: float) -> None:
        asked_at = self.clock()
        async with self._turn:
            now = self.clock()
            if not self.is_running():
                self._seen = self._pools = NOTHING
                self._totals.clear()
                return
            if self._totals and (now - self._totals[-1].at < max_age_s or self._looked_at > asked_at):
                return
            self._pools = await self.router.observe()
            self._seen, self._looked_at = to_target_groups(self._pools), now
            self.cost_s = self.clock() - now
            groups = {group.name: group.counters.requests for group in self._seen.groups}
            self._totals.append(_Totals(self.clock(), groups, dict(self._seen.listener_requests)))
            while len(self._totals) > 2 and self._totals[1].at <= now - WINDOW_S:
                self._totals.popleft()

    def _reading(self) -> Reading:
        if len(self._totals) < 2:
            return Reading(self._seen, {}, {})
        first, last = self._totals[0], self._totals[-1]
        elapsed = last.at - first.at
        return Reading(
            self._seen,
            _to_rates(first.groups, last.groups, elapsed),
            _to_rates(first.listeners, last.listeners, elapsed),
        )


def _to_rates(first: dict[str, int], last: dict[str, int], elapsed: float) -> dict[str, float]:
    # A target group that was deleted and made again counts from nought: that is no negative rate.
    return {name: max(0, total - first.get(name, 0)) / elapsed for name, total in last.items() if name in first}
