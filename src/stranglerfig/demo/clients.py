"""Real clients, in a process of their own: ``python -m stranglerfig.demo.clients``.

Strict ones: raw sockets, nothing is sent twice, and every request's fate is told. Orders come as one JSON line on
stdin; the end of stdin ends the clients, so that they never outlive who started them. Fates go to stdout as JSON lines.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from stranglerfig.demo.exchange import Answer, Ask, Event, Mix, Outcome, decode_answers, encode_event, judge

TELL_EVERY_S = 0.05
KEEP_ALIVE = "keep-alive"
FRESH = "fresh"
USERS_PER_CLIENT = 5

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True, slots=True)
class Orders:
    """``rate`` is requests a second of all clients of this process together; ``run`` makes posts of this run unique."""

    host: str
    port: int
    kind: str
    clients: int
    rate: float
    run: str
    timeout_s: float
    answers: dict[str, Answer]


def parse_orders(line: str) -> Orders:
    given: dict[str, Any] = json.loads(line)
    return Orders(**{**given, "answers": decode_answers(given["answers"])})


class Failed(Exception):
    def __init__(self, outcome: Outcome, note: str) -> None:
        super().__init__(note)
        self.outcome = outcome
        self.note = note


class Client:
    """Asks one thing after the other, on one connection (``keep-alive``) or each on its own (``fresh``)."""

    def __init__(self, orders: Orders, number: int, told: list[Event]) -> None:
        self.orders = orders
        self.name = f"{orders.run}-{orders.kind}-{number}"
        self.pause_s = orders.clients / orders.rate
        self.start_s = self.pause_s * number / orders.clients
        self.told = told
        self.streams: Streams | None = None

    async def run(self, stop: asyncio.Event) -> None:
        mix = Mix(self.name, self.orders.answers)
        due = time.monotonic() + self.start_s
        serial = 0
        while not await stopped(stop, due):
            serial += 1
            self.told.append(await self.ask(mix.next(), f"{self.name}-{serial % USERS_PER_CLIENT}"))
            # A slow answer delays the next request; it does not make a burst of those that were due meanwhile.
            due = max(due + self.pause_s, time.monotonic())
        self.drop()

    async def ask(self, ask: Ask, user: str) -> Event:
        served_by = ""
        sent = time.monotonic()
        try:
            async with asyncio.timeout(self.orders.timeout_s):
                reader, writer = await self.connection()
                sent = time.monotonic()
                writer.write(render_request(ask, user, self.orders))
                answer, served_by, is_last = await read_answer(reader)
            outcome, note = judge(ask, answer)
            if is_last or self.orders.kind == FRESH:
                self.drop()
        except TimeoutError:
            outcome, note = Outcome.TIMEOUT, f"no whole answer in {self.orders.timeout_s:g} s"
            self.drop()
        except Failed as failed:
            outcome, note = failed.outcome, failed.note
            # What is left on the connection, or still to come, belongs to no later request.
            self.drop()
        kind = self.orders.kind
        done = time.monotonic()
        return Event(kind, user, ask.area, ask.method, ask.path, sent, done, outcome, served_by, ask.text, note)

    async def connection(self) -> Streams:
        """The one that is kept, unless the other side has closed it while it was idle, as it may."""
        if self.streams is not None and (self.streams[0].at_eof() or self.streams[0].exception() is not None):
            self.drop()
        if self.streams is None:
            try:
                self.streams = await asyncio.open_connection(self.orders.host, self.orders.port)
            except ConnectionRefusedError as refused:
                raise Failed(Outcome.REFUSED, "connection refused") from refused
            except OSError as broken:
                raise Failed(Outcome.RESET, f"no connection: {broken.strerror or broken}") from broken
        return self.streams

    def drop(self) -> None:
        if self.streams is not None:
            self.streams[1].transport.abort()
            self.streams = None


def render_request(ask: Ask, user: str, orders: Orders) -> bytes:
    lines = [f"{ask.method} {ask.path} HTTP/1.1", f"Host: {orders.host}:{orders.port}", f"X-User: {user}"]
    if ask.body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(ask.body)}"]
    if orders.kind == FRESH:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode() + ask.body


async def read_answer(reader: asyncio.StreamReader) -> tuple[Answer, str, bool]:
    """The answer, who gave it, and whether the connection ends with it."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as cut:
        outcome = Outcome.TRUNCATED if cut.partial else Outcome.RESET
        raise Failed(outcome, f"closed after {len(cut.partial)} bytes of the head") from cut
    except asyncio.LimitOverrunError as overrun:
        raise Failed(Outcome.DIFFERS, "a head without end") from overrun
    except OSError as broken:
        raise Failed(Outcome.RESET, str(broken.strerror or broken)) from broken
    status, headers = parse_head(head)
    if "content-length" not in headers:
        raise Failed(Outcome.DIFFERS, f"status {status} without a length")
    try:
        body = await reader.readexactly(int(headers["content-length"]))
    except (asyncio.IncompleteReadError, OSError) as cut:
        raise Failed(Outcome.TRUNCATED, "closed within the body") from cut
    answer = Answer(status, headers.get("content-type", ""), body)
    return answer, headers.get("x-served-by", ""), headers.get("connection", "").lower() == "close"


def parse_head(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    status = rest[:3]
    if not version.startswith("HTTP/1.") or not status.isdigit():
        raise Failed(Outcome.DIFFERS, f"no HTTP: {first[:80]!r}")
    named = (line.partition(":") for line in lines if line)
    return int(status), {name.strip().lower(): value.strip() for name, _, value in named}


async def stopped(stop: asyncio.Event, due: float) -> bool:
    """Wait until ``due``, or until the stop, whichever comes first."""
    with suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, due - time.monotonic())):
            await stop.wait()
    return stop.is_set()


async def tell(told: list[Event], stop: asyncio.Event) -> None:
    """Every little while what became of the requests since."""
    is_last = False
    while not is_last:
        is_last = await stopped(stop, time.monotonic() + TELL_EVERY_S)
        tell_now(told)


def tell_now(told: list[Event]) -> None:
    if told:
        rows = [encode_event(event) for event in told]
        told.clear()
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, separators=(",", ":")) + "\n")
        sys.stdout.flush()


@asynccontextmanager
async def input_lines() -> AsyncIterator[asyncio.StreamReader]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**20)
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    try:
        yield reader
    finally:
        transport.close()


async def serve() -> None:
    stop = asyncio.Event()
    told: list[Event] = []
    async with input_lines() as lines:
        orders = parse_orders((await lines.readline()).decode())
        async with asyncio.TaskGroup() as group:
            for number in range(orders.clients):
                group.create_task(Client(orders, number, told).run(stop))
            telling = group.create_task(tell(told, stop))
            await lines.read()
            stop.set()
            await telling
    # What was in flight at the stop has its answer by now.
    tell_now(told)


if __name__ == "__main__":
    with suppress(BrokenPipeError, KeyboardInterrupt):
        asyncio.run(serve())
