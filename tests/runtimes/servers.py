"""Servers that answer byte for byte what a test wants, as badly as it wants."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field


@dataclass
class Heard:
    """Where the server listens, and the heads of the requests it got."""

    port: int = 0
    heads: list[str] = field(default_factory=list)


@contextlib.asynccontextmanager
async def a_server(
    *pieces: bytes, pause_s: float = 0.0, context: ssl.SSLContext | None = None, is_silent: bool = False
) -> AsyncIterator[Heard]:
    """Answers each request with ``pieces``, ``pause_s`` apart, and closes; if silent, keeps quiet and open."""
    heard = Heard()
    handlers: set[asyncio.Task[None] | None] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        handlers.add(asyncio.current_task())
        try:
            heard.heads.append((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause_s)
            if is_silent:
                await reader.read()
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    heard.port = server.sockets[0].getsockname()[1]
    try:
        yield heard
    finally:
        server.close()
        running = [handler for handler in handlers if handler is not None]
        for handler in running:
            handler.cancel()
        await asyncio.gather(*running, return_exceptions=True)
