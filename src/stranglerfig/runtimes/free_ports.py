"""Hands out loopback ports that neither another task nor an outgoing connection can take in the meantime."""

from __future__ import annotations

import random
import socket
from collections.abc import Sequence
from pathlib import Path

from stranglerfig.errors import Unavailable

FIRST = 20_000
LAST = 65_535
#: a machine whose ephemeral range leaves fewer ports than this gets them from within that range
ENOUGH = 1_000


class PortPool:
    """Ports go round and round from a random start, so that one which has just been used rests for a long time.

    They lie outside the kernel's ephemeral range: there, an outgoing connection could be given the port between our
    choice and the moment the task listens.
    """

    def __init__(self, candidates: Sequence[int] | None = None) -> None:
        self._candidates = read_candidates() if candidates is None else candidates
        self._next = random.randrange(len(self._candidates))
        self._held: set[int] = set()

    def take(self) -> int:
        """Raises ``Unavailable`` when every port is in use."""
        for _ in self._candidates:
            port = self._candidates[self._next]
            self._next = (self._next + 1) % len(self._candidates)
            if port not in self._held and is_free(port):
                self._held.add(port)
                return port
        raise Unavailable(
            f"no free port for a task: all of {self._candidates[0]} to {self._candidates[-1]} are in use",
            hint="See who listens with `ss -ltnp`, and end what is not needed.",
        )

    def hold(self, port: int) -> None:
        """Mark the port of an adopted task."""
        self._held.add(port)

    def give_back(self, port: int) -> None:
        self._held.discard(port)


def read_candidates() -> Sequence[int]:
    try:
        text = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii")
    except OSError:
        return range(FIRST, 32_768)
    low, high = (int(word) for word in text.split())
    return plan_candidates(low, high)


def plan_candidates(ephemeral_low: int, ephemeral_high: int) -> Sequence[int]:
    below = range(FIRST, min(ephemeral_low, LAST + 1))
    above = range(max(ephemeral_high + 1, FIRST), LAST + 1)
    outside = max(below, above, key=len)
    return outside if len(outside) >= ENOUGH else range(FIRST, LAST + 1)


def is_free(port: int) -> bool:
    """Free on every address, since a task may bind ``0.0.0.0`` or ``::``. One with connections in TIME_WAIT is not."""
    return _can_bind(socket.AF_INET, "0.0.0.0", port) and (
        not socket.has_dualstack_ipv6() or _can_bind(socket.AF_INET6, "::", port)
    )


def _can_bind(family: socket.AddressFamily, host: str, port: int) -> bool:
    with socket.socket(family) as probe:
        if family == socket.AF_INET6:
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
