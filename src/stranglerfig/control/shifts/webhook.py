"""Posts a JSON document to a URL, and gives up soon."""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import SplitResult, urlsplit

from stranglerfig.errors import FigError, Unavailable

ANSWER_TIMEOUT_S = 5.0
#: before the second try, and before the third
PAUSES_S = (0.5, 2.0)


async def post(url: str, body: bytes) -> None:
    """Tried again where nothing took it. Raises ``Unavailable`` with the last reason."""
    for pause_s in (*PAUSES_S, None):
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await _post_once(urlsplit(url), body)
            return
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError, FigError) as error:
            if pause_s is None:
                raise Unavailable(f"{url} did not take it: {error or type(error).__name__}") from error
        await asyncio.sleep(pause_s)


async def _post_once(url: SplitResult, body: bytes) -> None:
    secure = ssl.create_default_context() if url.scheme == "https" else None
    reader, writer = await asyncio.open_connection(url.hostname, url.port or (443 if secure else 80), ssl=secure)
    try:
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {url.netloc.rpartition('@')[2]}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nUser-Agent: fig\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        status = (await reader.readuntil(b"\r\n")).split(maxsplit=2)
        if len(status) < 2 or not status[1].startswith(b"2"):
            raise Unavailable(f"it answered {b' '.join(status[1:]).decode(errors='replace').strip() or 'nothing'}")
    finally:
        writer.close()
