"""What fig needs of a machine, one check a function. Each looks and changes nothing."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from stranglerfig import __version__
from stranglerfig.errors import FigError, Unavailable

if TYPE_CHECKING:
    from stranglerfig.control.settings import Settings

MIB = 1024**2
#: Below this the books and the tasks' output soon have no room.
SCARCE_DISK = 500 * MIB
NO_DISK = 20 * MIB
#: Fewer connections at once than this, and a busy monolith's clients wait.
USUAL_CONNECTIONS = 4_000
FEWEST_CONNECTIONS = 200
#: The same on every architecture.
PIDFD_GETFD = 438


class Mark(Enum):
    GOOD = "good"
    #: works, with the limit that is named
    DOUBTFUL = "doubtful"
    #: needed, and not there
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Check:
    """``mend`` says what to do; empty when all is well."""

    name: str
    mark: Mark
    found: str
    mend: str = ""

    def to_json(self) -> dict[str, str]:
        return {"check": self.name, "mark": self.mark.value, "found": self.found, "mend": self.mend}


def check_machine(settings: Settings, environ: Mapping[str, str]) -> list[Check]:
    return [
        check_python(),
        check_haproxy(environ),
        check_state(settings.home),
        check_disk(settings.home),
        check_socket_path(settings),
        check_descriptors(),
        check_ports(),
        check_low_ports(),
        check_takeover(),
        check_daemon(settings),
    ]


def check_python() -> Check:
    """Whatever runs this is new enough: an older one cannot install fig."""
    return Check("python", Mark.GOOD, f"{sys.version.split()[0]} at {sys.executable}")


def check_haproxy(environ: Mapping[str, str]) -> Check:
    from stranglerfig.dataplane.locate import find_haproxy

    try:
        found = find_haproxy(environ)
    except FigError as error:
        return Check("haproxy", Mark.MISSING, error.message, error.hint or "")
    return Check("haproxy", Mark.GOOD, f"{found.version_text} at {found.path} ({found.source})")


def check_state(home: Path) -> Check:
    """The folder itself, or the nearest one above it, in which it would be made."""
    here = nearest_existing(home)
    if not here.is_dir():
        return Check("state", Mark.MISSING, f"{here} is no folder", "Move it aside, or set FIG_HOME to another folder.")
    if not os.access(here, os.R_OK | os.W_OK | os.X_OK):
        return Check(
            "state", Mark.MISSING, f"{here} is not writable", "Make it yours, or set FIG_HOME to a folder that is."
        )
    return Check("state", Mark.GOOD, f"{home}{'' if here == home else ' (made when needed)'}")


def check_disk(home: Path) -> Check:
    here = nearest_existing(home)
    free = shutil.disk_usage(here).free
    found = f"{free // MIB:,} MiB free under {here}"
    if free < NO_DISK:
        return Check("disk", Mark.MISSING, found, "Make room: without it fig can note no change.")
    if free < SCARCE_DISK:
        return Check("disk", Mark.DOUBTFUL, found, "Make room before the tasks' output fills it.")
    return Check("disk", Mark.GOOD, found)


def nearest_existing(folder: Path) -> Path:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def check_socket_path(settings: Settings) -> Check:
    from stranglerfig.control.settings import refuse_long_sockets

    try:
        refuse_long_sockets(settings.run_dir)
    except FigError as error:
        return Check("socket path", Mark.MISSING, error.message, error.hint or "")
    return Check("socket path", Mark.GOOD, f"{len(os.fsencode(settings.api_socket))} bytes")


def check_descriptors() -> Check:
    """HAProxy raises its soft limit to the hard one, so that one counts."""
    from stranglerfig.dataplane.machine import connection_limit

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    connections = connection_limit(hard)
    allowed = "no limit" if hard == resource.RLIM_INFINITY else f"{hard:,} a process"
    found = f"{allowed}: HAProxy takes {connections:,} connections at once"
    mend = "Raise the hard limit: `ulimit -Hn`, LimitNOFILE= under systemd, /etc/security/limits.conf."
    if connections < FEWEST_CONNECTIONS:
        return Check("open files", Mark.MISSING, found, mend)
    if connections < USUAL_CONNECTIONS:
        return Check("open files", Mark.DOUBTFUL, found, mend)
    return Check("open files", Mark.GOOD, found)


def check_ports() -> Check:
    """Tasks and listeners without --port get free loopback ports."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            return Check("ports", Mark.GOOD, f"free ones on 127.0.0.1, as {server.getsockname()[1]}")
    except OSError as error:
        mend = "See `ip addr show lo` and `ss -tan | wc -l`."
        return Check("ports", Mark.MISSING, f"none on 127.0.0.1: {error.strerror or error}", mend)


def check_low_ports() -> Check:
    first = read_number("/proc/sys/net/ipv4/ip_unprivileged_port_start", 1024)
    if os.geteuid() == 0 or first <= 80:
        return Check("ports 80 and 443", Mark.GOOD, "may be listened on")
    mend = f"For them: `sudo sysctl net.ipv4.ip_unprivileged_port_start=80`. Ports from {first} up need nothing."
    return Check("ports 80 and 443", Mark.DOUBTFUL, "reserved for root", mend)


def check_takeover() -> Check:
    """A keeper that was killed leaves its sockets with HAProxy; the next one fetches them from there."""
    lost = "If fig's keeper is ever killed, its listeners must be opened anew."
    if not can_fetch_descriptors():
        return Check(
            "take-over", Mark.DOUBTFUL, "this kernel or container forbids pidfd_getfd", f"{lost} Linux 5.6 has it."
        )
    scope = read_number("/proc/sys/kernel/yama/ptrace_scope", 0)
    # At 1, HAProxy lets the next keeper in by itself.
    if scope <= 1 or (scope == 2 and os.geteuid() == 0):
        return Check("take-over", Mark.GOOD, "a killed keeper's sockets can be fetched back")
    mend = f"{lost} `sudo sysctl kernel.yama.ptrace_scope=1` lifts it."
    return Check("take-over", Mark.DOUBTFUL, f"kernel.yama.ptrace_scope is {scope}", mend)


def can_fetch_descriptors() -> bool:
    """Try it on ourselves, which is always allowed where it is allowed at all."""
    import ctypes

    try:
        me = os.pidfd_open(os.getpid())
    except OSError:
        return False
    copy = ctypes.CDLL(None).syscall(PIDFD_GETFD, me, me, 0)
    if copy >= 0:
        os.close(copy)
    os.close(me)
    return bool(copy >= 0)


def check_daemon(settings: Settings) -> Check:
    from stranglerfig.api.client import Client, DaemonAbsent, Transport

    try:
        found = Client(Transport(str(settings.api_socket), timeout_s=3.0)).daemon.version()
    except DaemonAbsent:
        return Check("daemon", Mark.GOOD, "does not run; the next command starts it")
    except Unavailable as error:
        mend = f"See {settings.log_dir}/daemon.log; `fig daemon stop` ends it, traffic goes on."
        return Check("daemon", Mark.DOUBTFUL, error.message, mend)
    except FigError as error:
        return Check("daemon", Mark.DOUBTFUL, error.message, error.hint or "")
    if found["version"] != __version__:
        mend = "`fig daemon stop` ends it (traffic goes on); the next command starts this version's."
        return Check("daemon", Mark.DOUBTFUL, f"is fig {found['version']}, this is fig {__version__}", mend)
    return Check("daemon", Mark.GOOD, f"runs, pid {found['pid']}, fig {found['version']}")


def read_number(path: str, absent: int) -> int:
    try:
        return int(Path(path).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return absent
