"""A server that gives every connection the same bytes, whatever it asks, and then closes, resets or says no more."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Served-By: rude\r\nContent-Length: 5\r\n\r\nReady"


class Then(Enum):
    CLOSE = "close"
    RESET = "reset"
    SILENCE = "silence"


@contextmanager
def serving(reply: bytes, then: Then) -> Iterator[int]:
    """The port it listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        kept: list[socket.socket] = []
        thread = threading.Thread(target=serve, args=(listening, reply, then, kept), daemon=True)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
            for connection in kept:
                connection.close()


def serve(listening: socket.socket, reply: bytes, then: Then, kept: list[socket.socket]) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        asked = connection.recv(65536)
        if asked and reply:
            connection.sendall(reply)
        if then is Then.SILENCE:
            kept.append(connection)
            continue
        if then is Then.RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
