"""Which requests are answered before any rule is looked at, and the canonical path of those that are not.

In this order, as HAProxy and our configuration have it: a method that is no token, a target with bytes it may not
hold, an absolute target that contradicts the Host (400, HAProxy itself); no Host (400); CONNECT and TRACE (405); a
path that is ambiguous (400, see ``canonical``).
"""

from __future__ import annotations

import re

from stranglerfig.core.routing.canonical import Canonical, Refusal, Target, canonicalise, parse_target
from stranglerfig.core.routing.rules import Request

#: answered with 405
REFUSED_METHODS = ("CONNECT", "TRACE")

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_ABSOLUTE_WITHOUT_PATH = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_UNUSABLE = re.compile(r"[^!-~]|#")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def is_token(text: str) -> bool:
    """A method or header name, by HTTP's own grammar."""
    return _TOKEN.fullmatch(text) is not None


def admit(request: Request) -> Canonical | Refusal:
    target = parse_target(request.target)
    # PRI is how HTTP/2 greets; HAProxy takes it for nothing else
    if not is_token(request.method) or request.method == "PRI":
        return Refusal(400, f"{request.method!r} is no method")
    if unusable := _UNUSABLE.search(request.target):
        return Refusal(400, f"the target holds {unusable[0]!r}, which no target may")
    if not _agrees(target, request.host):
        return Refusal(400, f"the target names {target.authority}, the Host header {request.host or 'nothing'}")
    if not request.host:
        return Refusal(400, "there is no Host header")
    if request.method in REFUSED_METHODS:
        return Refusal(405, f"method {request.method} is not served")
    if request.method == "OPTIONS" and _ABSOLUTE_WITHOUT_PATH.fullmatch(request.target):
        # RFC 9112, 3.2.4: it stands for the asterisk form
        return canonicalise("*")
    return canonicalise(target.path)


def _agrees(target: Target, host: str) -> bool:
    if not target.authority:
        return True
    named = target.authority.rpartition("@")[2]
    return _without_default_port(named, target.scheme) == _without_default_port(host, target.scheme)


def _without_default_port(authority: str, scheme: str | None) -> str:
    host, colon, port = authority.lower().rpartition(":")
    return host if colon and port in ("", _DEFAULT_PORTS.get(scheme or "")) else authority.lower()
