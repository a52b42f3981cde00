"""Clients that hide nothing: one epoll loop, no retries, every request judged.

Run as ``load.py '{"port": …, "profiles": [{"kind": …, "connections": …, "rate": …, "paths": …}]}'``. A line on stdin,
``snapshot`` or ``stop``, is answered with a line of JSON on stdout: what was counted since the start, by profile.
``stop`` first waits for what is in flight, then ends.

A request fails as ``refused``, ``reset``, ``closed`` (ended before the first byte of an answer), ``truncated``,
``timeout``, ``status-NNN`` or ``wrong`` (an answer to something else, or to a part of the body). That the other side
closes a connection with nothing under way is its right, and no failure.
"""

from __future__ import annotations

import heapq
import json
import os
import random
import select
import socket
import sys
import time
import zlib
from collections import Counter
from typing import Any

TIMEOUT_S = 20.0
#: how far behind its rate a profile may catch up
LARGEST_DEBT_S = 1.0
KEPT_FAILURES = 60
HEAD_END = b"\r\n\r\n"


class Profile:
    """``kind``: ``keepalive``, ``fresh``, ``post`` or ``slow``."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.kind: str = spec["kind"]
        self.paths: list[str] = spec["paths"]
        #: what stands before each path, and the proxy takes away
        self.stage: str = spec.get("stage", "")
        self.interval_s = spec["connections"] / spec["rate"]
        self.delays: list[float] = spec.get("delays", [])
        self.body_sizes: list[int] = spec.get("body_sizes", [])
        self.ok = 0
        self.sent = 0
        self.idle_closed = 0
        self.failures: Counter[str] = Counter()
        self.answered_by: Counter[str] = Counter()
        self.latencies: list[float] = []

    def next_request(self, number: int) -> tuple[bytes, bytes]:
        """The request, and what its answer must contain."""
        path = f"{random.choice(self.paths)}/{number}"
        if self.delays:
            path += f"?delay={random.choice(self.delays)}"
        body, method, extra = b"", "GET", ""
        if self.body_sizes:
            body = os.urandom(random.choice(self.body_sizes))
            method, extra = "POST", f"Content-Length: {len(body)}\r\n"
        if self.kind == "fresh":
            extra += "Connection: close\r\n"
        wanted = f'"method":"{method}","path":"{path}","bytes":{len(body)},"crc":{zlib.crc32(body)}}}'
        return f"{method} {self.stage}{path} HTTP/1.1\r\nHost: shop\r\n{extra}\r\n".encode() + body, wanted.encode()


class Client:
    """One connection at a time, one request at a time."""

    def __init__(self, profile: Profile, first_at: float) -> None:
        self.profile = profile
        self.next_at = first_at
        self.sock: socket.socket | None = None
        self.is_connecting = False
        self.is_waiting = False
        self.to_send = b""
        self.wanted = b""
        self.received = b""
        self.since = 0.0


class Load:
    def __init__(self, port: int, profiles: list[Profile], counts: list[int]) -> None:
        self.port = port
        self.profiles = profiles
        self.epoll = select.epoll()
        self.by_fd: dict[int, Client] = {}
        self.failures: list[dict[str, object]] = []
        self.number = 0
        self.is_stopping = False
        now = time.monotonic()
        self.clients = [
            Client(profile, now + random.random() * profile.interval_s)
            for profile, count in zip(profiles, counts, strict=True)
            for _ in range(count)
        ]
        self.due = [(client.next_at, number) for number, client in enumerate(self.clients)]
        heapq.heapify(self.due)
        self.numbers = {id(client): number for number, client in enumerate(self.clients)}

    def run(self) -> None:
        self.epoll.register(0, select.EPOLLIN)
        look_at = time.monotonic() + 1.0
        while not (self.is_stopping and not any(client.is_waiting for client in self.clients)):
            now = time.monotonic()
            while self.due and self.due[0][0] <= now and not self.is_stopping:
                self.begin(self.clients[heapq.heappop(self.due)[1]], now)
            timeout = 0.05 if self.is_stopping or not self.due else min(1.0, max(0.0, self.due[0][0] - now))
            for fd, events in self.epoll.poll(timeout):
                if fd == 0:
                    self.obey()
                elif fd in self.by_fd:
                    self.serve(self.by_fd[fd], events)
            if time.monotonic() > look_at:
                look_at = time.monotonic() + 1.0
                self.end_late()
        self.report()

    def obey(self) -> None:
        line = os.read(0, 4096)
        if not line or b"stop" in line:
            self.is_stopping = True
            self.epoll.unregister(0)
        else:
            self.report()

    def report(self) -> None:
        found = {
            profile.kind: {
                "sent": profile.sent,
                "ok": profile.ok,
                "idle_closed": profile.idle_closed,
                "failures": dict(profile.failures),
                "answered_by": dict(profile.answered_by),
                "latencies": summarise(profile.latencies),
            }
            for profile in self.profiles
        }
        for profile in self.profiles:
            profile.latencies = []
        sys.stdout.write(json.dumps({"profiles": found, "failures": self.failures, "at": time.time()}) + "\n")
        sys.stdout.flush()

    def begin(self, client: Client, now: float) -> None:
        self.number += 1
        client.to_send, client.wanted = client.profile.next_request(self.number)
        client.received, client.since, client.is_waiting = b"", now, True
        client.profile.sent += 1
        client.next_at = max(client.next_at + client.profile.interval_s, now - LARGEST_DEBT_S)
        if client.sock is None:
            self.connect(client)
        else:
            self.send(client)

    def connect(self, client: Client) -> None:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.sock, client.is_connecting = sock, True
        self.by_fd[sock.fileno()] = client
        self.epoll.register(sock.fileno(), select.EPOLLOUT)
        error = sock.connect_ex(("127.0.0.1", self.port))
        if error not in (0, 115):  # EINPROGRESS
            self.fail(client, "refused" if error == 111 else "connect", os.strerror(error))

    def serve(self, client: Client, events: int) -> None:
        assert client.sock is not None
        if client.is_connecting:
            error = client.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                self.fail(client, "refused" if error == 111 else "connect", os.strerror(error))
                return
            client.is_connecting = False
            self.epoll.modify(client.sock.fileno(), select.EPOLLIN)
            self.send(client)
        elif events & select.EPOLLOUT and client.to_send:
            self.send(client)
        else:
            self.receive(client)

    def send(self, client: Client) -> None:
        assert client.sock is not None
        try:
            sent = client.sock.send(client.to_send)
        except BlockingIOError:
            sent = 0
        except OSError as problem:
            self.fail(client, "reset", f"while sending: {problem.strerror}")
            return
        client.to_send = client.to_send[sent:]
        self.epoll.modify(client.sock.fileno(), select.EPOLLIN | (select.EPOLLOUT if client.to_send else 0))

    def receive(self, client: Client) -> None:
        assert client.sock is not None
        try:
            data = client.sock.recv(65_536)
        except BlockingIOError:
            return
        except OSError as problem:
            if client.is_waiting:
                self.fail(client, "reset", f"after {len(client.received)} bytes: {problem.strerror}")
            else:
                self.close_idle(client)
            return
        if not client.is_waiting:
            self.close_idle(client)
            return
        client.received += data
        self.judge(client, is_over=not data)

    def judge(self, client: Client, *, is_over: bool) -> None:
        head, found, body = client.received.partition(HEAD_END)
        length = content_length(head) if found else None
        if not found or (length is not None and len(body) < length) or (length is None and not is_over):
            if is_over:
                self.fail(client, "truncated" if client.received else "closed", f"{len(client.received)} bytes")
            return
        status = head[9:12].decode()
        if status != "200":
            self.fail(client, f"status-{status}", head[:200].decode("latin-1"))
        elif client.wanted not in body:
            self.fail(client, "wrong", f"wanted {client.wanted!r}, got {body[:200]!r}")
        else:
            self.succeed(client, body, is_last=is_over or b"\r\nconnection: close" in head.lower())

    def succeed(self, client: Client, body: bytes, *, is_last: bool) -> None:
        profile = client.profile
        profile.ok += 1
        profile.latencies.append(time.monotonic() - client.since)
        profile.answered_by[body[9 : body.index(b'"', 9)].decode()] += 1
        if is_last:
            self.close(client)
        self.rest(client)

    def fail(self, client: Client, kind: str, detail: str) -> None:
        client.profile.failures[kind] += 1
        if len(self.failures) < KEPT_FAILURES:
            wanted = client.wanted.decode().partition(',"bytes"')[0]
            late = time.monotonic() - client.since
            self.failures.append(
                {
                    "at": time.time(),
                    "profile": client.profile.kind,
                    "kind": kind,
                    "request": wanted,
                    "detail": f"{detail} after {late:.3f} s",
                }
            )
        self.close(client)
        self.rest(client)

    def rest(self, client: Client) -> None:
        client.is_waiting = False
        heapq.heappush(self.due, (client.next_at, self.numbers[id(client)]))

    def close_idle(self, client: Client) -> None:
        client.profile.idle_closed += 1
        self.close(client)

    def close(self, client: Client) -> None:
        assert client.sock is not None
        del self.by_fd[client.sock.fileno()]
        self.epoll.unregister(client.sock.fileno())
        client.sock.close()
        client.sock, client.is_connecting = None, False

    def end_late(self) -> None:
        now = time.monotonic()
        for client in self.clients:
            if client.is_waiting and now - client.since > TIMEOUT_S:
                self.fail(client, "timeout", f"{len(client.received)} bytes")


def content_length(head: bytes) -> int | None:
    lower = head.lower()
    at = lower.find(b"\r\ncontent-length:")
    return None if at < 0 else int(lower[at + 17 :].partition(b"\r\n")[0])


def summarise(latencies: list[float]) -> dict[str, float]:
    """Milliseconds."""
    if not latencies:
        return {}
    latencies.sort()
    return {
        "p50": latencies[len(latencies) // 2] * 1000,
        "p99": latencies[len(latencies) * 99 // 100] * 1000,
        "max": latencies[-1] * 1000,
    }


def main() -> None:
    spec = json.loads(sys.argv[1])
    profiles = [Profile(profile) for profile in spec["profiles"]]
    Load(spec["port"], profiles, [profile["connections"] for profile in spec["profiles"]]).run()


if __name__ == "__main__":
    main()
