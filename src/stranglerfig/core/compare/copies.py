"""A request that is to be asked again, and what of it may be sent (pure)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

#: methods that change nothing (RFC 9110, section 9.2.1) and that a target may be asked by at any time
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
#: on every copy; a candidate that sees it does not send mail, charge cards or count visits
MARKER = ("X-Fig-Shadow", "copy")
IDEMPOTENCY_KEY = "Idempotency-Key"
#: what is between two neighbours (RFC 9110, section 7.6.1), or said anew for the copy
_OF_THE_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-connection", "proxy-authorization", "te", "trailer", "transfer-encoding"),
        *("upgrade", "http2-settings", "expect", "content-length", "accept-encoding", "host", MARKER[0].lower()),
    }
)
#: each side has versions of its own: one would answer 304 where the other one cannot
_CONDITIONS = frozenset({"if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range"})


@dataclass(frozen=True, slots=True)
class Copy:
    """``target`` is path and query as the client sent them, ``host`` its Host."""

    method: str
    target: str
    host: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def is_safe(self) -> bool:
        return self.method in SAFE

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


def to_headers(copy: Copy, given: tuple[tuple[str, str], ...] = ()) -> tuple[tuple[str, str], ...]:
    """What goes with the copy, but for its Host; ``given`` take the place of its own.

    A write has an idempotency key, the client's own if there is one: a side that has seen it does nothing twice.
    """
    named = {
        word.strip().lower()
        for name, value in copy.headers
        if name.lower() == "connection"
        for word in value.split(",")
    }
    gone = _OF_THE_HOP | _CONDITIONS | named | {name.lower() for name, _ in given}
    kept = [(name, value) for name, value in copy.headers if name.lower() not in gone and not name.startswith(":")]
    if not copy.is_safe and not any(name.lower() == IDEMPOTENCY_KEY.lower() for name, _ in (*kept, *given)):
        kept.append((IDEMPOTENCY_KEY, _key(copy)))
    return (*kept, *given, ("Accept-Encoding", "identity"), MARKER)


def _key(copy: Copy) -> str:
    """The same for the same request, sent again."""
    told = "\0".join((copy.method, copy.host, copy.target, *(f"{name}:{value}" for name, value in copy.headers)))
    digest = hashlib.sha256(told.encode("utf-8", "surrogateescape") + copy.body)
    return f"fig-{digest.hexdigest()[:32]}"
