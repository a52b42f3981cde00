"""The pool of listening sockets that HAProxy inherits before anybody knows which addresses they will serve.

HAProxy can only be given file descriptors when it is started; listeners are asked for later. So a pool of sockets that
are bound to nothing is opened first, under fixed numbers; HAProxy inherits it and keeps it through every reload. An
address is then opened by bind and listen on one's own copy: it is the same socket in HAProxy, and ``bind fd@N`` in the
next configuration takes it up. Nothing of the package is imported here: the keeper must stay small.

Seen with HAProxy 2.6 and 2.8 on Linux:
- numbers must be low: HAProxy refuses ``fd@N`` with N above the number of files that its ``maxconn`` leads to (about
  ``2 * maxconn + 40``, whatever ``ulimit-n`` says), and the pool counts against it: of ``maxconn`` connections half of
  ``SLOTS`` find no file;
- lower ones must be free: HAProxy's master needs one for each worker that is not gone yet, and knows no number above
  some three hundred. With the pool at 16 it lost sight of new workers when four old ones still had a client;
- a socket that was told its port cannot be unbound. ``shutdown`` ends its listening and another program may then take
  the port, but only the same address can ever be opened on it again: it is parked;
- a socket that was bound to port 0 loses its port on ``shutdown`` and would listen elsewhere afterwards. So a free port
  is looked up with another socket first.
"""

from __future__ import annotations

import errno
import os
import socket

BASE_FD = 256
IPV4_SLOTS = 192
IPV6_SLOTS = 64
SLOTS = IPV4_SLOTS + IPV6_SLOTS
FILES_TAKEN = BASE_FD + SLOTS

_BACKLOG = 4096
_FREE_PORT_TRIES = 16
#: the same on every architecture
_SYS_PIDFD_GETFD = 438


class Slot:
    """One socket of the pool. What it is bound to and whether it listens is asked of the kernel, never remembered."""

    __slots__ = ("_socket", "index")

    def __init__(self, index: int, fd: int) -> None:
        """Moves ``fd`` to the slot's own number, where an exec does not close it."""
        self.index = index
        os.dup2(fd, self.fd, inheritable=True)
        os.close(fd)
        self._socket = socket.socket(fileno=self.fd)

    @property
    def fd(self) -> int:
        return BASE_FD + self.index

    @property
    def family(self) -> int:
        return self._socket.family

    @property
    def address(self) -> tuple[str, int] | None:
        host, port = self._socket.getsockname()[:2]
        return (host, port) if port else None

    @property
    def is_open(self) -> bool:
        return bool(self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))

    def bind(self, host: str, port: int) -> None:
        self._socket.bind((host, port))

    def listen(self) -> None:
        self._socket.listen(_BACKLOG)

    def shut(self) -> None:
        """Ends listening in every process that shares the socket."""
        if self.is_open:
            self._socket.shutdown(socket.SHUT_RDWR)


class Pool:
    """All slots. Addresses are numeric; every failure is an ``OSError`` that leaves the other slots as they are."""

    def __init__(self, slots: list[Slot]) -> None:
        self.slots = slots

    @classmethod
    def create(cls) -> Pool:
        return cls([Slot(index, _unbound(_family_of_slot(index)).detach()) for index in range(SLOTS)])

    @classmethod
    def take(cls, pidfd: int) -> Pool:
        """Copies the pool out of another process. ``PermissionError`` when the kernel does not let us."""
        import ctypes  # a megabyte that a keeper without a predecessor does without

        libc = ctypes.CDLL(None, use_errno=True)
        slots = []
        for index in range(SLOTS):
            fd = libc.syscall(_SYS_PIDFD_GETFD, pidfd, BASE_FD + index, 0)
            if fd < 0:
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number))
            slots.append(Slot(index, fd))
        return cls(slots)

    def listen(self, host: str, port: int) -> Slot:
        """Opens the address, or finds it open. Port 0 is any free one."""
        host, family = _canonical(host)
        if port:
            return self._listen(host, port, family)
        for _ in range(_FREE_PORT_TRIES):
            try:
                return self._listen(host, _free_port(host, family), family)
            except OSError as problem:
                if problem.errno != errno.EADDRINUSE:
                    raise
        raise OSError(errno.EADDRINUSE, "no free port was found")

    def _listen(self, host: str, port: int, family: int) -> Slot:
        known = next((slot for slot in self.slots if slot.address == (host, port)), None)
        if known is not None:
            if not known.is_open:
                known.listen()
            return known
        slot = next((slot for slot in self.slots if slot.family == family and slot.address is None), None)
        if slot is None:
            raise OSError(errno.EMFILE, "every socket of the pool has had an address")
        slot.bind(host, port)
        slot.listen()
        return slot

    def reopen(self, addresses: dict[int, tuple[str, int]]) -> list[str]:
        """Opens the addresses at the slots where they were, and says which could not be."""
        problems = []
        for index, (host, port) in addresses.items():
            slot = self.slots[index]
            try:
                slot.bind(host, port)
                slot.listen()
            except OSError as problem:
                problems.append(f"{host} port {port}: {problem.strerror}")
                if slot.address is None:
                    # HAProxy listens on whatever socket its configuration names, and an unbound one would end up on a
                    # random port of every interface
                    slot.bind("127.0.0.1" if slot.family == socket.AF_INET else "::1", 0)
        return problems

    def release(self, index: int) -> None:
        if not 0 <= index < len(self.slots):
            raise OSError(errno.EINVAL, f"there is no slot {index}")
        self.slots[index].shut()

    def open_addresses(self) -> dict[int, tuple[str, int]]:
        return {slot.index: slot.address for slot in self.slots if slot.address and slot.is_open}

    def shut(self) -> None:
        for slot in self.slots:
            slot.shut()


def reserve_numbers() -> None:
    """Occupies the pool's numbers, so that no other file of this process gets one of them."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in range(BASE_FD, FILES_TAKEN):
        if number != null:
            os.dup2(null, number, inheritable=False)
    if not BASE_FD <= null < FILES_TAKEN:
        os.close(null)


def _family_of_slot(index: int) -> socket.AddressFamily:
    return socket.AF_INET if index < IPV4_SLOTS else socket.AF_INET6


def _unbound(family: int) -> socket.socket:
    fresh = socket.socket(family, socket.SOCK_STREAM)
    fresh.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        fresh.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return fresh


def _free_port(host: str, family: int) -> int:
    with _unbound(family) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def _canonical(host: str) -> tuple[str, int]:
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            return socket.inet_ntop(family, socket.inet_pton(family, host)), family
        except OSError:
            continue
    raise OSError(errno.EINVAL, f"{host} is not an IP address")
