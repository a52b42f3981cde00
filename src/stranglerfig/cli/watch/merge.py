"""Several endless streams as one, in the order in which their items come."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from typing import TypeVar

from stranglerfig.errors import FigError

Item = TypeVar("Item")


class Ended:
    """One stream is over."""


def merge(streams: Sequence[Iterator[Item]]) -> Iterator[Item]:
    """Ends when all have ended; the first error of one is raised. The readers die with the process."""
    arrivals: queue.SimpleQueue[Item | FigError | Ended] = queue.SimpleQueue()

    def read(stream: Iterator[Item]) -> None:
        try:
            for item in stream:
                arrivals.put(item)
            arrivals.put(Ended())
        except FigError as error:
            arrivals.put(error)

    for stream in streams:
        threading.Thread(target=read, args=(stream,), daemon=True).start()
    running = len(streams)
    while running:
        match arrivals.get():
            case Ended():
                running -= 1
            case FigError() as error:
                raise error
            case item:
                yield item
