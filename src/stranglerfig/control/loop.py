"""Keyed wake-ups: one coroutine a key, which sleeps until it is woken, its time has come, or the loop ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from stranglerfig.core.backoff import delay_after
from stranglerfig.errors import FigError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Next:
    """``wake_in`` seconds, or None: when woken. ``is_over``: the key is not needed any more."""

    wake_in: float | None = None
    is_over: bool = False


@dataclass(slots=True)
class Loop:
    """``tick`` never runs twice at once for one key. What it raises is logged, and it is tried again after a while."""

    tick: Callable[[str], Awaitable[Next]]
    _wakers: dict[str, asyncio.Event] = field(default_factory=dict)
    _tasks: asyncio.TaskGroup | None = None
    _jobs: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self, stop: asyncio.Event) -> None:
        """Until ``stop``; what still runs then is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            for key, waker in self._wakers.items():
                self._keep(tasks, self._serve(key, waker))
            await stop.wait()
            self._tasks = None
            for job in self._jobs:
                job.cancel()

    def wake(self, key: str) -> None:
        """Have the key looked at now, and once more if it is being looked at already."""
        waker = self._wakers.get(key)
        if waker is None:
            waker = self._wakers[key] = asyncio.Event()
            if self._tasks is not None:
                self._keep(self._tasks, self._serve(key, waker))
        waker.set()

    def spawn(self, job: Coroutine[Any, Any, None], what: str) -> None:
        """Run something long beside the ticks. It must be harmless to cancel it."""
        if self._tasks is None:
            job.close()
            return
        task = self._keep(self._tasks, _watched(job, what))
        # One that is cancelled before its first step has not even begun what it watches.
        task.add_done_callback(lambda _: job.close())

    def _keep(self, tasks: asyncio.TaskGroup, job: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = tasks.create_task(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)
        return task

    async def _serve(self, key: str, waker: asyncio.Event) -> None:
        failures = 0
        waker.set()
        wake_in: float | None = None
        while True:
            await _first_of(waker, wake_in)
            waker.clear()
            try:
                outcome = await self.tick(key)
            except Exception as error:  # noqa: BLE001 - one group's trouble must not stop the others
                failures += 1
                wake_in = delay_after(failures)
                _log_failure(key, error)
                continue
            failures, wake_in = 0, outcome.wake_in
            if outcome.is_over and not waker.is_set():
                del self._wakers[key]
                return


async def _first_of(waker: asyncio.Event, wake_in: float | None) -> None:
    try:
        async with asyncio.timeout(wake_in):
            await waker.wait()
    except TimeoutError:
        pass


async def _watched(job: Coroutine[Any, Any, None], what: str) -> None:
    try:
        await job
    except Exception as error:  # noqa: BLE001 - as above
        _log_failure(what, error)


def _log_failure(what: str, error: Exception) -> None:
    if isinstance(error, FigError):
        log.warning("%s: %s", what, error.message)
    else:
        log.error("%s: a defect in fig", what, exc_info=error)
