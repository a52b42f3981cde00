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
AREAS = (POSTS, THREADS, USERS, FRONT)
SERVICES = ("posts", "threads", "users")


class Act(Enum):
    #: daemon, monolith and proxy
    OPEN = "open"
    #: clients are watched for a while
    MEASURE = "measure"
    #: the three services
    SERVICES = "services"
    #: a route for each path, at weight 0
    ROUTES = "routes"
    #: one area's weight, step by step
    SHIFT = "shift"
    #: HAProxy's counters of the monolith stand still
    IDLE = "idle"
    #: the monolith's tasks give way to a notice
    RETIRE = "retire"
    #: posts that were accepted against posts that are there
    COMPARE = "compare"


@dataclass(frozen=True, slots=True)
class Phase:
    """``weights`` and ``area`` belong to ``SHIFT``; ``window`` names what ``MEASURE`` measures."""

    title: str
    act: Act
    area: Area | None = None
    weights: tuple[float, ...] = ()
    window: str = ""


PHASES = (
    Phase("Start the monolith, and a proxy in front of it", Act.OPEN),
    Phase("Serve clients from the monolith alone", Act.MEASURE, window="before"),
    Phase("Start the services: posts, threads, users", Act.SERVICES),
    Phase("Add their routes at weight 0", Act.ROUTES),
    Phase("Move posts", Act.SHIFT, POSTS, (5, 25, 50, 100)),
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
