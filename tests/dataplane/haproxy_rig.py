"""A real HAProxy under a real keeper, steered by the router, in front of upstreams that tell what they were asked."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from stranglerfig.dataplane.locate import HaproxyBinary, find_haproxy
from stranglerfig.dataplane.machine import read_machine
from stranglerfig.dataplane.router import HaproxyRouter


def haproxy_binaries() -> list[HaproxyBinary]:
    """The one that fig would take, and the distribution's if it is another."""
    environ = dict(os.environ)
    found = [find_haproxy(environ)]
    if (path := shutil.which("haproxy")) and path != found[0].path:
        found.append(find_haproxy({**environ, "FIG_HAPROXY": path}))
    return found


@dataclass
class Upstream:
    """Answers every request with JSON: its name, the request line's target, and the headers it got."""

    name: str
    port: int = 0
    delay_s: float = 0.0
    seen: int = 0
    host: str = "127.0.0.1"
    _server: asyncio.Server | None = field(default=None, repr=False)
    _open: set[asyncio.StreamWriter] = field(default_factory=set, repr=False)

    async def start(self) -> Upstream:
        self._server = await asyncio.start_server(self._serve, self.host, self.port, limit=1 << 20)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def stop(self) -> None:
        assert self._server is not None
        self._server.close()

    def hang_up(self) -> None:
        """Close what is open, as a process that ends does; call it between requests."""
        for writer in self._open:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer(head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request_line, *lines = head.decode("latin-1").split("\r\n")[:-2]
        method, target, _ = request_line.split(" ")
        headers = [line.split(": ", 1) if ": " in line else [line.rstrip(":"), ""] for line in lines]
        length = sum(int(value) for name, value in headers if name.lower() == "content-length")
        if length:
            await reader.readexactly(length)
        if self.delay_s:
            await asyncio.sleep(self.delay_s)
        self.seen += 1
        body = json.dumps({"upstream": self.name, "method": method, "target": target, "headers": headers}).encode()
        answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        writer.write(answer + (b"" if method == "HEAD" else body))
        await writer.drain()


@asynccontextmanager
async def running_router(run_dir: Path, binary: HaproxyBinary) -> AsyncIterator[HaproxyRouter]:
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    router = HaproxyRouter(run_dir, binary, read_machine(binary, os.environ))
    await router.start()
    try:
        yield router
    finally:
        await router.stop()


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def upstream(self) -> str:
        return str(json.loads(self.body)["upstream"])

    @property
    def target(self) -> str:
        """Path and query; the absolute form that some clients send loses scheme and host."""
        return re.sub("^http://[^/]*", "", str(json.loads(self.body)["target"]))

    def received(self, name: str) -> list[str]:
        """The values of a header as the upstream got them."""
        return [value for key, value in json.loads(self.body)["headers"] if key.lower() == name]


class Client:
    """One keep-alive connection; a closed one is opened anew before the next request, never during one."""

    def __init__(self, port: int, source: str = "127.0.0.1") -> None:
        self.port = port
        self._source = source
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def is_open(self) -> bool:
        return self._writer is not None

    async def ask(
        self,
        target: str,
        method: str = "GET",
        headers: tuple[tuple[str, str], ...] = (),
        host: str | None = "localhost",
    ) -> Answer:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(
                "127.0.0.1", self.port, limit=1 << 20, local_addr=(self._source, 0)
            )
        assert self._reader is not None
        lines = [f"{method} {target} HTTP/1.1", *([f"Host: {host}"] if host is not None else [])]
        lines += [f"{name}: {value}" for name, value in headers]
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        answer = await read_answer(self._reader, method)
        if answer.headers.get("connection") == "close":
            self.close()
        return answer

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


async def read_answer(reader: asyncio.StreamReader, method: str) -> Answer:
    async with asyncio.timeout(60):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status_line, *lines = head.split("\r\n")[:-2]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        status = int(status_line.split(" ")[1])
        has_body = method != "HEAD" and status not in (204, 304)
        body = await reader.readexactly(int(headers.get("content-length", "0"))) if has_body else b""
    return Answer(status, headers, body)
