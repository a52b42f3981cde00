"""Which addresses a set of processes listens on, read from ``/proc``."""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass

LISTENING = "0A"


@dataclass(frozen=True, slots=True)
class ListeningSocket:
    inode: int
    host: str
    port: int

    def answers_loopback(self) -> bool:
        """Whether a connection to 127.0.0.1 reaches it; ``::`` takes IPv4 as well unless told not to."""
        return self.host in ("127.0.0.1", "0.0.0.0", "::")

    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_listeners(text: str) -> tuple[ListeningSocket, ...]:
    """The listening sockets in a ``/proc/net/tcp`` or ``tcp6``."""
    rows = (line.split() for line in text.splitlines()[1:])
    return tuple(_to_socket(row[1], int(row[9])) for row in rows if len(row) > 9 and row[3] == LISTENING)


def read_listeners(pids: Iterable[int]) -> tuple[ListeningSocket, ...]:
    """What these processes listen on. Processes that are gone, or not ours to see, listen on nothing."""
    found: dict[int, ListeningSocket] = {}
    for pid in pids:
        inodes = _read_socket_inodes(pid)
        if inodes - found.keys():
            found.update({socket.inode: socket for socket in _read_tables(pid) if socket.inode in inodes})
    return tuple(sorted(found.values(), key=lambda socket: socket.port))


def _read_tables(pid: int) -> tuple[ListeningSocket, ...]:
    # The process's own view: it may live in another network namespace than we do.
    texts = []
    for table in ("tcp", "tcp6"):
        try:
            with open(f"/proc/{pid}/net/{table}", encoding="ascii") as file:
                texts.append(file.read())
        except OSError:
            continue
    return tuple(socket for text in texts for socket in parse_listeners(text))


def _read_socket_inodes(pid: int) -> set[int]:
    inodes = set()
    try:
        names = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return set()
    for name in names:
        try:
            match = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(f"/proc/{pid}/fd/{name}"))
        except OSError:
            continue
        if match:
            inodes.add(int(match[1]))
    return inodes


def _to_socket(address: str, inode: int) -> ListeningSocket:
    host, _, port = address.partition(":")
    # The kernel prints each 32-bit word in the machine's own byte order.
    words = [bytes.fromhex(host[at : at + 8]) for at in range(0, len(host), 8)]
    packed = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
    ip = ipaddress.ip_address(packed)
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return ListeningSocket(inode=inode, host=str(ip), port=int(port, 16))
