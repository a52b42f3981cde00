"""Opens the AWS API's port on loopback: chosen once, and the same after every restart, for clients have it configured.

A port that another program has taken since does not keep the daemon from starting: what the rest of fig does is worth
more. Whoever asks for the endpoint is told, with the mend.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
from dataclasses import dataclass
from pathlib import Path

from stranglerfig.control.settings import Address, ApiSettings
from stranglerfig.errors import Conflict

log = logging.getLogger(__name__)

BACKLOG = 128
HOST = "127.0.0.1"
#: Tried in turn where no port was chosen yet, before any free one: several homes on a machine get neighbours.
FIRST_PORTS = range(4780, 4800)
PORT_FILE = "api-port"


@dataclass(slots=True)
class ApiListener:
    """``address`` None: nothing listens, because of ``problem`` or, without one, because it is switched off."""

    address: Address | None = None
    problem: Conflict | None = None


def open_listener(settings: ApiSettings, home: Path, listener: ApiListener) -> socket.socket | None:
    """Say in ``listener`` what became of it. None if nothing listens."""
    if not settings.is_on:
        return None
    try:
        found = _open(settings, home / PORT_FILE)
    except OSError as error:
        listener.problem = _to_problem(settings, home, error)
        log.error("%s", listener.problem.message)
        return None
    listener.address = Address(*found.getsockname()[:2])
    log.info("the AWS API listens on http://%s", listener.address)
    return found


def _open(settings: ApiSettings, port_file: Path) -> socket.socket:
    if settings.address is not None:
        return _listen(settings.address.host, settings.address.port)
    remembered = _remembered(port_file)
    if remembered is not None:
        return _listen(HOST, remembered)
    found = _listen_somewhere()
    try:
        _remember(port_file, found.getsockname()[1])
    except OSError:
        # Another port after the next start would be worse than none now.
        found.close()
        raise
    return found


def _listen_somewhere() -> socket.socket:
    for port in FIRST_PORTS:
        with contextlib.suppress(OSError):
            return _listen(HOST, port)
    return _listen(HOST, 0)


def _listen(host: str, port: int) -> socket.socket:
    host = HOST if host == "localhost" else host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # By its protocol asyncio knows a connection of TCP. Of others it lets small pieces wait, each answer for 40 ms.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        found.listen(BACKLOG)
    except OSError:
        found.close()
        raise
    return found


def _remembered(port_file: Path) -> int | None:
    try:
        text = port_file.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return int(text) if text.isdigit() and len(text) <= 5 and 0 < int(text) < 65_536 else None


def _remember(port_file: Path, port: int) -> None:
    draft = port_file.with_name(f"{port_file.name}.new")
    with open(draft, "w", encoding="ascii") as file:
        file.write(f"{port}\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(port_file)


def _to_problem(settings: ApiSettings, home: Path, error: OSError) -> Conflict:
    address = settings.address or Address(HOST, _remembered(home / PORT_FILE) or 0)
    is_taken = error.errno == errno.EADDRINUSE
    why = "another program has taken it" if is_taken else (error.strerror or str(error)).lower()
    mend = "Set FIG_API to another address" if settings.address else "End that program, or set FIG_API to an address"
    example = f"as in `export FIG_API={HOST}:4790`"
    return Conflict(
        f"the AWS API cannot listen on {address}: {why}",
        hint=f"{mend}, {example}, then run `fig daemon stop`: the next command starts it anew.",
    )
