"""Plays the requests of a recording, at a steady rate, a few at a time; the report grows meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from stranglerfig.core.compare.copies import Copy, to_headers
from stranglerfig.core.compare.jobs import Address, Bounds, Job
from stranglerfig.core.compare.redaction import Policy
from stranglerfig.core.compare.report import Compared, Report
from stranglerfig.core.compare.rules import FieldRule
from stranglerfig.core.topology import HostHeader
from stranglerfig.core.traffic.endpoints import Endpoints
from stranglerfig.core.traffic.har import Entry
from stranglerfig.core.urls import TargetUrl, to_host_header
from stranglerfig.shadow.rounds import play
from stranglerfig.shadow.sender import Sender


@dataclass(frozen=True, slots=True)
class Wishes:
    """``against`` None: the recorded answers are legacy's. ``host_header`` None: what suits each URL, as for targets.

    ``rate`` is copies a second.
    """

    to: TargetUrl
    against: TargetUrl | None = None
    headers: tuple[tuple[str, str], ...] = ()
    host_header: HostHeader | None = None
    rules: tuple[FieldRule, ...] = ()
    policy: Policy = Policy()
    rate: float = 20.0
    concurrency: int = 8
    bounds: Bounds = Bounds()


@dataclass(slots=True)
class Replay:
    """``report`` and ``sent`` may be read at any time. Answers are compared in the recording's order, not in that in
    which they come: what is noise is learnt on the way, and two replays are to say the same.
    """

    sender: Sender
    wishes: Wishes
    report: Report = field(default_factory=Report)
    sent: int = 0
    _endpoints: Endpoints = field(default_factory=Endpoints)
    #: by number in the recording, what came before its turn
    _early: dict[int, Compared] = field(default_factory=dict)
    _turn: int = 0

    async def run(self, entries: Iterable[Entry], stop: asyncio.Event) -> None:
        """Until the last one is answered, or ``stop``: then what is under way is left."""
        known = list(entries)
        for entry in known:
            # All of them first, so that each has its final endpoint from the beginning.
            self._endpoints.learn(entry.copy.path)
        async with asyncio.TaskGroup() as tasks:
            work = tasks.create_task(self._play_all(known))
            stopping = tasks.create_task(stop.wait())
            await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for task in (work, stopping):
                task.cancel()
        for number in sorted(self._early):
            self.report.add(self._early.pop(number))

    async def _play_all(self, entries: list[Entry]) -> None:
        places = asyncio.Semaphore(self.wishes.concurrency)
        begin = time.monotonic()
        async with asyncio.TaskGroup() as tasks:
            for number, entry in enumerate(entries):
                await asyncio.sleep(begin + number / self.wishes.rate - time.monotonic())
                await places.acquire()
                tasks.create_task(self._play(number, entry)).add_done_callback(lambda _: places.release())

    async def _play(self, number: int, entry: Entry) -> None:
        copy = entry.copy
        endpoint = self._endpoints.settle(copy.path)
        # A write is done once, by the candidate alone: legacy has done it already.
        against = self.wishes.against if copy.is_safe else None
        job = Job(
            copy,
            endpoint,
            to_headers(copy, self.wishes.headers),
            self._address(copy, self.wishes.to),
            None if against is None else self._address(copy, against),
            entry.recorded,
            self.wishes.rules,
            self.wishes.policy,
            self.wishes.bounds,
        )
        self._take(number, await play(self.sender, job))

    def _take(self, number: int, compared: Compared) -> None:
        self.sent += 1
        self._early[number] = compared
        while self._turn in self._early:
            self.report.add(self._early.pop(self._turn))
            self._turn += 1

    def _address(self, copy: Copy, url: TargetUrl) -> Address:
        has_own = (self.wishes.host_header or to_host_header(url)) is HostHeader.TARGET or not copy.host
        origin = f"{url.scheme}://{url.authority}"
        return Address(origin, url.base_path + copy.target, url.authority if has_own else copy.host)
