"""What the ledger keeps of requests. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from stranglerfig.core.ledger.latencies import Latencies
from stranglerfig.core.ledger.links import Link, Strength

HOUR_S = 3600
DAY_S = 86_400
#: hours are kept for so long
KEPT_DAYS = 90
#: an endpoint for all that found no place of its own
OTHER = "{other}"
#: an endpoint for requests that HAProxy counted and nobody told us of
UNSEEN = "{unseen}"


class Side(Enum):
    """Who answered, as things stood then."""

    # As quick as it is right: each is there once. Enum's own is written in Python, and very many keys hold one.
    __hash__ = object.__hash__

    #: who answers what nobody else takes
    LEGACY = "legacy"
    #: any other target
    MOVED = "moved"
    #: HAProxy itself: redirects, fixed answers, refusals
    NOBODY = "nobody"


class Outcome(Enum):
    __hash__ = object.__hash__  # as with Side

    FINE = "fine"
    CLIENT_ERROR = "client_error"
    SERVER_ERROR = "server_error"

    @classmethod
    def of(cls, status: int) -> Outcome:
        if 400 <= status < 500:
            return cls.CLIENT_ERROR
        return cls.SERVER_ERROR if 500 <= status < 600 else cls.FINE


@dataclass(frozen=True, slots=True)
class Key:
    """``group`` is the target group that answered, empty for HAProxy itself."""

    listener: str
    method: str
    endpoint: str
    group: str
    side: Side


@dataclass(slots=True)
class Figures:
    """Of one key in some time. ``requests`` and errors are exact in sum, ``latencies`` a sample."""

    requests: int = 0
    client_errors: int = 0
    server_errors: int = 0
    latencies: Latencies = field(default_factory=Latencies)

    def count(self, outcome: Outcome, times: int) -> None:
        self.requests += times
        if outcome is Outcome.CLIENT_ERROR:
            self.client_errors += times
        elif outcome is Outcome.SERVER_ERROR:
            self.server_errors += times

    def take(self, most: int) -> int:
        """How many there were to be taken away, the good ones first."""
        taken = min(most, self.requests)
        self.requests -= taken
        self.client_errors = min(self.client_errors, max(0, self.requests - self.server_errors))
        self.server_errors = min(self.server_errors, self.requests)
        return taken

    def add(self, other: Figures) -> None:
        self.requests += other.requests
        self.client_errors += other.client_errors
        self.server_errors += other.server_errors
        self.latencies.merge(other.latencies)


@dataclass(frozen=True, slots=True)
class Sighting:
    """The last request of a key: when (UTC seconds), by whom, and where to. ``path`` is without its query."""

    at: float
    client: str = ""
    user_agent: str = ""
    host: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """HAProxy's own totals of one name, as far as the ledger has booked them.

    ``since`` is when the ledger first looked, ``grown_at`` when it last saw that there were more, both in UTC seconds.
    ``ahead`` requests of a listener are booked already, for its pools have counted them, and are yet to come to it; or,
    below nothing, have come to it and are booked of another one.
    """

    requests: int
    client_errors: int
    server_errors: int
    since: float
    grown_at: float
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class MarkOf:
    """``is_listener``: of a listener; else of a pool that target groups have in HAProxy."""

    name: str
    is_listener: bool


@dataclass(frozen=True, slots=True)
class Booking:
    """What is written down at once. Figures are the whole ``hour``'s (since 1970) up to now, not what came to it."""

    hour: int
    figures: Mapping[Key, Figures]
    sightings: Mapping[Key, Sighting]
    marks: Mapping[MarkOf, Mark]
    links: Mapping[Link, Strength]

    @property
    def day(self) -> int:
        return self.hour * HOUR_S // DAY_S
