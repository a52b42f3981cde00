"""Users of the shop: requests at a steady rate over a few kept connections, and what became of them."""

from __future__ import annotations

import asyncio
import itertools
import random
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

#: what a user of the shop asks for; the last one is not there
PAGES = ("products", "products/3", "products/7", "search?q=kettle", "orders/12", "labels", "products/99")
CONNECTIONS = 24
TIMEOUT_S = 10.0


@dataclass
class Visitors:
    """``start``, ``stop`` and ``leave`` from the test's thread. ``statuses`` by animal; 0: it did not come whole."""

    port: int
    animals: Sequence[str]
    rate: float
    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    _left: set[str] = field(default_factory=set)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self.statuses = {animal: Counter() for animal in self.animals}
        self._thread = threading.Thread(target=lambda: asyncio.run(self._visit()))
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def leave(self, animal: str) -> None:
        """Nobody asks for it any more; the others are asked no more often for that."""
        self._left.add(animal)

    def have_left_all(self) -> bool:
        return self._left == set(self.animals)

    async def _visit(self) -> None:
        async with asyncio.TaskGroup() as group:
            for first in range(CONNECTIONS):
                group.create_task(self._come_again(first))

    async def _come_again(self, first: int) -> None:
        """The animals in turn, so that each gets its share of the rate."""
        interval = CONNECTIONS / self.rate
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        due = asyncio.get_running_loop().time() + random.random() * interval
        for animal in itertools.islice(itertools.cycle(self.animals), first, None):
            if self._stopping.is_set():
                break
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            due += interval
            if animal in self._left:
                continue
            is_last = True
            try:
                streams = streams or await asyncio.open_connection("127.0.0.1", self.port)
                asking = _ask(*streams, f"/{animal}/{random.choice(PAGES)}")
                status, is_last = await asyncio.wait_for(asking, TIMEOUT_S)
            except (OSError, EOFError, TimeoutError):
                status = 0
            self.statuses[animal][status] += 1
            if is_last and streams is not None:
                streams[1].close()
                streams = None
        if streams is not None:
            streams[1].close()


async def _ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: str) -> tuple[int, bool]:
    """The status, and whether the connection ends with it."""
    writer.write(f"GET {target} HTTP/1.1\r\nHost: shop\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1]), b"\r\nconnection: close" in head
