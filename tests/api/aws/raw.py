"""Requests as bytes over a socket: nothing is checked, mended or left out on the way, as clients' libraries do."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from typing import Any

from tests.api.aws.signer import Request


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """Of the error, in either protocol."""
        if "x-amzn-errortype" in self.headers:
            return self.headers["x-amzn-errortype"]
        return self.body.partition(b"<Code>")[2].partition(b"</Code>")[0].decode()

    def json(self) -> Any:
        return json.loads(self.body)


class Raw:
    """A server on loopback. Connections are kept while the server keeps them."""

    def __init__(self, port: int, timeout_s: float = 20.0) -> None:
        self.port = port
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def request(self, method: str, target: str, body: bytes = b"", **headers: str) -> Request:
        named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        return Request(method, target, (("host", self.host), *named), body)

    def ask(self, request: Request) -> Answer:
        answer = self.send(to_bytes(request))
        assert answer is not None, "the server closed without an answer"
        return answer

    def send(self, text: bytes, *, ends: bool = False) -> Answer | None:
        """None if the server closes without an answer. ``ends``: nothing more will come from here."""
        for is_first in (self._socket is not None, False):
            connection = self._socket or self._connect()
            self._socket = None
            try:
                connection.sendall(text)
                if ends:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                # It may have answered and closed before it had read everything.
                pass
            answer = self._read(connection, is_head=text.startswith(b"HEAD "))
            if answer is not None or not is_first:
                return answer
        return None

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), self._timeout_s)

    def _read(self, connection: socket.socket, *, is_head: bool) -> Answer | None:
        seen = head = b""
        try:
            # What only says that the rest may come is no answer.
            while not head or head.startswith(b"HTTP/1.1 1"):
                while b"\r\n\r\n" not in seen:
                    part = connection.recv(65_536)
                    if not part:
                        connection.close()
                        return None
                    seen += part
                head, _, seen = seen.partition(b"\r\n\r\n")
            body = seen
            lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
            size = 0 if is_head else int(headers.get("content-length", 0))
            while len(body) < size:
                part = connection.recv(65_536)
                if not part:
                    connection.close()
                    return None
                body += part
        except ConnectionError:
            connection.close()
            return None
        if headers.get("connection", "").lower() == "close":
            connection.close()
        else:
            self._socket = connection
        return Answer(int(lines[0].split()[1]), headers, body)


def to_bytes(request: Request) -> bytes:
    lines = [f"{request.method} {request.target} HTTP/1.1", *(f"{name}: {value}" for name, value in request.headers)]
    names = {name.lower() for name, _ in request.headers}
    if request.body and names.isdisjoint({"content-length", "transfer-encoding"}):
        lines.append(f"content-length: {len(request.body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + request.body
