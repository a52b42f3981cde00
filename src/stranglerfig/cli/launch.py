"""Starts the daemon in the background and waits until it answers; ends it and waits until it is gone.

Whoever starts it holds a lock, so that two commands at once start one daemon. A daemon that cannot start leaves its
reason in ``daemon-problem.json``; ``report_problem`` is what it calls.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from stranglerfig.api.client import Client, DaemonAbsent, Transport
from stranglerfig.cli.output import say
from stranglerfig.errors import Conflict, FigError, StateUnusable, Unavailable, error_kinds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stranglerfig.control.settings import Settings

#: one that ends is noticed at once; on a machine with much else to do a sound one was seen to need 15 s
START_TIMEOUT_S = 45.0
HANDOVER_S = 3.0
#: Ending waits for changes under way, not for tasks or clients.
END_TIMEOUT_S = 15.0
PAUSE_S = 0.02
LAST_LINES = 15
LARGEST_LOG = 4 * 1024**2


def start_daemon(settings: Settings) -> None:
    """Return when a daemon answers, whoever started it. Raises what kept it from starting."""
    from stranglerfig.control.settings import prepare

    prepare(settings)
    with only_starter(settings.run_dir / "daemon-start.lock"):
        if answers(settings):
            return
        pid = start_when_free(settings)
    if pid is not None:
        say(f"Started the fig daemon (pid {pid}); it stays in the background until `fig daemon stop`.")


def start_when_free(settings: Settings) -> int | None:
    """The pid of the daemon, None if another one answers after all.

    One that is ending, or that a user starts by hand at this moment, holds the state without answering: it is given
    a moment to be gone, or to answer.
    """
    deadline = time.monotonic() + HANDOVER_S
    while True:
        problem_file(settings).unlink(missing_ok=True)
        process = spawn(settings)
        try:
            wait_for_answer(settings, process)
        except Conflict:
            if time.monotonic() > deadline:
                raise
            time.sleep(10 * PAUSE_S)
            continue
        return process.pid if process.poll() is None else None


@contextmanager
def only_starter(lock: Path) -> Iterator[None]:
    """Hold the lock that whoever starts the daemon holds; waits for an earlier starter."""
    deadline = time.monotonic() + START_TIMEOUT_S + HANDOVER_S + 2
    with open(lock, "a", encoding="ascii") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as busy:
                if time.monotonic() > deadline:
                    raise Unavailable(
                        f"another command has been starting the daemon for long: it holds {lock}",
                        hint="See with `fuser -v` on that file which one, and repeat when it has ended.",
                    ) from busy
                time.sleep(PAUSE_S)
        yield


def spawn(settings: Settings) -> subprocess.Popen[bytes]:
    """The daemon in a session of its own, so that neither Ctrl-C nor the terminal's end reaches it."""
    log = log_file(settings)
    try:
        keep_small(log)
        with open(log, "ab", opener=private) as output:
            return subprocess.Popen(
                [sys.executable, "-m", "stranglerfig", "daemon", "run"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                # Not the user's folder: it could be removed or unmounted, and would be searched for modules.
                cwd="/",
                env={**os.environ, "FIG_HOME": str(settings.home)},
                start_new_session=True,
            )
    except OSError as broken:
        raise StateUnusable(
            f"cannot start the daemon with its output in {log}: {broken.strerror or broken}",
            hint="Run `fig doctor`: it names what is missing.",
        ) from broken


def keep_small(log: Path) -> None:
    """One earlier log is kept, so that a daemon that is restarted for years fills no disk."""
    with suppress(FileNotFoundError):
        if log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))


def private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def wait_for_answer(settings: Settings, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not answers(settings):
        status = process.poll()
        if status is not None:
            # One that a user started by hand may have won the race for the state: then that one serves.
            if answers(settings):
                return
            raise start_problem(settings, status)
        if time.monotonic() > deadline:
            raise Unavailable(
                f"the daemon (pid {process.pid}) does not answer after {START_TIMEOUT_S:.0f} s{last_output(settings)}",
                hint=f"It may need longer: repeat the command. Its output is in {log_file(settings)}.",
            )
        time.sleep(PAUSE_S)


def answers(settings: Settings) -> bool:
    try:
        Client(Transport(str(settings.api_socket), timeout_s=START_TIMEOUT_S)).daemon.version()
    except DaemonAbsent:
        return False
    except Unavailable:
        # It listens, but dies or ends at this moment.
        return False
    return True


def start_problem(settings: Settings, status: int) -> FigError:
    """Why it ended: its own words if it left some, else the last lines of its output."""
    try:
        document = json.loads(problem_file(settings).read_text(encoding="utf-8"))
        return error_kinds().get(document["code"], FigError)(document["message"], hint=document["hint"])
    except (OSError, ValueError, KeyError, TypeError):
        return Unavailable(
            f"the daemon ended with status {status} before it answered{last_output(settings)}",
            hint=f"Its output is in {log_file(settings)}; `fig doctor` names what is missing on this machine.",
        )


def report_problem(settings: Settings, error: FigError) -> None:
    """Leave the reason for whoever started this daemon. Best effort: it is printed and logged as well."""
    document = {"code": error.code, "message": error.message, "hint": error.hint}
    final = problem_file(settings)
    with suppress(OSError):
        draft = final.with_suffix(".new")
        draft.write_text(json.dumps(document), encoding="utf-8")
        draft.replace(final)


def problem_file(settings: Settings) -> Path:
    return settings.run_dir / "daemon-problem.json"


def log_file(settings: Settings) -> Path:
    return settings.log_dir / "daemon.log"


def last_output(settings: Settings) -> str:
    """The end of the log as lines to append to a message; empty if there is none."""
    try:
        with open(log_file(settings), "rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 8192))
            lines = log.read().decode(errors="replace").splitlines()[-LAST_LINES:]
    except OSError:
        return ""
    return "".join(f"\n    {line}" for line in lines)


def wait_until_gone(pid: int) -> None:
    """Return when the process has ended: only then is the state free for the next daemon."""
    deadline = time.monotonic() + END_TIMEOUT_S
    while is_alive(pid):
        if time.monotonic() > deadline:
            raise Unavailable(
                f"the daemon (pid {pid}) has not ended after {END_TIMEOUT_S:.0f} s",
                hint=f"It may be finishing a change: look again with `ps -p {pid}`. Traffic does not depend on it.",
            )
        time.sleep(PAUSE_S)


def is_alive(pid: int) -> bool:
    """A zombie is not: its parent has yet to notice, but it holds nothing any more."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
