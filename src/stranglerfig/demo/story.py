"""What the demo does, in order: phases as values. *(pure)*"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

PROXY = "forum"
MONOLITH = "monolith"


class Form(Enum):
    """How a path matches."""

    PREFIX = "prefix"
    EXACT = "exact"
    PATTERN = "pattern"


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the forum that moves as one. ``paths`` are its routes; ``to`` takes over."""

    name: str
    paths: tuple[tuple[str, Form], ...]
    to: str
    sticky: str = "none"


POSTS = Area("posts", (("/api/posts", Form.PREFIX),), "posts")
THREADS = Area("threads", (("/api/threads", Form.PREFIX),), "threads")
USERS = Area("users", (("/api/users", Form.PREFIX),), "users", sticky="header:X-User")
#: an exact path would lose its trailing slash on the way, and the forum knows no /api; a pattern is left as it is
FRONT = Area("front", (("/", Form.EXACT), ("/api/", Form.PATTERN)), "posts")
#: of these there is a draft too
DRAFTS = (USERS, POSTS)
AREAS = (POSTS, THREADS, USERS, FRONT)
SERVICES = ("posts", "threads", "users")


def draft_of(service: str) -> str:
    """The name of its target."""
    return f"{service}-draft"


class Act(Enum):
    #: daemon, monolith and proxy
    OPEN = "open"
    #: clients are watched for a while
    MEASURE = "measure"
    #: the three services and the drafts, and a route for each path, at weight 0
    SERVICES = "services"
    #: copies of an area's requests are answered by who is to take over, out of the users' sight
    SHADOW = "shadow"
    #: one area, by evidence
    TRIAL = "trial"
    #: one area's weight, step by step, by hand
    SHIFT = "shift"
    #: HAProxy's counters of the monolith stand still
    IDLE = "idle"
    #: the monolith's tasks give way to a notice
    RETIRE = "retire"
    #: posts that were accepted against posts that are there
    COMPARE = "compare"


@dataclass(frozen=True, slots=True)
class Phase:
    """``weights`` belong to ``TRIAL`` and ``SHIFT``; ``window`` names what ``MEASURE`` measures.

    ``is_draft``: it is not the area's service that is on trial but its draft, and that must not pass.
    """

    title: str
    act: Act
    area: Area | None = None
    weights: tuple[float, ...] = ()
    window: str = ""
    is_draft: bool = False

    @property
    def candidate(self) -> str:
        """The target that is to take over."""
        assert self.area is not None
        return draft_of(self.area.to) if self.is_draft else self.area.to


PHASES = (
    Phase("Start the monolith, and a proxy in front of it", Act.OPEN),
    Phase("Serve clients from the monolith alone", Act.MEASURE, window="before"),
    Phase("Start three services and two careless drafts; routes at weight 0", Act.SERVICES),
    Phase("Shadow users with a draft that forgets a field", Act.SHADOW, USERS, is_draft=True),
    Phase("Shadow users with the service", Act.SHADOW, USERS),
    Phase("Shift posts to a draft that is slow", Act.TRIAL, POSTS, (10, 100), is_draft=True),
    Phase("Shift posts to the service", Act.TRIAL, POSTS, (25, 50, 100)),
    Phase("Take posts back, and forth again", Act.SHIFT, POSTS, (0, 100)),
    Phase("Move threads", Act.SHIFT, THREADS, (10, 50, 100)),
    Phase("Move users, each client once", Act.SHIFT, USERS, (10, 50, 100)),
    Phase("Move / and /api/", Act.SHIFT, FRONT, (100,)),
    Phase("See that nothing reaches the monolith any more", Act.IDLE),
    Phase("Switch the monolith off", Act.RETIRE),
    Phase("Serve clients from the services alone", Act.MEASURE, window="after"),
    Phase("Look for every accepted post", Act.COMPARE),
)

#: a window is this many steps long
WINDOW_STEPS = 2
