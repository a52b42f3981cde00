"""Asks one side: a request goes out as it is, and an answer comes back, bounded in time and size.

On httpx's transport, below its client: that would follow redirects, keep cookies and write paths anew.
"""

from __future__ import annotations

import asyncio
import ssl
import time
import zlib
from dataclasses import dataclass, field
from functools import cache

import httpx

from stranglerfig.core.compare.answers import Answer, NoAnswer
from stranglerfig.core.compare.copies import SAFE
from stranglerfig.core.compare.jobs import Address, Bounds
from stranglerfig.core.topology import Tls

CONNECTIONS = 64
#: a side that takes no connection by then takes none
CONNECT_S = 2.0


@dataclass(frozen=True, slots=True)
class Ask:
    """``headers`` without the Host, which is the address's."""

    method: str
    address: Address
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    bounds: Bounds = Bounds()


@dataclass(slots=True)
class Sender:
    """Connections are kept for the next request. ``close`` when done."""

    _transports: dict[Tls | None, httpx.AsyncHTTPTransport] = field(default_factory=dict)

    async def close(self) -> None:
        for transport in self._transports.values():
            await transport.aclose()

    async def ask(self, asked: Ask) -> tuple[Answer | NoAnswer, float]:
        """With the milliseconds until the end of the answer. Whatever the network does is an answer, too."""
        begin = time.monotonic()
        try:
            async with asyncio.timeout(asked.bounds.timeout_s):
                answer: Answer | NoAnswer = await self._ask(asked)
        except TimeoutError:
            answer = NoAnswer(f"it did not end within {asked.bounds.timeout_s:g} s")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            answer = NoAnswer(_describe(error))
        return answer, (time.monotonic() - begin) * 1000

    async def _ask(self, asked: Ask) -> Answer:
        try:
            return await self._exchange(asked)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            # Most likely a kept connection that was closed just now; a write may have been done all the same.
            if asked.body or asked.method not in SAFE:
                raise
        return await self._exchange(asked)

    async def _exchange(self, asked: Ask) -> Answer:
        # As bytes: httpx would encode what it takes for text, and some values are neither ASCII nor UTF-8.
        headers = [(b"Host", _to_bytes(asked.address.host))]
        headers += [(name.encode("latin-1", "replace"), _to_bytes(value)) for name, value in asked.headers]
        request = httpx.Request(
            asked.method,
            asked.address.origin,
            headers=headers,
            content=asked.body or None,
            extensions={"target": asked.address.target.encode("latin-1", "replace"), "timeout": {"connect": CONNECT_S}},
        )
        response = await self._transport(asked.address.tls).handle_async_request(request)
        try:
            return await _read(response, asked.bounds.body_bytes)
        finally:
            await response.aclose()

    def _transport(self, tls: Tls | None) -> httpx.AsyncHTTPTransport:
        if tls not in self._transports:
            self._transports[tls] = httpx.AsyncHTTPTransport(
                verify=_context(tls or Tls()),
                trust_env=False,
                limits=httpx.Limits(
                    max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS, keepalive_expiry=4.0
                ),
            )
        return self._transports[tls]


async def _read(response: httpx.Response, most: int) -> Answer:
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers.raw)
    body, is_cut = bytearray(), False
    assert isinstance(response.stream, httpx.AsyncByteStream)
    async for part in response.stream:
        body += part
        if len(body) > most:
            is_cut = True
            break
    coding = response.headers.get("content-encoding", "").strip().lower()
    decoded, is_more = _decode(bytes(body[:most]), coding, most)
    return Answer(response.status_code, headers, decoded, is_cut or is_more)


@cache
def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.ca_file)
    if not tls.verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _decode(body: bytes, coding: str, most: int) -> tuple[bytes, bool]:
    """Asked for as it is, and sent compressed all the same. What cannot be decoded is compared as bytes."""
    if coding not in ("gzip", "x-gzip", "deflate"):
        return body, False
    decoder = zlib.decompressobj(47 if coding != "deflate" else 15)
    try:
        found = decoder.decompress(body, most)
    except zlib.error:
        return body, False
    return found, bool(decoder.unconsumed_tail)


def _to_bytes(value: str) -> bytes:
    """As they came: lines and files have bytes as UTF-8, and others by themselves."""
    return value.encode(errors="surrogateescape")


def _describe(error: Exception) -> str:
    match error:
        case httpx.ConnectTimeout():
            return f"it took no connection within {CONNECT_S:g} s"
        case httpx.ConnectError():
            return (
                "it refuses connections"
                if "refused" in str(error) or "attempts failed" in str(error)
                else f"no connection: {error}"
            )
        case httpx.RemoteProtocolError() | httpx.ReadError():
            return f"the connection broke: {error or 'it was reset'}"
        case _:
            return str(error) or type(error).__name__
