"""One HTTP request and its answer over a unix socket: what the client needs of HTTP, and nothing that is slow to load.

``http.client`` brings a mail library, TLS and 30 ms to every command; the daemon's socket needs none of that.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator

import httptools

from stranglerfig.errors import Unavailable, UsageError

PART_BYTES = 65_536


class DaemonAbsent(Unavailable):
    """Nobody listens on the daemon's socket."""


class Garbled(Exception):
    """What came is no HTTP, or ends in its middle."""


class Exchange:
    """A connection for a single request. ``status`` and ``headers`` (lower-case names) stand once ``ask`` returned.

    Raises ``OSError`` and ``Garbled`` for a connection that breaks, at whatever moment.
    """

    def __init__(self, socket_path: str, timeout_s: float | None) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self._parser = httptools.HttpResponseParser(self)
        self._body = bytearray()
        self._is_head_read = False
        self._is_complete = False
        self._socket = connect(socket_path, timeout_s)

    def close(self) -> None:
        self._socket.close()

    def ask(self, method: str, path: str, payload: bytes | None) -> None:
        """Send the request, and read the head of the answer."""
        head = f"{method} {path} HTTP/1.1\r\nHost: fig\r\nAccept: application/json\r\nConnection: close\r\n"
        if payload is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n"
        self._socket.sendall(f"{head}\r\n".encode("ascii") + (payload or b""))
        while not self._is_head_read:
            self._read_on()

    def read(self) -> bytes:
        """All of the body."""
        while not self._is_complete:
            self._read_on()
        return bytes(self._body)

    def lines(self) -> Iterator[bytes]:
        """The body's lines, each as soon as it is whole."""
        searched = 0
        while True:
            end = self._body.find(b"\n", searched) + 1
            if end:
                yield bytes(self._body[:end])
                del self._body[:end]
                searched = 0
            elif self._is_complete:
                break
            else:
                searched = len(self._body)
                self._read_on()
        if self._body:
            yield bytes(self._body)

    def _read_on(self) -> None:
        part = self._socket.recv(PART_BYTES)
        if not part:
            self._end()
            return
        try:
            self._parser.feed_data(part)
        except httptools.HttpParserError as error:
            raise Garbled(str(error)) from error

    def _end(self) -> None:
        """The other side has closed. Only a body without a stated length may end that way."""
        if not self._is_head_read:
            raise Garbled("it closed without an answer")
        if "content-length" in self.headers or "transfer-encoding" in self.headers:
            raise Garbled("the answer ends in its middle")
        self._is_complete = True

    # The parser calls these by name.

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self._is_head_read = True

    def on_body(self, part: bytes) -> None:
        self._body += part

    def on_message_complete(self) -> None:
        self._is_complete = True


def connect(socket_path: str, timeout_s: float | None) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout_s)
    try:
        connection.connect(socket_path)
    except OSError as broken:
        connection.close()
        raise unreachable(socket_path, broken) from broken
    return connection


def unreachable(socket_path: str, broken: OSError) -> Unavailable | UsageError:
    if isinstance(broken, FileNotFoundError | NotADirectoryError | ConnectionRefusedError):
        return DaemonAbsent(
            f"no daemon listens on {socket_path}",
            hint="Run `fig status`, which starts it, or `fig doctor` to see what keeps it from starting.",
        )
    if "too long" in str(broken):
        return UsageError(
            f"the path of the daemon's socket is too long: {socket_path}",
            hint="Set FIG_HOME to a folder with a shorter path.",
        )
    return Unavailable(
        f"cannot reach the daemon on {socket_path}: {broken.strerror or broken}",
        hint="Only the user who started it may speak to it; `fig doctor` says more.",
    )
