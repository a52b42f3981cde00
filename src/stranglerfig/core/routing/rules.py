"""What a rule is: conditions, action, and nothing about how either is carried out.

Conditions and limits follow the Application Load Balancer's listener rules; paths add the
segment-aligned forms of Refactor Spaces. A rule matches when all its conditions hold; the values
within one condition are alternatives.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Order(Enum):
    """Which of several matching rules wins."""

    #: the most specific one; see ``precedence``
    SPECIFIC = "specific"
    #: the one with the lowest priority number
    PRIORITY = "priority"


@dataclass(frozen=True, slots=True)
class PathExact:
    """``/api/posts`` and, as Refactor Spaces has it, ``/api/posts/``; nothing below it.

    ``path`` starts with ``/`` and ends with none, except for the root itself.
    """

    path: str


@dataclass(frozen=True, slots=True)
class PathPrefix:
    """``/api/posts`` and everything below it, on a segment boundary: never ``/api/postscript``.

    ``path`` starts with ``/`` and ends with none; ``/`` is everything.
    """

    path: str


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """``/users/{id}/orders``: a ``{name}`` stands for one non-empty segment.

    Without ``children`` a trailing slash is ignored, as for ``PathExact``; with it, everything below matches too.
    """

    path: str
    children: bool = False


@dataclass(frozen=True, slots=True)
class PathPattern:
    """The load balancer's pattern: ``*`` is any run of characters, slashes too; ``?`` exactly one. Case counts."""

    pattern: str


@dataclass(frozen=True, slots=True)
class PathRegex:
    """The load balancer's regular expression, searched unless anchored. Case counts."""

    regex: str


PathCondition = PathExact | PathPrefix | PathTemplate | PathPattern | PathRegex


@dataclass(frozen=True, slots=True)
class HostCondition:
    """Host names without port, any case; ``*`` and ``?`` as in patterns. ``regexes`` excludes ``patterns``."""

    patterns: tuple[str, ...] = ()
    regexes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeaderCondition:
    """One header by name, any case; values in any case, with ``*`` and ``?``. Any line of a repeated header will do."""

    name: str
    patterns: tuple[str, ...] = ()
    regexes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryPair:
    """``key=value`` of the query, any case; ``*`` and ``?`` wild, ``\\`` before a literal one. No key: any key."""

    value: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class QueryCondition:
    pairs: tuple[QueryPair, ...]


@dataclass(frozen=True, slots=True)
class SourceCondition:
    """Networks (CIDR, v4 or v6) of the connection's peer; never X-Forwarded-For."""

    networks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conditions:
    """All must hold; an empty tuple or None does not restrict. ``methods`` are exact, upper or lower case counting.

    ``paths`` are alternatives (the load balancer allows several); no path is any path.
    """

    paths: tuple[PathCondition, ...] = ()
    methods: tuple[str, ...] = ()
    host: HostCondition | None = None
    headers: tuple[HeaderCondition, ...] = ()
    queries: tuple[QueryCondition, ...] = ()
    source: SourceCondition | None = None


class StickyBy(Enum):
    """What keeps a client on its side of a split."""

    #: nothing: each request draws anew
    NONE = "none"
    #: the connection's peer address
    SOURCE = "source"
    #: the value of a header (``Sticky.name``); a request without it draws anew
    HEADER = "header"
    #: the value of a cookie; without ``Sticky.name`` fig sets one of its own, called ``fig``
    COOKIE = "cookie"


@dataclass(frozen=True, slots=True)
class Sticky:
    by: StickyBy = StickyBy.NONE
    name: str = ""


@dataclass(frozen=True, slots=True)
class UrlRewrite:
    """The load balancer's ``url-rewrite``: path and query; ``$1`` in the replacement; no match leaves all as it is."""

    regex: str
    replacement: str


@dataclass(frozen=True, slots=True)
class WeightedGroup:
    """One target group of a forward action.

    ``weight`` is a share relative to the others'; ``strip`` takes that many leading segments off the path
    before it goes upstream (the group's own base path is put in front afterwards). ``as_sent``: the path goes upstream
    as it came but for ``strip``, a trailing slash too; for the side that a route is moved away from, which must notice
    nothing of it.
    """

    group: str
    weight: int = 1
    strip: int = 0
    as_sent: bool = False


@dataclass(frozen=True, slots=True)
class Forward:
    """To one to five target groups by weight; the first one gets the low buckets, so that a client that has moved to
    it never moves back while only its weight grows."""

    groups: tuple[WeightedGroup, ...]
    sticky: Sticky = Sticky()
    url_rewrite: UrlRewrite | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    """301 or 302 to a URL made of parts that may hold ``#{protocol} #{host} #{port} #{path} #{query}``.

    ``path`` starts with ``/``; ``#{path}`` stands for the request's path without its leading slash.
    """

    status: int
    protocol: str = "#{protocol}"
    host: str = "#{host}"
    port: str = "#{port}"
    path: str = "/#{path}"
    query: str = "#{query}"


@dataclass(frozen=True, slots=True)
class FixedResponse:
    status: int
    content_type: str = "text/plain"
    body: str = ""


Action = Forward | Redirect | FixedResponse


@dataclass(frozen=True, slots=True)
class Rule:
    """``id`` is unique in its listener (letters, digits, ``-``).

    ``priority`` counts only under ``Order.PRIORITY``, where None is the default rule, tried last.
    """

    id: str
    conditions: Conditions
    action: Action
    priority: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it arrives. ``target`` is path and query as sent, or ``*``; header names any case, in order."""

    method: str
    target: str
    host: str = "localhost"
    headers: tuple[tuple[str, str], ...] = ()
    source: str = "127.0.0.1"
    scheme: str = "http"
    port: int = 80
