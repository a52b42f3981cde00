"""Runs to the end: of a job's moment, or of a one-off task. What becomes of one after an attempt. Pure.

As Step Functions has it: a failed attempt is repeated after 10 s, then 15 s, 22.5 s and so on, and the timeout covers
all attempts with the waits between them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from stranglerfig.core.containers import ContainerTargets
from stranglerfig.core.desired import ProcessTargets
from stranglerfig.core.observed import ObservedTask

FIRST_RETRY_S = 10.0
RETRY_FACTOR = 1.5


class RunKind(Enum):
    JOB = "job"
    TASK = "task"


class RunState(Enum):
    #: an attempt is going on, or the next one is waited for
    RUNNING = "RUNNING"
    #: its last attempt ended with exit status 0
    SUCCEEDED = "SUCCEEDED"
    #: its last attempt did not, and there are no retries left
    FAILED = "FAILED"
    #: its time was over before an attempt had succeeded
    TIMED_OUT = "TIMED_OUT"
    #: somebody ended it
    STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True)
class Run:
    """Times are UTC seconds. ``task`` is the attempt under way, ``tasks`` the ids of all attempts, oldest first.

    ``targets`` are what was deployed when it began: a deploy in its middle does not change what is retried. ``next_at``
    is when the next attempt begins, None while one goes on. ``copy`` tells the runs of one one-off task apart.
    """

    id: str
    app: str
    environment: str
    name: str
    kind: RunKind
    targets: ProcessTargets | ContainerTargets
    started_at: float
    revision: int = 1
    copy: int = 0
    retries: int = 0
    timeout_s: float | None = None
    ended_at: float | None = None
    attempts: int = 0
    state: RunState = RunState.RUNNING
    exit_status: int | None = None
    cause: str = ""
    next_at: float | None = None
    task: ObservedTask | None = None
    tasks: tuple[str, ...] = ()

    @property
    def is_over(self) -> bool:
        return self.state is not RunState.RUNNING

    @property
    def deadline(self) -> float | None:
        return None if self.timeout_s is None else self.started_at + self.timeout_s


def retry_delay(attempts: int) -> float:
    """Seconds to wait after ``attempts`` that failed."""
    # The exponent is bounded, so that a job of very many retries does not overflow a float.
    return float(FIRST_RETRY_S * RETRY_FACTOR ** min(attempts - 1, 50))


def after_attempt(run: Run, exit_status: int | None, cause: str, now: float) -> Run:
    """The attempt under way has ended by itself. ``exit_status`` None: it is not known, which is no success."""
    ended = replace(run, task=None, next_at=None, exit_status=exit_status, cause=cause)
    if exit_status == 0:
        return replace(ended, state=RunState.SUCCEEDED, ended_at=now, cause="")
    if run.attempts > run.retries:
        return replace(ended, state=RunState.FAILED, ended_at=now)
    return replace(ended, next_at=now + retry_delay(run.attempts))


def after_timeout(run: Run, now: float) -> Run:
    attempts = "1 attempt" if run.attempts == 1 else f"{run.attempts} attempts"
    cause = f"not done within {run.timeout_s:g} s, after {attempts}" if run.timeout_s is not None else ""
    cause = f"{cause}; the last one before: {run.cause}" if run.cause else cause
    return replace(run, task=None, next_at=None, state=RunState.TIMED_OUT, ended_at=now, cause=cause)


def after_stop(run: Run, reason: str, now: float) -> Run:
    return replace(run, task=None, next_at=None, state=RunState.STOPPED, ended_at=now, cause=reason)
