"""A command line that asks again what an example asked (pure)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from urllib.parse import urlsplit

_REDACTED = re.compile(r"REDACTED-([0-9]+)")
#: of the connection, or made by curl itself
_OF_THE_HOP = frozenset({"connection", "content-length", "transfer-encoding", "accept-encoding", "expect", "te"})


def to_curl(method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes = b"") -> str:
    """For a POSIX shell. What was redacted is a variable, ``$REDACTED_1``, that its user sets.

    All of it is what some client has sent: neither the shell nor curl may take any of it for more than it is.
    """
    words = ["curl", "-sS", "-i"]
    if set("[]{}") & set(url):
        # else curl asks for each of what it takes for a list
        words.append("-g")
    if "/." in url:
        words.append("--path-as-is")
    if method == "HEAD":
        words.append("-I")
    elif method != "GET" or body:
        words += ["-X", _quote(method)]
    words.append(_quote(url))
    for name, value in headers:
        if name.lower() == "host" and value == urlsplit(url).netloc:
            continue
        if name.lower() not in _OF_THE_HOP and not name.lower().startswith(("x-fig-", "x-forwarded-")):
            words += ["-H", _quote(f"{name}: {value}")]
    if body:
        # not --data-binary, which sends the file that a body names after an @
        words += ["--data-raw", _quote(body.decode(errors="replace"))]
    return storable(" ".join(words))


def storable(text: str) -> str:
    """What clients send need not be UTF-8, and what is kept of it has to be."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _quote(text: str) -> str:
    """Quoted for the shell, but for the variables."""
    parts = _REDACTED.split(text)
    quoted = [
        shlex.quote(part) if part and number % 2 == 0 else f'"$REDACTED_{part}"' if part else ""
        for number, part in enumerate(parts)
    ]
    return "".join(quoted) or "''"
