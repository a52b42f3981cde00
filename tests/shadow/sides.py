"""Legacy and candidate for tests: real servers on real sockets, which keep what they were asked."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """``value`` is JSON unless it is bytes. ``wait_s`` before the answer; ``cuts``: the connection breaks within it."""

    value: Any = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    wait_s: float = 0.0
    cuts: bool = False
    floods: bool = False


Answering = Callable[[Asked], Reply]


@dataclass
class Side:
    url: str
    answer: Answering
    asked: list[Asked] = field(default_factory=list)
    #: set when the test is over: nobody waits any longer
    over: threading.Event = field(default_factory=threading.Event)

    def paths(self) -> list[str]:
        return [one.target for one in self.asked]


@contextmanager
def a_side(answer: Answering) -> Iterator[Side]:
    server = _Server(("127.0.0.1", 0), _Handler)
    side = Side(f"http://127.0.0.1:{server.server_port}", answer)
    server.side = side
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield side
    finally:
        side.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def two_sides(legacy: Answering, candidate: Answering) -> Iterator[tuple[Side, Side]]:
    with a_side(legacy) as one, a_side(candidate) as other:
        yield one, other


def always(value: Any, status: int = 200, *headers: tuple[str, str]) -> Answering:
    return lambda _: Reply(value, status, headers)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    side: Side

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever was cut off went away on purpose."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def reply(self) -> None:
        side = self.server.side
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        asked = Asked(self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        side.asked.append(asked)
        found = side.answer(asked)
        side.over.wait(found.wait_s)
        self.tell(found)

    def tell(self, found: Reply) -> None:
        body = found.value if isinstance(found.value, bytes) else json.dumps(found.value).encode()
        self.send_response(found.status)
        if not any(name.lower() == "content-type" for name, _ in found.headers):
            self.send_header("Content-Type", "application/json")
        for name, value in found.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + (10 if found.cuts else 0) + (2**40 if found.floods else 0)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        while found.floods and not self.server.side.over.is_set():
            self.wfile.write(b"x" * 65_536)
        if found.cuts:
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = reply  # noqa: N815 - http.server's names


def wait_until(is_so: Callable[[], bool], patience_s: float = 60.0) -> None:
    end = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.02)
