"""The shapes by which shifts cross the API. Shares and weights are percent, times ISO 8601 in UTC."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

Verb = Literal["pause", "resume", "promote", "abort"]


class LimitsWire(TypedDict, total=False):
    """What is absent has its default; None: not watched."""

    error_increase: float
    latency_ratio: float | None
    mismatch: float | None
    minimum_requests: int


class StartShift(TypedDict):
    """``to`` is a URL or target group (default: the route's candidate). ``steps`` percent, the last one 100.

    ``cohorts`` are requests that the candidate gets first, whatever its share: ``header:X-Beta=1``, ``cookie:beta=1``,
    ``source:10.0.0.0/8``, with ``*`` and ``?``. A step of 0 % comes first then.

    ``force`` begins even where a side has nobody to answer.
    """

    to: NotRequired[str]
    steps: NotRequired[list[float]]
    bake_s: NotRequired[float]
    limits: NotRequired[LimitsWire]
    cohorts: NotRequired[list[str]]
    webhook: NotRequired[str]
    command: NotRequired[str]
    force: NotRequired[bool]


class SteerShift(TypedDict, total=False):
    """``force`` moves traffic even to a side that has nobody to answer."""

    force: bool


class SideWire(TypedDict):
    """``p99_ms`` None: no latency was seen. ``rate`` is requests a second now."""

    requests: int
    errors: int
    p50_ms: float | None
    p99_ms: float | None
    rate: float


class MeasureWire(TypedDict):
    """Errors and mismatches in percent, latency in milliseconds; ``limit`` is the most that the candidate's may be."""

    measure: Literal["errors", "latency", "mismatch"]
    verdict: str
    reason: str
    candidate: float | None
    legacy: float | None
    limit: float | None


class SeenWire(TypedDict):
    """The last look at a step."""

    verdict: str
    reason: str
    candidate: SideWire
    legacy: SideWire
    compared: int
    different: int
    findings: list[MeasureWire]


class ShiftWire(TypedDict):
    """``step`` counts from 1; ``since`` is when its window was opened. ``seen`` None: it is over, or was not looked at
    yet."""

    id: str
    proxy: str
    route: str
    path: str
    candidate: str
    legacy: str
    phase: str
    weight: float
    step: int
    steps: list[float]
    bake_s: float
    limits: LimitsWire
    cohorts: list[str]
    reason: str
    started_at: str
    since: str
    ended_at: str | None
    webhook: str | None
    command: str | None
    seen: SeenWire | None


class FiguresWire(TypedDict):
    requests: int
    errors: int
    p99_ms: float | None


class DecisionWire(TypedDict):
    """``log`` are the candidate's last lines, ``examples`` requests of its that failed."""

    shift: str
    at: str
    event: str
    phase: str
    step: int
    weight: float
    reason: str
    candidate: FiguresWire
    legacy: FiguresWire
    findings: list[MeasureWire]
    log: list[str]
    examples: list[str]
