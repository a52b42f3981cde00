"""Runs jobs when they are due: each moment once, and not while the run before is still going on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from stranglerfig.control.apps.moments import count_from, last_due, next_moment
from stranglerfig.control.apps.runner import Runner
from stranglerfig.control.ports import AppStore, RunStore, Store
from stranglerfig.core.application import Deployment, Schedule
from stranglerfig.core.runs import Run, RunKind
from stranglerfig.errors import FigError

log = logging.getLogger(__name__)

#: A moment that is missed by more than this, because nobody was there, is not made up for.
AT_MOST_LATE_S = 300.0
#: How long a look may be put off: the clock may have been set.
LOOK_S = 30.0


@dataclass(slots=True, eq=False)
class Scheduler:
    """``wall`` are UTC seconds. ``is_running`` False: fig is down, and nothing is begun."""

    apps: AppStore
    runs: RunStore
    store: Store
    runner: Runner
    serial: Callable[[], str]
    wall: Callable[[], float]
    is_running: Callable[[], bool]
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """Jobs have come, gone or changed."""
        self._woken.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                wait_s = self.look()
            except FigError as error:
                # The books cannot be read: they may be again.
                log.warning("jobs are not looked at: %s", error.message)
                wait_s = LOOK_S
            try:
                async with asyncio.timeout(wait_s):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()

    def look(self) -> float:
        """Begin what is due; seconds until the next look."""
        if not self.is_running():
            return LOOK_S
        now = self.wall()
        waits = [LOOK_S]
        for deployment in self.apps.scheduled():
            schedule = deployment.workload.schedule
            if schedule is not None:
                try:
                    due = self._look_at(deployment, schedule, now)
                except FigError as error:
                    # One job's trouble must not keep the others from their moments.
                    log.warning("job %s: %s", deployment.workload.name, error.message)
                    continue
                waits += [due - now] if due is not None else []
        return max(0.0, min(waits))

    def note_deployed(self, deployment: Deployment, reason: str) -> None:
        """Its schedule counts from now on, if it is a new one. To be called before the deployment is booked."""
        workload = deployment.workload
        key = (workload.app, workload.environment, workload.name)
        known = [one.workload for one in self.apps.deployments(workload.app, workload.environment)]
        is_known = any(one.name == workload.name and one.schedule == workload.schedule for one in known)
        if workload.schedule is not None and not (is_known and self.runs.moment(*key) is not None):
            self.runs.save_moment(*key, self.wall(), reason)

    def start(self, deployment: Deployment, reason: str) -> Run:
        """A run of the job, now."""
        run = self._to_run(deployment)
        self.runner.begin(run, reason=reason)
        return run

    def _look_at(self, deployment: Deployment, schedule: Schedule, now: float) -> float | None:
        """Begin it if it is due; the next moment."""
        workload = deployment.workload
        key = (workload.app, workload.environment, workload.name)
        seen = self.runs.moment(*key)
        seen = now if seen is None else seen
        due = last_due(schedule, seen, now, at_most_late=AT_MOST_LATE_S)
        if due is None:
            return next_moment(schedule, count_from(schedule, seen, now - AT_MOST_LATE_S))
        if any(not run.is_over for run in self.runs.runs(*key) if run.kind is RunKind.JOB):
            self.runs.save_moment(*key, due, "passed over: the run before is still going on")
        else:
            try:
                # The moment and the run come together, or a death between them would run it twice, or never.
                with self.store.together():
                    self.runs.save_moment(*key, due, "its schedule")
                    run = self._to_run(deployment)
                    self.runner.book(run, reason="its schedule")
            except FigError as error:
                self.runs.save_moment(*key, due, f"it could not be run: {error.message}")
            else:
                self.runner.go_on(run)
        return next_moment(schedule, due)

    def _to_run(self, deployment: Deployment) -> Run:
        workload = deployment.workload
        assert workload.job is not None
        schedule = workload.schedule or Schedule()
        return Run(
            id=self.serial(),
            app=workload.app,
            environment=workload.environment,
            name=workload.name,
            kind=RunKind.JOB,
            targets=workload.job,
            started_at=self.wall(),
            revision=deployment.revision,
            retries=schedule.retries,
            timeout_s=schedule.timeout_s,
        )
