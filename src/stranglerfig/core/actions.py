"""What the control plane may do to the tasks of a target group. Each one is harmless when done twice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StartTask:
    """``index`` is the lowest one that no living task of the revision has."""

    index: int


@dataclass(frozen=True, slots=True)
class RouteTask:
    """Into the rotation: it is healthy."""

    task_id: str


@dataclass(frozen=True, slots=True)
class DrainTask:
    """Nothing new; what it has, it finishes."""

    task_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class StopTask:
    task_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class FailTask:
    """Stop a task that did not become healthy in time, and hold that against its revision."""

    task_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class ForgetTask:
    """It is gone: out of the rotation and out of the books."""

    task_id: str


@dataclass(frozen=True, slots=True)
class PutInForce:
    """All wanted tasks of the revision serve: its health check and ingress hold from now on."""

    revision: int


@dataclass(frozen=True, slots=True)
class TakeBack:
    """The group returns to ``good``, whose tasks have served all the while; or, if they are gone, start again."""

    failed: int
    good: int
    reason: str


Action = StartTask | RouteTask | DrainTask | StopTask | FailTask | ForgetTask | PutInForce | TakeBack
