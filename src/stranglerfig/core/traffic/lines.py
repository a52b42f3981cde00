"""One request that a listener answered, as HAProxy tells of it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stranglerfig.core.ingress import to_group_name


@dataclass(frozen=True, slots=True)
class Copy:
    """What it takes to ask the same again. ``headers`` with secrets, in the order in which the client sent them.

    ``body`` None: there was one, and it was not kept. It is empty for requests without.
    """

    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = b""


@dataclass(frozen=True, slots=True)
class AccessLine:
    """``at`` is when the request was read, in UTC seconds.

    ``pool`` is who was to answer: the name of a pool of ``core.topology.Group``, empty where HAProxy answered itself
    (redirects, fixed answers, no match, bad requests). ``server`` is the task or address that did, empty if none was
    reached. ``target`` is path and query as the client sent them. ``status`` is 0 where the client went away before
    there was one; HAProxy's own 502 to 504 count as the pool's.

    ``answer_ms`` is until the response's headers, None if there were none; ``total_ms`` until its last byte.
    ``session`` tells the same client's requests apart from others' by its session cookie or authorization: a salted
    digest, other ones after a restart, empty for clients without. ``request_id`` is what the target was told as
    X-Request-Id, and empty where that was not fig's own. ``stands_for`` says how many requests this line is a fair
    sample of: 1 when all are told. ``copy`` is None where the request's headers were too long to be told.
    """

    at: float
    listener: str
    pool: str
    server: str
    method: str
    target: str
    host: str
    status: int
    total_ms: float
    answer_ms: float | None = None
    bytes_out: int = 0
    client: str = ""
    user_agent: str = ""
    referer: str = ""
    session: str = ""
    request_id: str = ""
    stands_for: int = 1
    copy: Copy | None = None

    @property
    def group(self) -> str:
        """The target group that ``pool`` belongs to."""
        return to_group_name(self.pool)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


#: called in the daemon's loop with each line, so it must be quick; what it raises is logged, and the line is its loss
Subscriber = Callable[[AccessLine], None]
