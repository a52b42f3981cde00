"""A client that forgives nothing: raw sockets, no retry, every request's fate with its times. Run as a process:
``python -m bench.strict PORT PATH SECONDS OUTPUT``; SIGTERM ends it early, with everything written.

Three kinds of client at once, each at a fixed pace so that it samples the proxy evenly: connections that are kept and
busy, connections that are kept and mostly idle (a browser between two clicks), and connections that are opened for one
request. As real clients do, a kept connection is looked at before it is used again: one that was closed meanwhile is
opened anew, and that is no failure. One event loop over epoll; the load itself comes from wrk beside it.
"""

from __future__ import annotations

import errno
import json
import selectors
import signal
import socket
import sys
import time
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

TIMEOUT_S = 3.0


class Kind(Enum):
    KEEPALIVE = "keepalive"
    IDLE = "idle"
    FRESH = "fresh"


#: how many of each kind, and how often each of them asks: at most 3,200, 320 and 800 requests a second
CLIENTS = {Kind.KEEPALIVE: (16, 0.005), Kind.IDLE: (64, 0.2), Kind.FRESH: (8, 0.01)}


@dataclass(frozen=True, slots=True)
class Fate:
    """One request. ``answer`` is ``old``, ``new``, or how it failed; times are seconds of the monotonic clock."""

    kind: Kind
    sent: float
    done: float
    answer: str

    @property
    def failed(self) -> bool:
        return self.answer not in ("old", "new")


def judge(response: bytes) -> str | None:
    """``old`` or ``new``, a failure, or None while there is more to come."""
    head, end, body = response.partition(b"\r\n\r\n")
    if not end:
        return None
    status = head[9:12].decode("ascii", "replace")
    if not head.startswith(b"HTTP/1.1 2"):
        return f"status {status}"
    length = next((int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), None)
    if length is None:
        return "no length"
    if len(body) < length:
        return None
    for side in ("old", "new"):
        if f'"side":"{side}"'.encode() in body:
            return side
    return "wrong body"


class Connection:
    """One client: connect, ask, judge, wait for its turn, ask again."""

    def __init__(self, kind: Kind, request: bytes, address: tuple[str, int], starts: float) -> None:
        self.kind = kind
        self.due = starts
        self.socket: socket.socket | None = None
        self.busy = False
        self.fates: list[Fate] = []
        self._request = request
        self._address = address
        self._sent = 0.0
        self._answer = b""
        self._reused = False

    def ask(self, now: float, selector: selectors.BaseSelector) -> None:
        if self.socket is not None and _closed(self.socket):
            self.close(selector)
        self._sent, self._answer, self.busy = now, b"", True
        self._reused = self.socket is not None
        try:
            if self.socket is None:
                self.socket = socket.create_connection(self._address, timeout=TIMEOUT_S)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.socket.setblocking(False)
                selector.register(self.socket, selectors.EVENT_READ, self)
            self.socket.send(self._request)
        except OSError as error:
            self.end(_said(error, "connect" if not self._reused else "reset on a kept connection"), selector)

    def read(self, selector: selectors.BaseSelector) -> None:
        assert self.socket is not None
        try:
            piece = self.socket.recv(65536)
        except BlockingIOError:
            return
        except OSError as error:
            self.end(_said(error, self._cut()), selector)
            return
        if not self.busy:
            # The other side closes an idle connection, as it may: no request is hurt.
            self.close(selector)
            return
        if not piece:
            self.end(self._cut(), selector)
            return
        self._answer += piece
        verdict = judge(self._answer)
        if verdict is not None:
            self.end(verdict, selector)

    def expire(self, now: float, selector: selectors.BaseSelector) -> None:
        if self.busy and now - self._sent > TIMEOUT_S:
            self.end("timeout", selector)

    def end(self, answer: str, selector: selectors.BaseSelector) -> None:
        now = time.monotonic()
        fate = Fate(self.kind, self._sent, now, answer)
        self.fates.append(fate)
        self.busy = False
        self.due = max(self.due + CLIENTS[self.kind][1], now)
        if fate.failed or self.kind is Kind.FRESH or b"\r\nconnection: close" in self._answer.lower():
            self.close(selector)

    def close(self, selector: selectors.BaseSelector) -> None:
        if self.socket is not None:
            selector.unregister(self.socket)
            self.socket.close()
            self.socket = None

    def _cut(self) -> str:
        if self._answer:
            return "truncated"
        return "reset on a kept connection" if self._reused else "reset on a fresh connection"


def _closed(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _said(error: OSError, otherwise: str) -> str:
    if error.errno == errno.ECONNREFUSED:
        return "refused"
    return "timeout" if isinstance(error, TimeoutError) else otherwise


class Deadline:
    """When to ask no more: in so many seconds, or at SIGTERM."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds
        signal.signal(signal.SIGTERM, lambda *_: self._now())

    def _now(self) -> None:
        self._at = 0.0

    def passed(self, now: float) -> bool:
        return now >= self._at


def drive(port: int, path: str, deadline: Deadline) -> list[Fate]:
    address, start = ("127.0.0.1", port), time.monotonic()
    connections = []
    for kind, (count, pace_s) in CLIENTS.items():
        last = "close" if kind is Kind.FRESH else "keep-alive"
        for number in range(count):
            lines = (f"GET {path} HTTP/1.1", "Host: bench", f"X-User: u{number}", f"Connection: {last}", "", "")
            connections.append(Connection(kind, "\r\n".join(lines).encode(), address, start + number * pace_s / count))
    with selectors.DefaultSelector() as selector:
        _loop(connections, selector, deadline)
        for connection in connections:
            connection.close(selector)
    return [fate for connection in connections for fate in connection.fates]


def _loop(connections: list[Connection], selector: selectors.BaseSelector, deadline: Deadline) -> None:
    while True:
        now = time.monotonic()
        over = deadline.passed(now)
        if over and not any(one.busy for one in connections):
            return
        for connection in connections:
            connection.expire(now, selector)
            if not (over or connection.busy) and connection.due <= now:
                connection.ask(now, selector)
        waits = [one.due - now for one in connections if not (over or one.busy)]
        for key, _ in selector.select(max(0.0, min([*waits, 0.05]))):
            key.data.read(selector)


def write(fates: list[Fate], output: Path) -> None:
    rows = [[fate.kind.value, fate.sent, fate.done, fate.answer] for fate in fates]
    output.write_text(json.dumps(rows))


def read(output: Path) -> list[Fate]:
    return [Fate(Kind(kind), sent, done, answer) for kind, sent, done, answer in json.loads(output.read_text())]


if __name__ == "__main__":
    write(drive(int(sys.argv[1]), sys.argv[2], Deadline(float(sys.argv[3]))), Path(sys.argv[4]))
