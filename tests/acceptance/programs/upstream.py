"""A service as cheap as Python allows: one epoll loop, a JSON answer of some 120 bytes that says who answered what.

``?delay=SECONDS`` answers late. SIGTERM ends it when it has answered what it has. Run with ``PORT`` in the environment
and its own name as the only argument. Its faults, by the environment: ``HEALTH=503`` makes ``/health`` answer that, as
``/become?503`` does later; ``WARM_UP=SECONDS`` every path until then, ``BREAKS=PART`` makes a 500 of paths with that
part; ``IGNORE_TERM=1`` makes it stubborn, ``WRONG_PORT`` is where it listens instead, and after ``CRASH=SECONDS`` it
ends.
"""

from __future__ import annotations

import heapq
import os
import select
import signal
import socket
import sys
import time
import zlib

HEAD_END = b"\r\n\r\n"


class Connection:
    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.received = b""
        self.is_busy = False


class Upstream:
    def __init__(self, name: str, port: int) -> None:
        self.name = name.encode()
        self.health = int(os.environ.get("HEALTH", "200"))
        self.breaks = os.environ.get("BREAKS", "").encode()
        self.warm_at = time.monotonic() + float(os.environ.get("WARM_UP", "0"))
        self.crash_at = time.monotonic() + float(os.environ.get("CRASH", "inf"))
        self.listening = socket.create_server((os.environ.get("HOST", "127.0.0.1"), port), backlog=1024)
        self.listening.setblocking(False)
        self.epoll = select.epoll()
        self.epoll.register(self.listening.fileno(), select.EPOLLIN)
        self.connections: dict[int, Connection] = {}
        self.late: list[tuple[float, int, Connection, bytes]] = []
        self.count = 0
        self.is_ending = False

    def end(self, *_: object) -> None:
        self.is_ending = True

    def run(self) -> None:
        while not (self.is_ending and self.has_closed()):
            timeout = 0.1
            if self.late:
                timeout = min(timeout, max(0.0, self.late[0][0] - time.monotonic()))
            for number, _ in self.epoll.poll(timeout):
                if number == self.listening.fileno():
                    self.accept()
                else:
                    self.receive(self.connections[number])
            self.answer_late()
            if time.monotonic() > self.crash_at:
                sys.exit("the disk is on fire")

    def has_closed(self) -> bool:
        """Called again and again once the end has come: lets go of whoever has nothing under way."""
        if self.listening.fileno() >= 0:
            self.accept()
            self.epoll.unregister(self.listening.fileno())
            self.listening.close()
        for connection in list(self.connections.values()):
            if not connection.is_busy and not connection.received:
                self.close(connection)
        return not self.connections

    def accept(self) -> None:
        try:
            while True:
                sock, _ = self.listening.accept()
                sock.setblocking(False)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections[sock.fileno()] = Connection(sock)
                self.epoll.register(sock.fileno(), select.EPOLLIN)
        except BlockingIOError:
            return

    def receive(self, connection: Connection) -> None:
        try:
            data = connection.sock.recv(262_144)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close(connection)
            return
        connection.received += data
        self.take_request(connection)

    def take_request(self, connection: Connection) -> None:
        head, found, rest = connection.received.partition(HEAD_END)
        if not found or connection.is_busy:
            return
        length = content_length(head)
        if len(rest) < length:
            return
        body, connection.received = rest[:length], rest[length:]
        connection.is_busy = True
        method, target, _ = head[: head.index(b"\r\n")].split(b" ", 2)
        answer = self.render(method, target, body)
        delay = target.partition(b"delay=")[2]
        if delay:
            self.count += 1
            due = time.monotonic() + float(delay)
            heapq.heappush(self.late, (due, self.count, connection, answer))
        else:
            self.send(connection, answer)

    def render(self, method: bytes, target: bytes, body: bytes) -> bytes:
        if target.startswith(b"/become?"):
            self.health = int(target.partition(b"?")[2])
        status = self.health if target == b"/health" else 200
        if self.breaks and self.breaks in target:
            status = 500
        if time.monotonic() < self.warm_at:
            status = 503
        text = b'{"from":"%s","method":"%s","path":"%s","bytes":%d,"crc":%d}' % (
            self.name,
            method,
            target,
            len(body),
            zlib.crc32(body),
        )
        text = text.ljust(119) + b"\n"
        closing = b"Connection: close\r\n" if self.is_ending else b""
        head = b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n"
        return head % (status, closing, len(text)) + (b"" if method == b"HEAD" else text)

    def answer_late(self) -> None:
        now = time.monotonic()
        while self.late and self.late[0][0] <= now:
            _, _, connection, answer = heapq.heappop(self.late)
            # Its number may be another connection's by now.
            if self.connections.get(connection.sock.fileno()) is connection:
                self.send(connection, answer)

    def send(self, connection: Connection, answer: bytes) -> None:
        connection.is_busy = False
        try:
            connection.sock.sendall(answer)
        except OSError:
            self.close(connection)
            return
        if connection.received:
            self.take_request(connection)

    def close(self, connection: Connection) -> None:
        self.connections.pop(connection.sock.fileno(), None)
        self.epoll.unregister(connection.sock.fileno())
        connection.sock.close()


def content_length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(b"\r\ncontent-length:")
    return 0 if at < 0 else int(lower[at + 17 :].partition(b"\r\n")[0])


def main() -> None:
    port = int(os.environ.get("WRONG_PORT", os.environ["PORT"]))
    upstream = Upstream(sys.argv[1], port)
    if os.environ.get("IGNORE_TERM"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM, upstream.end)
    sys.stdout.write(f"{sys.argv[1]} listens on {port}\n")
    sys.stdout.flush()
    upstream.run()


if __name__ == "__main__":
    main()
