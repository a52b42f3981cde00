"""The shapes of ``/v1/shadows``, and of what ``fig shadow replay --json`` prints."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict


class StartShadow(TypedDict):
    """``to`` left out: the route's own candidate. ``sample`` is in percent, ``rate`` copies a second.

    ``rules`` are texts as `ignore $.updatedAt`; ``redact`` and ``reveal`` names of fields that are secret, or not.
    """

    to: NotRequired[str]
    sample: NotRequired[float]
    rate: NotRequired[float]
    methods: NotRequired[list[str]]
    headers: NotRequired[list[str]]
    path: NotRequired[str]
    writes: NotRequired[bool]
    rules: NotRequired[list[str]]
    redact: NotRequired[list[str]]
    reveal: NotRequired[list[str]]
    timeout_s: NotRequired[float]
    body_bytes: NotRequired[int]


class CountsWire(TypedDict):
    """``copied`` were sent. The others were not: over the rate, no room, nobody to ask; or never came back."""

    copied: int
    over_rate: int
    no_room: int
    nobody: int
    lost: int


class ShadowWire(TypedDict):
    """``state`` is RUNNING or STOPPED; ``path`` is the route's, ``verdict`` that of its report."""

    proxy: str
    route: str
    path: str
    legacy: str
    candidate: str
    state: str
    started_at: str
    ended_at: str | None
    sample: float
    rate: float
    writes: bool
    rules: list[str]
    compared: int
    different: int
    verdict: str
    counts: CountsWire


class TimesWire(TypedDict):
    """Milliseconds; None where nothing was measured."""

    p50: float | None
    p99: float | None


class PlaceWire(TypedDict):
    """One way in which answers differ, in ``count`` copies. What is shown of the first one is redacted."""

    id: str
    kind: str
    place: str
    count: int
    legacy: str
    candidate: str


class EndpointReportWire(TypedDict):
    """``noise`` are the places that legacy changes by itself, with the kind before each.

    ``curl`` asks the candidate what the first example asked; empty without one.
    """

    method: str
    endpoint: str
    compared: int
    different: int
    noisy: int
    unusable: int
    why_unusable: str
    legacy_ms: TimesWire
    candidate_ms: TimesWire
    differences: list[PlaceWire]
    noise: list[str]
    curl: str


class ReportWire(TypedDict):
    """``verdict`` is PASS, FAIL or INCONCLUSIVE."""

    verdict: str
    reason: str
    compared: int
    different: int
    unusable: int
    endpoints: list[EndpointReportWire]


class AnswerWire(TypedDict):
    """``status`` 0: there was none, and ``body`` says why."""

    status: int
    headers: list[list[str]]
    body: str


class ShownWire(TypedDict):
    kind: str
    place: str
    legacy: str
    candidate: str


class ExampleWire(TypedDict):
    method: str
    target: str
    curl: str
    legacy_curl: str
    legacy: AnswerWire
    candidate: AnswerWire
    differences: list[ShownWire]


class DifferenceWire(PlaceWire):
    method: str
    endpoint: str
    compared: int
    examples: list[ExampleWire]


class ShadowReportWire(ReportWire):
    shadow: ShadowWire


class RecordRequests(TypedDict):
    """``sample`` is in percent. It ends after ``seconds``, or after ``count`` requests."""

    route: NotRequired[str]
    seconds: NotRequired[float]
    count: NotRequired[int]
    sample: NotRequired[float]
    writes: NotRequired[bool]


class RecordedWire(TypedDict):
    """A request with its secrets; ``at`` is in ISO 8601, ``body`` base64, ``status`` and ``ms`` the answer's."""

    at: str
    method: str
    target: str
    host: str
    headers: list[list[str]]
    body: str
    status: int
    ms: float
