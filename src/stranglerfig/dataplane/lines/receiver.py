"""Takes access lines from HAProxy's workers, which connect to us, again and again if they must.

Nobody waits for us: what we do not read waits in the workers' rings for a while, and is then dropped. Each line comes
as a datagram too, at once and perhaps not at all; what comes both ways counts once. While there are rings, all is read
by and by and much of it together: to wake up for each line would cost more than the line.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import socket
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from stranglerfig.core.traffic.lines import Subscriber
from stranglerfig.dataplane.lines.format import DATAGRAM_SOCKET, LINES_SOCKET, LONGEST_LINE, parse_line, serial_of

log = logging.getLogger(__name__)

#: so much is read before others have a turn in the loop: some hundred lines, or a few milliseconds
_AT_ONCE = 32_768
_DATAGRAMS_AT_ONCE = 64
#: between two looks
_PAUSE_S = 0.05
_LONGEST_NUMBER = 6
#: so many lines are remembered that may come the other way too: those of some 20 s
_REMEMBERED = 8_192


@contextlib.asynccontextmanager
async def receiving(run_dir: Path, publish: Subscriber) -> AsyncIterator[None]:
    """``publish`` is called in the loop with each line, until the block ends."""
    receiver = _Receiver(publish)
    async with contextlib.AsyncExitStack() as stack:
        try:
            run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            stack.enter_context(_datagrams(run_dir / DATAGRAM_SOCKET, receiver))
            await stack.enter_async_context(_streams(run_dir / LINES_SOCKET, receiver))
        except OSError as problem:
            # All else goes on without lines.
            log.error("no access lines: %s", problem)
        yield


@contextlib.contextmanager
def _datagrams(path: Path, receiver: _Receiver) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.setblocking(False)
        path.unlink(missing_ok=True)
        bound.bind(str(path))
        path.chmod(0o600)
        reading = _Datagrams(bound, receiver)
        reading.go_on()
        try:
            yield
        finally:
            reading.stop()
            path.unlink(missing_ok=True)


@contextlib.asynccontextmanager
async def _streams(path: Path, receiver: _Receiver) -> AsyncIterator[None]:
    # It replaces the socket that an earlier daemon left.
    server = await asyncio.get_running_loop().create_unix_server(lambda: _Stream(receiver), path)
    path.chmod(0o600)
    try:
        yield
    finally:
        server.close()
        for stream in tuple(receiver.connected):
            stream.close()
        path.unlink(missing_ok=True)


@dataclass(slots=True)
class _Receiver:
    publish: Subscriber
    #: for sessions
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    told: set[bytes] = field(default_factory=set)
    order: deque[bytes] = field(default_factory=deque)
    #: rings
    connected: set[_Stream] = field(default_factory=set)

    def take(self, message: bytes) -> None:
        serial = serial_of(message)
        if serial in self.told:
            return
        self._remember(serial)
        line = parse_line(message, self.salt)
        if line is not None:
            self.publish(line)

    def _remember(self, serial: bytes) -> None:
        self.told.add(serial)
        self.order.append(serial)
        if len(self.order) > _REMEMBERED:
            self.told.discard(self.order.popleft())


class _Datagrams:
    """Read at once where they alone bring lines, for the kernel keeps few of them."""

    def __init__(self, bound: socket.socket, receiver: _Receiver) -> None:
        self._socket = bound
        self._receiver = receiver
        self._loop = asyncio.get_running_loop()
        self._later: asyncio.TimerHandle | None = None

    def go_on(self) -> None:
        self._loop.add_reader(self._socket, self._read)

    def stop(self) -> None:
        self._loop.remove_reader(self._socket)
        if self._later is not None:
            self._later.cancel()

    def _read(self) -> None:
        for _ in range(_DATAGRAMS_AT_ONCE):
            try:
                message = self._socket.recv(LONGEST_LINE + 1)
            except OSError:
                break
            self._receiver.take(message.removesuffix(b"\n"))
        if self._receiver.connected:
            self._loop.remove_reader(self._socket)
            self._later = self._loop.call_later(_PAUSE_S, self.go_on)


class _Stream(asyncio.BufferedProtocol):
    """One worker's ring. Each line comes with its length in front (octet counting, RFC 6587)."""

    def __init__(self, receiver: _Receiver) -> None:
        self._receiver = receiver
        self._room = bytearray(_AT_ONCE)
        self._pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._receiver.connected.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._receiver.connected.discard(self)

    def close(self) -> None:
        self._transport.close()

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        messages, rest = split_messages(self._pending + bytes(self._room[:nbytes]))
        for message in messages:
            self._receiver.take(message)
        if rest is None:
            # not what HAProxy writes: it connects again
            self.close()
            return
        self._pending = rest
        if nbytes < _AT_ONCE:
            self._transport.pause_reading()
            asyncio.get_running_loop().call_later(_PAUSE_S, self._go_on)

    def _go_on(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()


def split_messages(data: bytes) -> tuple[list[bytes], bytes | None]:
    """The whole messages in ``data`` and what is left of it; None where that can be no message's beginning."""
    messages: list[bytes] = []
    at = 0
    while (end := data.find(b" ", at, at + _LONGEST_NUMBER)) >= 0:
        number = data[at:end]
        if not number.isdigit() or int(number) > LONGEST_LINE:
            return messages, None
        stop = end + 1 + int(number)
        if stop > len(data):
            return messages, data[at:]
        messages.append(data[end + 1 : stop])
        at = stop
    rest = data[at:]
    return messages, rest if len(rest) < _LONGEST_NUMBER else None
