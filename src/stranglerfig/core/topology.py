"""What the data plane is to hold: listeners with their rules, target groups with their servers. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from stranglerfig.core.routing.rules import Order, Rule


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """How a target proves that it answers. No ``path``: a connection that opens is enough.

    ``expect`` is a list of status codes and ranges, ``200,204`` or ``200-399``. ``rise`` and ``fall`` count
    consecutive results; times are seconds. ``port`` is the container port of a task that answers checks, None the one
    that requests go to.
    """

    path: str | None = None
    expect: str = "200-399"
    interval_s: float = 1.0
    timeout_s: float = 1.0
    rise: int = 1
    fall: int = 2
    port: int | None = None


class HostHeader(Enum):
    """Which Host a URL target sees."""

    #: the client's own
    PRESERVE = "preserve"
    #: the one of its URL
    TARGET = "target"


@dataclass(frozen=True, slots=True)
class Tls:
    """How an https target is spoken to. ``ca_file`` None: the system's authorities."""

    ca_file: str | None = None
    verify: bool = True


@dataclass(frozen=True, slots=True)
class Server:
    """One address of a target group. ``host`` is an IP address, or a name that is resolved again while running.

    A server that is ``draining`` finishes what it has and gets nothing new. ``check_port`` None: it is checked where it
    serves.
    """

    id: str
    host: str
    port: int
    draining: bool = False
    check_port: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A target group as HAProxy sees it.

    ``base_path`` (no trailing slash, empty for none) goes in front of every path. ``host_header`` None keeps the
    client's Host. ``tls`` None speaks http. ``retry_empty`` lets a safe or idempotent request be sent again when a
    target closed without a word; it costs a copy of each request, so groups of one fixed URL go without.
    ``sticky`` keeps a client on one server by a cookie. ``http2`` speaks HTTP/2 with prior knowledge. ``tcp`` passes
    bytes, and has nothing that is said of requests.
    """

    name: str
    servers: tuple[Server, ...] = ()
    health: HealthCheck = HealthCheck()
    base_path: str = ""
    host_header: str | None = None
    tls: Tls | None = None
    retry_empty: bool = True
    sticky: bool = False
    http2: bool = False
    tcp: bool = False


@dataclass(frozen=True, slots=True)
class Listener:
    """One address where HAProxy accepts, and the rules that decide there. ``http2`` adds prior-knowledge HTTP/2.

    ``tcp``: no rules, but all bytes to the group ``passes_to``; None closes each connection. ``may_wait``: where its
    address cannot be opened, because another program has it, say, all else is held without it, and it
    follows as soon as it can. ``strips``: rules that take segments off the path may come and go at any time.
    ``bodies``: access lines tell the bodies of requests whose paths begin so, where they are short.
    """

    name: str
    host: str
    port: int
    rules: tuple[Rule, ...]
    order: Order = Order.SPECIFIC
    http2: bool = False
    tcp: bool = False
    passes_to: str | None = None
    may_wait: bool = False
    strips: bool = False
    bodies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Topology:
    """Names are unique in each tuple; every group that a rule names is there."""

    listeners: tuple[Listener, ...] = ()
    groups: tuple[Group, ...] = ()
