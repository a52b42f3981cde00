"""The shapes of the ledger. Times are ISO 8601 in UTC, shares are 0 to 1."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from stranglerfig.api.wire import CreateRoute

SideWire = Literal["legacy", "moved", "nobody"]


class LastWire(TypedDict):
    """The last request: when it ended, by whom, and where to. ``path`` is without its query."""

    at: str
    client: str
    user_agent: str
    host: str
    path: str


class EntryWire(TypedDict):
    """One endpoint as one target answered it; ``target`` None: HAProxy itself. Milliseconds until the last byte.

    ``has_left``: it was legacy's, and by the routes of now legacy would not be asked any more.
    """

    method: str
    endpoint: str
    target: str | None
    side: SideWire
    has_left: bool
    requests: int
    client_errors: int
    server_errors: int
    p50_ms: float | None
    p99_ms: float | None
    last: LastWire | None


class ListenerWire(TypedDict):
    """``moved_share`` is of the requests that a target answered; None if there were none."""

    listener: str
    requests: dict[SideWire, int]
    moved_share: float | None
    endpoints: int
    moved_endpoints: int
    entries: list[EntryWire]
    idle: list[EntryWire]


class QuietWire(TypedDict):
    """A target that nobody has asked ``since``; ``used``: a route or a proxy would send there."""

    target: str
    since: str
    used: bool


class LedgerWire(TypedDict):
    since: str
    until: str
    listeners: list[ListenerWire]
    quiet: list[QuietWire]


class HourWire(TypedDict):
    """Requests of one hour, which begins at ``at``."""

    at: str
    requests: dict[SideWire, int]


class CandidateWire(TypedDict):
    """A path that could move next; see ``core.ledger.candidates``."""

    listener: str
    path: str
    endpoints: int
    requests: int
    share: float
    writes: float
    failing: float
    coupling: float
    partner: str | None
    p99_ms: float | None
    score: float
    reasons: list[str]


class AskedRequest(TypedDict):
    """``url`` as for ``ExplainRequest``, ``headers`` as names and values; ``times`` it was seen."""

    method: str
    url: str
    headers: NotRequired[list[str]]
    times: NotRequired[int]


class TryRoutes(TypedDict, total=False):
    """``routes`` instead of all there are; then ``without`` some, ``weights`` in percent by id, and ``add`` others.

    Without ``requests`` the ledger's own endpoints are asked.
    """

    routes: list[CreateRoute]
    without: list[str]
    weights: dict[str, float]
    add: list[CreateRoute]
    requests: list[AskedRequest]


class OutcomeWire(TypedDict):
    """``shares`` by target, 0 to 1. ``status`` and ``location`` of what HAProxy answers itself."""

    verdict: Literal["forward", "redirect", "respond", "refuse"]
    shares: dict[str, float]
    status: int | None
    location: str | None


class ChangeWire(TypedDict):
    method: str
    url: str
    host: str
    times: int
    before: OutcomeWire
    after: OutcomeWire


class TrialWire(TypedDict):
    """``kinds`` are requests that differ, ``requests`` all that were seen; ``changes`` the kinds that change side."""

    kinds: int
    requests: int
    changes: list[ChangeWire]


class Retire(TypedDict):
    """``quiet_for_s`` is how long nobody may have asked. ``only_look`` changes nothing."""

    target: str
    quiet_for_s: float
    force: NotRequired[bool]
    only_look: NotRequired[bool]


class RetirementWire(TypedDict):
    """``steps`` are sentences of what it takes, or took."""

    target: str
    quiet_s: float | None
    steps: list[str]
