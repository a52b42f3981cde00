"""A HAProxy master as the keeper sees it: how it is started, recognised and buried. Standard library only."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import time

_LOG_LIMIT = 1 << 20


class HaproxyChild:
    """One process, ours or adopted, that cannot be mistaken for another one."""

    def __init__(self, pid: int, start_ticks: int | None = None) -> None:
        """Raises ``ProcessLookupError`` unless that very process is alive. Of our own child the pid is proof enough."""
        self.pid = pid
        self.pidfd = os.pidfd_open(pid)
        self.since = time.monotonic()
        try:
            self.start_ticks = _read_ticks(pid)
            if start_ticks not in (None, self.start_ticks):
                raise ProcessLookupError(errno.ESRCH, f"process {pid} is another one")
        except OSError:
            os.close(self.pidfd)
            raise

    def send(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.pidfd, number)

    def bury(self) -> int | None:
        """After its death: its status if it was our own child, and no worker of it left to accept with old rules."""
        if read_start_ticks(self.pid) in (None, self.start_ticks):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        os.close(self.pidfd)
        try:
            return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        except ChildProcessError:
            return None


def read_start_ticks(pid: int) -> int | None:
    """When the process started, in clock ticks since boot; None if there is none."""
    try:
        return _read_ticks(pid)
    except OSError:
        return None


def _read_ticks(pid: int) -> int:
    with open(f"/proc/{pid}/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    if len(fields) < 20:
        raise ProcessLookupError(errno.ESRCH, f"process {pid} is gone")
    return int(fields[19])


def fork_haproxy(argv: list[str], env: dict[str, str], log: str) -> tuple[int, int]:
    """A child, and the file that makes it become HAProxy: by one byte. Closed without, the child ends."""
    gate, opener = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(opener)
        _become_haproxy(gate, argv, env, log)
    os.close(gate)
    return pid, opener


def _become_haproxy(gate: int, argv: list[str], env: dict[str, str], log: str) -> None:
    """In the child. Ends it whatever happens."""
    try:
        if os.read(gate, 1) != b"!":
            os._exit(0)
        os.setsid()
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        redirect(log)
        _let_successor_in()
        # tells this HAProxy's request ids from those of every other one; its configuration asks for it
        os.execvpe(argv[0], argv, {**os.environ, **env, "HAPROXY_RUN": os.urandom(5).hex()})
    except OSError as problem:
        write_log(f"{argv[0]} could not be run: {problem.strerror}")
    finally:
        os._exit(127)


def _let_successor_in() -> None:
    """Where Yama lets only parents look into a process, HAProxy has to allow it for the next keeper's sake."""
    try:
        with open("/proc/sys/kernel/yama/ptrace_scope", "rb") as file:
            is_restricted = file.read().strip() == b"1"
    except OSError:
        return
    if is_restricted:
        import ctypes

        pr_set_ptracer, anyone = 0x59616D61, ctypes.c_ulong(-1)
        ctypes.CDLL(None).prctl(pr_set_ptracer, anyone, 0, 0, 0)


def redirect(name: str) -> None:
    """Standard output and error to the file's end; a file that has grown large is moved aside first."""
    with contextlib.suppress(FileNotFoundError):
        if os.path.getsize(name) > _LOG_LIMIT:
            os.replace(name, name + ".1")
    null = os.open(os.devnull, os.O_RDWR)
    try:
        log = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        # a full disk must not keep HAProxy from running
        log = null
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    for source in {null, log}:
        os.close(source)


def write_log(line: str) -> None:
    with contextlib.suppress(OSError):
        os.write(2, f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())} {line}\n".encode())
