"""Starts a keeper: ``python -m stranglerfig.dataplane.keeper [--detach] RUN_DIR``."""

from __future__ import annotations

import fcntl
import os
import resource
import signal
import socket
import sys

from stranglerfig.dataplane.keeper.child import redirect
from stranglerfig.dataplane.keeper.control import open_control
from stranglerfig.dataplane.keeper.loop import CONTROL, Keeper
from stranglerfig.dataplane.sockets import FILES_TAKEN, reserve_numbers

_LOCK, _LOG = "keeper.lock", "keeper.log"
_FILES = 1024


def main(arguments: list[str]) -> int:
    run_dir = arguments[-1]
    # whatever the starter leaked would otherwise live on in HAProxy
    os.closerange(3, FILES_TAKEN)
    os.chdir(run_dir)
    lock = os.open(_LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(lock, 32, 0).decode().strip()
        sys.stderr.write(f"another keeper runs in {run_dir}: pid {holder}\n")
        return 1
    _allow_enough_files()
    reserve_numbers()
    control = open_control(CONTROL)
    if "--detach" in arguments:
        _detach()
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    Keeper(control, _watch_signals()).run()
    return 0


def _allow_enough_files() -> None:
    """The pool alone needs more than some machines give."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < _FILES:
        resource.setrlimit(
            resource.RLIMIT_NOFILE, (_FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES), hard)
        )


def _detach() -> None:
    """Goes on in a session of its own; the starter sees its process end with 0, and the socket is there already."""
    if os.fork():
        os._exit(0)
    os.setsid()
    redirect(_LOG)


def _watch_signals() -> socket.socket:
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    signal.set_wakeup_fd(writer.detach())
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    return reader


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
