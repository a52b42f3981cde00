"""Carries runs to their end: jobs and one-off tasks, attempt after attempt. What becomes of one is decided in core.

Each step is booked before it is taken, so a run goes on under the next control plane: it adopts the attempt that is
under way, or goes on waiting for the next one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from stranglerfig.control.apps.attempts import Attempts
from stranglerfig.control.apps.run_lines import Source, follow_lines, read_lines
from stranglerfig.control.ports import RunStore, Store
from stranglerfig.core.excerpts import EVERYTHING, Excerpt
from stranglerfig.core.observed import ObservedTask, TaskState
from stranglerfig.core.runs import Run, after_attempt, after_stop, after_timeout
from stranglerfig.errors import Conflict, FigError, NotFound

log = logging.getLogger(__name__)

#: How long a look at a run may be put off although nothing was heard of it.
LOOK_S = 5.0
AGAIN_AFTER_S = 1.0


@dataclass(slots=True, eq=False)
class Runner:
    """``wall`` are UTC seconds. ``spawn`` runs something beside; it may be cancelled at any time."""

    runs: RunStore
    store: Store
    attempts: Attempts
    spawn: Callable[[Coroutine[Any, Any, None], str], None]
    wall: Callable[[], float]
    _stops: dict[str, str] = field(default_factory=dict)
    _pulse: asyncio.Event = field(default_factory=asyncio.Event)

    async def adopt(self) -> None:
        """Take the attempts of an earlier control plane back under watch. To be done before strays are ended.

        One that cannot be is taken to have ended; it must not keep a daemon from starting.
        """
        for run in self.runs.going():
            if run.task is not None:
                try:
                    await self.attempts.adopt(run.task)
                except FigError as error:
                    self._journal(run, "cannot adopt", error.message)

    def resume(self) -> None:
        """Go on with what the books say is going on."""
        for run in self.runs.going():
            self.go_on(run)

    def begin(self, *runs: Run, reason: str) -> None:
        self.book(*runs, reason=reason)
        for run in runs:
            self.go_on(run)

    def book(self, *runs: Run, reason: str) -> None:
        """For a caller that books more with them; then they ``go_on``."""
        with self.store.together():
            for run in runs:
                self.runs.save_run(run)
                self._journal(run, "run", reason)

    async def stop(self, run_id: str, reason: str) -> Run:
        """When this returns, the run is over. Idempotent."""
        run = self._find(run_id)
        if not run.is_over:
            self._stops[run_id] = reason
            self.ring()
        try:
            return await self.over(run_id)
        finally:
            self._stops.pop(run_id, None)

    async def stop_all(self, reason: str) -> None:
        going = self.runs.going()
        for run in going:
            self._stops[run.id] = reason
        self.ring()
        for run in going:
            await self.stop(run.id, reason)

    async def over(self, run_id: str) -> Run:
        """Wait for its end."""
        while not (run := self._find(run_id)).is_over:
            await self._hear(LOOK_S)
        return run

    def ring(self) -> None:
        """Something may have changed: a task has ended, a stop is wanted, a run has gone on."""
        self._pulse.set()
        self._pulse = asyncio.Event()

    async def lines(
        self, run_ids: tuple[str, ...], *, tail: int, follow: bool, excerpt: Excerpt = EVERYTHING
    ) -> AsyncIterator[tuple[str, str]]:
        """``(task id, line)``; with ``follow`` until all of the runs are over, and a moment longer."""
        runs = [self._find(run_id) for run_id in run_ids]
        if not runs:
            return
        group = self.attempts.group_of(runs[0])

        # Booked before it can say anything, a task is one of theirs from its first line on, or never.
        @cache
        def is_ours(task_id: str) -> bool:
            found = (self.runs.run(run_id) for run_id in run_ids)
            return any(task_id in run.tasks for run in found if run is not None)

        source = Source(self.attempts.runtime, group, is_ours, excerpt)
        redact = self.attempts.redact
        if follow:
            lines = follow_lines(source, tail, self._all_over(run_ids))
            async for task_id, line in lines:
                yield task_id, redact(group, line)
            return
        for task_id, line in await read_lines(source, tail):
            yield task_id, redact(group, line)

    async def _all_over(self, run_ids: tuple[str, ...]) -> None:
        for run_id in run_ids:
            # One that is deleted meanwhile is over as well.
            with contextlib.suppress(NotFound):
                await self.over(run_id)

    def go_on(self, run: Run) -> None:
        self.spawn(self._carry(run), f"run {run.id} of {run.app}.{run.environment}.{run.name}")

    async def _carry(self, run: Run) -> None:
        known: Run | None = run
        while known is not None and not known.is_over:
            try:
                known = await (self._await_turn(known) if known.task is None else self._see_out(known))
            except FigError as error:
                # Full disk, an engine that does not answer: it goes on from what is booked.
                log.warning("run %s: %s", run.id, error.message)
                known = await self._read_again(run.id)

    async def _read_again(self, run_id: str) -> Run | None:
        while True:
            await asyncio.sleep(AGAIN_AFTER_S)
            with contextlib.suppress(FigError):
                return self.runs.run(run_id)

    async def _await_turn(self, run: Run) -> Run:
        """Until the next attempt is due; then it is started."""
        while True:
            now = self.wall()
            if run.id in self._stops:
                return self._book(after_stop(run, self._stops[run.id], now))
            if run.deadline is not None and now >= run.deadline:
                return self._book(after_timeout(run, now))
            if run.next_at is None or now >= run.next_at:
                return await self._start(run)
            await self._hear(min(run.next_at, run.deadline or run.next_at) - now)

    async def _start(self, run: Run) -> Run:
        intent = self.attempts.intend(run)
        run = replace(run, attempts=run.attempts + 1, next_at=None, task=intent, tasks=(*run.tasks, intent.id))
        self._book(run)
        try:
            seen = await self.attempts.start(run, intent)
        except FigError as error:
            hint = f". {error.hint}" if error.hint else ""
            return self._book(after_attempt(run, None, f"it could not be started: {error.message}{hint}", self.wall()))
        return self._book(replace(run, task=seen))

    async def _see_out(self, run: Run) -> Run:
        """Until the attempt under way has ended, or is to."""
        assert run.task is not None
        while True:
            seen = self.attempts.see(run.task)
            if seen.state is TaskState.EXITED:
                outcome = await self.attempts.conclude(run, seen)
                booked = self._book(after_attempt(run, outcome.exit_status, outcome.cause, self.wall()))
                await self.attempts.forget(seen)
                return booked
            now = self.wall()
            if run.id in self._stops:
                await self._end(run, run.task)
                return self._book(after_stop(run, self._stops.get(run.id, ""), self.wall()))
            if run.deadline is not None and now >= run.deadline:
                await self._end(run, run.task)
                return self._book(after_timeout(run, self.wall()))
            await self._hear(LOOK_S if run.deadline is None else min(LOOK_S, run.deadline - now))

    async def _end(self, run: Run, task: ObservedTask) -> None:
        while True:
            try:
                await self.attempts.end(run, task)
            except FigError as error:
                self._journal(run, "stop failed", error.message)
                await asyncio.sleep(AGAIN_AFTER_S)
            else:
                return

    async def _hear(self, at_most_s: float) -> None:
        pulse = self._pulse
        try:
            async with asyncio.timeout(max(0.0, at_most_s)):
                await pulse.wait()
        except TimeoutError:
            pass

    def _book(self, run: Run) -> Run:
        with self.store.together():
            self.runs.save_run(run)
            if run.is_over:
                self._journal(run, f"run {run.state.value.lower()}", run.cause or "exit status 0")
            elif run.next_at is not None:
                self._journal(run, "attempt failed", run.cause)
        self.ring()
        return run

    def _find(self, run_id: str) -> Run:
        run = self.runs.run(run_id)
        if run is None:
            raise NotFound(f"no run {run_id!r}", hint="`fig job logs` names the runs of a job.")
        return run

    def _journal(self, run: Run, what: str, reason: str) -> None:
        self.store.journal(what, reason, subject=f"{run.kind.value} {run.app}.{run.environment}.{run.name}")


def refuse_second(runs: tuple[Run, ...]) -> None:
    """Raises ``Conflict`` if one of them is going on."""
    going = next((run for run in runs if not run.is_over), None)
    if going is not None:
        kind = going.kind.value
        raise Conflict(
            f"{kind} {going.name} is running already",
            hint=f"Wait for its end, or follow it with `fig {kind} logs --name {going.name} --follow`.",
        )
