"""Takes copies of requests from access lines, has them asked of both sides, and keeps what the answers show.

All that is slow is another process's (``ports.Replayer``). What comes too fast is dropped and counted.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from stranglerfig.control.books import Books
from stranglerfig.control.ports import Replayer, ShadowStore
from stranglerfig.control.shadows.addresses import Origins
from stranglerfig.control.shadows.bodies import Bodies
from stranglerfig.control.shadows.watch import Watch
from stranglerfig.control.traffic.hub import Hub
from stranglerfig.core.compare.answers import Answer
from stranglerfig.core.compare.copies import MARKER, SAFE, Copy, to_headers
from stranglerfig.core.compare.jobs import Address, Job
from stranglerfig.core.compare.report import Report
from stranglerfig.core.compare.shadow import Counts, Shadow
from stranglerfig.core.compare.ways import Taken, Way, to_way
from stranglerfig.core.traffic.endpoints import Endpoints
from stranglerfig.core.traffic.lines import AccessLine
from stranglerfig.core.traffic.lines import Copy as LineCopy
from stranglerfig.errors import FigError, NotFound

log = logging.getLogger(__name__)

Key = tuple[str, str]
#: how often what is new is written down, and how many endpoints at a time
SAVE_EVERY_S = 1.0
MOST_SAVED = 40


@dataclass(slots=True)
class Shadows:
    """``wall`` is in UTC seconds. ``tally`` is what limits of shifts go by."""

    store: ShadowStore
    books: Books
    origins: Origins
    replayer: Replayer
    hub: Hub
    wall: Callable[[], float]
    bodies: Bodies
    clock: Callable[[], float] = time.monotonic
    watches: dict[Key, Watch] = field(default_factory=dict)
    _ways: dict[Key, tuple[object, Way | None]] = field(default_factory=dict)
    _unsubscribe: Callable[[], None] | None = None

    def read(self) -> None:
        """What was there when the last daemon ended."""
        for shadow, counts in self.store.shadows():
            self.watches[shadow.key] = self._watch(shadow, counts)
        self.sweep()
        self._listen()

    async def run(self) -> None:
        """Writes down what is new, until cancelled; at its end, too."""
        try:
            while True:
                await asyncio.sleep(SAVE_EVERY_S)
                try:
                    await self._write_down()
                except FigError as error:
                    # The disk may be full, and all else goes on.
                    log.warning("what shadows show waits: %s", error.message)
        finally:
            try:
                for watch in self.watches.values():
                    news = watch.to_save(len(watch.dirty))
                    if news is not None:
                        self.store.save_reports(*news)
            except FigError as error:
                log.warning("what shadows have shown last is lost: %s", error.message)

    async def _write_down(self) -> None:
        self.sweep()
        await self.bodies.settle()
        for watch in tuple(self.watches.values()):
            watch.settle()
            news = watch.to_save(MOST_SAVED)
            if news is None:
                continue
            try:
                await asyncio.to_thread(self.store.save_reports, *news)
            except BaseException:
                watch.take_back(news)
                raise

    def find(self, key: Key) -> Watch:
        watch = self.watches.get(key)
        if watch is None:
            raise NotFound(
                f"route {key[1]!r} of proxy {key[0]!r} has no shadow",
                hint=f"`fig shadow start {key[0]} {key[1]}` begins one, `fig shadow ls` lists them.",
            )
        return watch

    def write(self, shadow: Shadow, reason: str) -> None:
        """Into the books. What an earlier one of the route has shown is forgotten."""
        self.store.delete_shadow(shadow.key, "begun anew")
        self.store.save_shadow(shadow, reason)

    def begin(self, shadow: Shadow) -> Watch:
        """One that is in the books."""
        self.watches[shadow.key] = self._watch(shadow, Counts())
        self._listen()
        return self.watches[shadow.key]

    def end(self, key: Key, reason: str) -> Watch:
        """No more copies; its report stays. Idempotent."""
        watch = self.find(key)
        if watch.shadow.ended_at is None:
            ended = replace(watch.shadow, ended_at=self.wall())
            self.store.save_shadow(ended, reason)
            watch.shadow = ended
            self._listen()
        return watch

    def sweep(self) -> None:
        """A shadow ends with its route."""
        for key in tuple(self.watches):
            proxy = self.books.desired.proxies.get(key[0])
            if proxy is None or not any(route.id == key[1] for route in proxy.routes):
                self.store.delete_shadow(key, "its route is gone")
                del self.watches[key]
                self._listen()

    def user_of(self, group: str) -> Shadow | None:
        """One that runs and has its copies answered by that target group."""
        running = (watch.shadow for watch in self.watches.values() if watch.shadow.ended_at is None)
        return next((shadow for shadow in running if shadow.candidate.group == group), None)

    def tally(self, proxy: str, route: str, since: float) -> tuple[int, int]:
        """Copies of a route that its own candidate has answered since a moment (UTC seconds), and how many differ."""
        watch = self.watches.get((proxy, route))
        known = self.books.desired.proxies.get(proxy)
        found = next((one for one in known.routes if one.id == route), None) if known is not None else None
        if watch is None or found is None or watch.shadow.candidate.group != found.candidate.group:
            return 0, 0
        return watch.tally.since(since)

    def see(self, line: AccessLine) -> None:
        """Each line of every listener comes here: what is not wanted must be seen at once."""
        copy = line.copy
        if copy is None or any(name.lower() == MARKER[0].lower() for name, _ in copy.headers):
            return
        for watch in self.watches.values():
            shadow = watch.shadow
            if shadow.ended_at is None and shadow.proxy == line.listener:
                self._offer(watch, line)

    def _offer(self, watch: Watch, line: AccessLine) -> None:
        assert line.copy is not None
        way = self._way(watch.shadow)
        is_meant = line.method in SAFE or (watch.shadow.writes and _is_whole(line, line.copy))
        # What is cheap to see comes first: there may be hundreds of lines a second, and most are beyond the rate.
        if way is None or not is_meant or line.pool not in way.pools or not watch.draws(line):
            return
        if watch.is_over_rate():
            if line.target.startswith(way.heads):
                watch.count(over_rate=1)
            return
        taken = way.takes(line, line.copy.headers)
        if taken is None or not watch.takes_turn():
            return
        job = self._job(watch, way, taken, line)
        if job is None:
            watch.count(nobody=1)
        elif self.replayer.offer(job, lambda compared: watch.take(compared, self.wall())):
            watch.send()
        else:
            watch.count(no_room=1)

    def _job(self, watch: Watch, way: Way, taken: Taken, line: AccessLine) -> Job | None:
        """None: one side has nobody to ask. A write is done by the candidate alone, and its status compared."""
        copy = _to_copy(line)
        candidate = self._address(way.shadow.candidate.group, lambda base: way.candidate_target(taken, base), copy)
        legacy = self._address(way.route.legacy.group, lambda base: way.legacy_target(taken, base), copy)
        if candidate is None or legacy is None or (not copy.is_safe and not line.status):
            return None
        endpoint = watch.endpoints.learn(taken.target.path)
        return Job(
            copy=copy,
            endpoint=endpoint,
            headers=to_headers(copy, _forwarded(line, copy)),
            candidate=candidate,
            legacy=legacy if copy.is_safe else None,
            recorded=Answer(line.status, is_bare=True),
            rules=way.shadow.rules,
            policy=way.shadow.policy,
            bounds=way.shadow.bounds,
            wants_example=watch.wants_example(copy.method, endpoint),
        )

    def _address(self, group: str, target: Callable[[str], str], copy: Copy) -> Address | None:
        origin = self.origins.next(group)
        return None if origin is None else origin.address(target(origin.base_path), copy.host)

    def _way(self, shadow: Shadow) -> Way | None:
        """Made anew when the proxy has changed."""
        proxy = self.books.desired.proxies.get(shadow.proxy)
        known = self._ways.get(shadow.key)
        if known is None or known[0] is not proxy or (known[1] is not None and known[1].shadow is not shadow):
            way = None if proxy is None else to_way(shadow, self.books.compiled(proxy))
            known = self._ways[shadow.key] = (proxy, way)
        return known[1]

    def _watch(self, shadow: Shadow, counts: Counts) -> Watch:
        reports = self.store.reports(shadow.key)
        report = Report({(one.method, one.endpoint): one for one in reports})
        endpoints = Endpoints.of(one.endpoint for one in reports)
        return Watch(shadow, counts, report, endpoints, self.clock)

    def _listen(self) -> None:
        """Lines are looked at, and the other process is there, only while a shadow runs."""
        running = [watch.shadow for watch in self.watches.values() if watch.shadow.ended_at is None]
        self.bodies.shadows = frozenset(shadow.key for shadow in running if shadow.writes)
        is_wanted = bool(running)
        if is_wanted and self._unsubscribe is None:
            self._unsubscribe = self.hub.subscribe(self.see)
        elif not is_wanted and self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
            self.replayer.rest()


def _is_whole(line: AccessLine, copy: LineCopy) -> bool:
    """Whether what was written is known. HTTP/2 needs no header to say that there was a body."""
    has_said = line.method == "DELETE" or any(name.lower() == "content-length" for name, _ in copy.headers)
    return copy.body is not None and (has_said or bool(copy.body))


def _to_copy(line: AccessLine) -> Copy:
    assert line.copy is not None
    return Copy(line.method, line.target, line.host, line.copy.headers, line.copy.body or b"")


def _forwarded(line: AccessLine, copy: Copy) -> tuple[tuple[str, str], ...]:
    """What HAProxy tells targets of the client."""
    before = [value for name, value in copy.headers if name.lower() == "x-forwarded-for"]
    return (
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-Host", line.host),
        ("X-Forwarded-For", ", ".join((*before, line.client))),
    )
