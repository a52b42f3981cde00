"""Signature Version 4 once more, written from its description: what fig and botocore make of it is compared with this.

Anything can be left out of what is signed or said, for that is what tests do.
"""

from __future__ import annotations

import hmac
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import quote, unquote_to_bytes

ALGORITHM = "AWS4-HMAC-SHA256"
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    """``target`` as it stands in the request line."""

    method: str
    target: str
    headers: Headers = ()
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def value(self, name: str) -> str:
        return next(value for found, value in self.headers if found.lower() == name)

    def having(self, name: str, value: str | None) -> Request:
        """The header with another value, or without it."""
        kept = tuple(header for header in self.headers if header[0].lower() != name.lower())
        return replace(self, headers=kept if value is None else (*kept, (name, value)))

    def adding(self, name: str, value: str) -> Request:
        return replace(self, headers=(*self.headers, (name, value)))


@dataclass(frozen=True)
class Signer:
    """Whoever has a key. ``service`` and ``region`` are what is signed for."""

    id: str
    secret: str
    service: str = "refactor-spaces"
    region: str = "us-east-1"

    def but(self, **changes: Any) -> Signer:
        return replace(self, **changes)

    def sign(self, request: Request, at: float, *, signed: Sequence[str] | None = None) -> Request:
        """In its header. ``signed``: which headers count; else all that should."""
        dated = request.having("x-amz-date", _stamp(at))
        names = sorted(signed if signed is not None else _should_be_signed(dated))
        signature = self._signature(dated, at, names, dated.query)
        credential = f"{self.id}/{self._scope(at)}"
        text = f"{ALGORITHM} Credential={credential}, SignedHeaders={';'.join(names)}, Signature={signature}"
        return dated.having("authorization", text)

    def presign(self, request: Request, at: float, expires_s: int | str = 60) -> Request:
        """In its query."""
        parameters = {
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": f"{self.id}/{self._scope(at)}",
            "X-Amz-Date": _stamp(at),
            "X-Amz-Expires": str(expires_s),
            "X-Amz-SignedHeaders": "host",
        }
        more = "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in parameters.items())
        query = f"{request.query}&{more}" if request.query else more
        signature = self._signature(request, at, ["host"], query)
        return replace(request, target=f"{request.path}?{query}&X-Amz-Signature={signature}")

    def _scope(self, at: float) -> str:
        return f"{_stamp(at)[:8]}/{self.region}/{self.service}/aws4_request"

    def _signature(self, request: Request, at: float, names: Sequence[str], query: str) -> str:
        lines = [
            *(request.method, _canonical_path(request.path), _canonical_query(query)),
            *(f"{name}:{_canonical_value(request, name)}" for name in names),
            *("", ";".join(names), sha256(request.body).hexdigest()),
        ]
        digest = sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
        key = f"AWS4{self.secret}".encode()
        for part in self._scope(at).split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, "\n".join((ALGORITHM, _stamp(at), self._scope(at), digest)).encode(), "sha256").hex()


def _should_be_signed(request: Request) -> set[str]:
    names = {name.lower() for name, _ in request.headers}
    return {name for name in names if name in ("host", "content-type") or name.startswith("x-amz-")}


def _canonical_path(path: str) -> str:
    plain = posixpath.normpath(path).replace("//", "/")
    end = "/" if path.endswith("/") and plain != "/" else ""
    return quote(plain + end, safe="/-_.~")


def _canonical_query(query: str) -> str:
    pairs = (piece.partition("=") for piece in query.split("&") if piece)
    found = sorted((_requote(name), _requote(value)) for name, _, value in pairs)
    return "&".join(f"{name}={value}" for name, value in found)


def _requote(text: str) -> str:
    return quote(unquote_to_bytes(text), safe="-_.~")


def _canonical_value(request: Request, name: str) -> str:
    values = (value for found, value in request.headers if found.lower() == name)
    return ",".join(" ".join(value.split()) for value in values)


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")
