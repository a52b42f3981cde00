"""A name server for one process: IPv4 addresses out of a dict that a test changes while it runs."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

_A, _IN, _NAME_ERROR = 1, 1, 3


@dataclass
class NameServer(asyncio.DatagramProtocol):
    """Answers for ``addresses``; for nothing at all while it is not ``answering``."""

    addresses: dict[str, str] = field(default_factory=dict)
    answering: bool = True
    asked: int = 0
    port: int = 0
    _transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # the event loop's own class is not registered as the one that it is
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked += 1
        if self.answering and self._transport is not None:
            self._transport.sendto(self._answer(data), addr)

    def _answer(self, query: bytes) -> bytes:
        name, end = _name(query)
        question = query[12 : end + 4]
        (kind,) = struct.unpack_from("!H", query, end)
        address = self.addresses.get(name)
        records = b""
        if address is not None and kind == _A:
            # the name again, as a pointer to the question's
            records = struct.pack("!HHHIH", 0xC00C, _A, _IN, 1, 4) + socket.inet_aton(address)
        flags = 0x8180 | (_NAME_ERROR if address is None else 0)
        return query[:2] + struct.pack("!HHHHH", flags, 1, 1 if records else 0, 0, 0) + question + records


def _name(query: bytes) -> tuple[str, int]:
    """The question's name, lower case, and where its type begins."""
    labels, at = [], 12
    while size := query[at]:
        labels.append(query[at + 1 : at + 1 + size].decode().lower())
        at += 1 + size
    return ".".join(labels), at + 1


@asynccontextmanager
async def a_name_server(addresses: dict[str, str]) -> AsyncIterator[NameServer]:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(lambda: NameServer(addresses), local_addr=("127.0.0.1", 0))
    try:
        yield server
    finally:
        transport.close()
