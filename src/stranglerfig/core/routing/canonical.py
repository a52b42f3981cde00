"""The path that rules are matched against: what HAProxy makes of a request's path before it looks at any rule.

Refused with 400, because two servers may read them differently: an encoded slash, backslash or NUL; a raw
backslash; a dot segment with a parameter (``/..;``); a percent sign that starts no escape. The rest goes through
HAProxy's ``normalize-uri`` in this order: percent-to-uppercase strict, percent-decode-unreserved strict,
path-merge-slashes, path-strip-dot, path-strip-dotdot full. They are idle unless the path holds ``%``, ``//`` or ``/.``.

The query stays byte for byte. HAProxy's two percent steps rewrite it too (and refuse a broken escape in it), so a
configuration must take the query off before them and put it back after. By itself HAProxy refuses spaces, control
characters, bytes from 0x80 and ``#`` anywhere in a target, and passes ``"<>^`{|}`` on untouched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_AMBIGUOUS = re.compile(r"%00|%2f|%5c|\\", re.IGNORECASE)
_DOTS_WITH_PARAMETER = re.compile(r"/\.\.?;")
_UNUSABLE = re.compile(r"[^!-~]|#")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ABSOLUTE = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/]*)")


@dataclass(frozen=True, slots=True)
class Canonical:
    """A path as rules see it: it starts with ``/``, or is ``*``."""

    path: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Answered before any rule is looked at."""

    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class Target:
    """A request target taken apart. ``query`` None: no ``?``; ``scheme`` and ``authority`` only of absolute form."""

    path: str
    query: str | None = None
    scheme: str | None = None
    authority: str | None = None

    @property
    def suffix(self) -> str:
        """The query with its question mark, or nothing."""
        return "" if self.query is None else f"?{self.query}"


def parse_target(target: str) -> Target:
    """An absolute target without path has ``/``. Its authority ends at the first slash, as HAProxy reads it."""
    scheme = authority = None
    if absolute := _ABSOLUTE.match(target):
        scheme, authority = absolute["scheme"].lower(), absolute["authority"]
        target = target[absolute.end() :] or "/"
    path, mark, query = target.partition("?")
    return Target(path, query if mark else None, scheme, authority)


def canonicalise(path: str) -> Canonical | Refusal:
    """``path`` without query, one character a byte. ``*`` (as in ``OPTIONS *``) stays as it is."""
    if path == "*":
        return Canonical(path)
    if refusal := _refusal(path):
        return refusal
    path = _ESCAPE.sub(_decode_unreserved, path)
    path = _strip_dots(re.sub("/{2,}", "/", path))
    if dots := _DOTS_WITH_PARAMETER.search(path):
        return Refusal(400, f"the path holds {dots[0]}, which servers read differently")
    return Canonical(path)


def _refusal(path: str) -> Refusal | None:
    if not path.startswith("/"):
        return Refusal(400, "the path does not start with /")
    if unusable := _UNUSABLE.search(path):
        return Refusal(400, f"the path holds {unusable[0]!r}, which no target may")
    if ambiguous := _AMBIGUOUS.search(path):
        return Refusal(400, f"the path holds {ambiguous[0]}, which servers read differently")
    if broken := _BROKEN_ESCAPE.search(path):
        return Refusal(400, f"the path holds a broken escape at {path[broken.start() : broken.start() + 3]}")
    return None


def _decode_unreserved(escape: re.Match[str]) -> str:
    character = chr(int(escape[0][1:], 16))
    return character if character in _UNRESERVED else escape[0].upper()


def _strip_dots(path: str) -> str:
    """A dot segment at the end leaves its slash behind; ``..`` at the root has nothing to take."""
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)
