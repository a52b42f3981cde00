"""Who a process is: read from ``/proc``, and signalled without ever hitting another one that got its pid."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
from dataclasses import dataclass

from stranglerfig.core.observed import TaskIdentity
from stranglerfig.errors import Unequipped


@dataclass(frozen=True, slots=True)
class ProcessStat:
    """What ``/proc/PID/stat`` says. ``group`` and ``session`` are the pids of their first leaders."""

    identity: TaskIdentity
    group: int
    session: int
    has_ended: bool


def parse_stat(text: str) -> ProcessStat:
    """The name in parentheses may hold anything, blanks and parentheses too: fields count from the last ``)``."""
    pid = int(text[: text.index(" ")])
    fields = text[text.rindex(")") + 2 :].split(" ")
    # Fields are numbered from 1 in proc(5); the state, field 3, comes first here.
    return ProcessStat(
        identity=TaskIdentity(pid=pid, start_ticks=int(fields[19])),
        group=int(fields[2]),
        session=int(fields[3]),
        has_ended=fields[0] in "ZXx",
    )


def read_stat(pid: int) -> ProcessStat | None:
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return parse_stat(file.read())
    except (FileNotFoundError, ProcessLookupError):
        return None


def read_identity(pid: int) -> TaskIdentity:
    """Of a process that is there, which our own child is until we wait for it."""
    stat = read_stat(pid)
    if stat is None:
        raise ProcessLookupError(errno.ESRCH, os.strerror(errno.ESRCH))
    return stat.identity


def check_pidfd() -> None:
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError as error:
        raise Unequipped(
            f"this kernel cannot watch processes by descriptor: {os.strerror(error.errno or 0).lower()}",
            hint="Run fig on Linux 5.3 or newer; `fig doctor` shows the rest that it needs.",
        ) from error


def reap(pid: int) -> int | None:
    """The exit status of an ended child; None when it is not our child, as most adopted tasks are not.

    Some are: those of a control plane that replaced itself by another program and kept its pid.
    """
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return None
    return os.waitstatus_to_exitcode(status) if ended else None


def is_running(identity: TaskIdentity) -> bool:
    """A zombie does not run: where pid 1 reaps nothing, it may stay in ``/proc`` for ever."""
    stat = read_stat(identity.pid)
    return stat is not None and stat.identity == identity and not stat.has_ended


def open_pidfd(identity: TaskIdentity) -> int | None:
    """A descriptor of that very process, which becomes readable when it ends. None: it is gone already."""
    try:
        pidfd = os.pidfd_open(identity.pid)
    except ProcessLookupError:
        return None
    # Only after the descriptor is open is it sure that the pid cannot change hands any more.
    stat = read_stat(identity.pid)
    if stat is None or stat.identity != identity:
        os.close(pidfd)
        return None
    return pidfd


def send_signal(identity: TaskIdentity, number: signal.Signals) -> None:
    """Nothing happens when the process is gone or belongs to somebody else by now."""
    pidfd = open_pidfd(identity)
    if pidfd is None:
        return
    try:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            signal.pidfd_send_signal(pidfd, number)
    finally:
        os.close(pidfd)


def send_group_signal(identity: TaskIdentity, number: signal.Signals) -> bool:
    """Signal the group that this process leads, at one stroke, so that no member forks its way out of it.

    False: the leader is gone, and so is the proof that a group with its number is the one that is meant. A zombie keeps
    the number reserved, so a leader that has ended but was not waited for is good enough.
    """
    stat = read_stat(identity.pid)
    if stat is None or stat.identity != identity:
        return False
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(identity.pid, number)
    return True
