"""Many requests in little time: pipelined over a few connections, to upstreams that HAProxy itself plays."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from stranglerfig.dataplane.locate import HaproxyBinary

CONNECTIONS = 8
_BODY = re.compile(rb"\r\n\r\n(\w)")


@asynccontextmanager
async def letter_upstreams(folder: Path, binary: HaproxyBinary, letters: str) -> AsyncIterator[dict[str, int]]:
    """For each letter the port of a server whose answers are that letter."""
    sockets = {letter: _listening() for letter in letters}
    configuration = folder / "letters.cfg"
    lines = ["global", "  maxconn 500", "defaults", "  mode http", "  timeout client 1m"]
    for letter, listening in sockets.items():
        lines += [f"frontend {letter}", f"  bind fd@{listening.fileno()}"]
        lines += [f'  http-request return status 200 content-type text/plain string "{letter}"']
    configuration.write_text("\n".join(lines) + "\n")
    process = await asyncio.create_subprocess_exec(
        *(binary.path, "-db", "-f", str(configuration)),
        pass_fds=[listening.fileno() for listening in sockets.values()],
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield {letter: listening.getsockname()[1] for letter, listening in sockets.items()}
    finally:
        process.kill()
        await process.wait()
        for listening in sockets.values():
            listening.close()


def _listening() -> socket.socket:
    listening = socket.create_server(("127.0.0.1", 0), backlog=256)
    listening.set_inheritable(True)
    return listening


def a_get(target: str = "/", *headers: str) -> bytes:
    return "\r\n".join((f"GET {target} HTTP/1.1", "Host: localhost", *headers, "", "")).encode()


async def ask_all(port: int, requests: Sequence[bytes]) -> str:
    """The letters of all answers, in the requests' order. Every answer must be a letter's."""
    size = -(-len(requests) // CONNECTIONS)
    parts = [requests[start : start + size] for start in range(0, len(requests), size)]
    return "".join(await asyncio.gather(*(_ask_one_by_one(port, part) for part in parts)))


async def _ask_one_by_one(port: int, requests: Sequence[bytes]) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"".join(requests))
    received = b""
    async with asyncio.timeout(60):
        while not (first := _BODY.search(received)):
            received += await _some(reader)
        # all answers are equally long
        chunks, missing = [received], first.end() * len(requests) - len(received)
        while missing > 0:
            chunks.append(await _some(reader))
            missing -= len(chunks[-1])
    writer.close()
    letters = _BODY.findall(b"".join(chunks))
    assert len(letters) == len(requests)
    return b"".join(letters).decode()


async def _some(reader: asyncio.StreamReader) -> bytes:
    chunk = await reader.read(1 << 18)
    assert chunk, "the proxy hung up"
    return chunk
