"""A fig of the demo's own: its folder, its daemon, and the end of everything in it.

Nothing here touches the user's fig: FIG_HOME is a new folder, for this process and all that it starts.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from types import FrameType

from stranglerfig.api.client import Client, DaemonAbsent
from stranglerfig.cli.connect import to_daemon, to_running_daemon
from stranglerfig.cli.launch import wait_until_gone
from stranglerfig.cli.output import say, warn
from stranglerfig.errors import FigError, StateUnusable

#: beyond this, the sockets in the folder would have paths too long to open
LONGEST_TEMP_DIR = 50
DOWN_TIMEOUT_S = 30.0
SWEEP_TIMEOUT_S = 5.0
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stage:
    """``keep`` leaves everything running when the demo is over; whoever interrupts it wants nothing left."""

    def __init__(self, home: Path, *, keep: bool) -> None:
        self.home = home
        self.keep = keep

    def open(self) -> Client:
        """The daemon answers when this returns. Raises what kept it from starting."""
        client = to_daemon()
        # That it was started and how to end it is for users of their own fig, not of this one.
        with redirect_stderr(io.StringIO()):
            client.daemon.version()
        return client


@contextmanager
def set_stage(*, keep: bool) -> Iterator[Stage]:
    home = make_home()
    before = os.environ.copy()
    os.environ["FIG_HOME"] = str(home)
    # The user's own daemon may hold that port.
    os.environ.pop("FIG_METRICS", None)
    old = {number: signal.signal(number, interrupt) for number in ENDING}
    stage = Stage(home, keep=keep)
    is_interrupted = True
    try:
        yield stage
        is_interrupted = False
    except FigError:
        is_interrupted = False
        stage.keep = False
        raise
    finally:
        if is_interrupted or not stage.keep:
            for number in ENDING:
                signal.signal(number, signal.SIG_IGN)
            if is_interrupted:
                say("Ending what the demo started.")
            strike(home)
        for number, handler in old.items():
            signal.signal(number, handler)
        os.environ.clear()
        os.environ.update(before)


def interrupt(number: int, frame: FrameType | None) -> None:
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(128 + number)


def make_home() -> Path:
    temp = tempfile.gettempdir()
    try:
        return Path(tempfile.mkdtemp(prefix="fig-demo-", dir=temp if len(temp) <= LONGEST_TEMP_DIR else "/tmp"))
    except OSError as error:
        raise StateUnusable(
            f"cannot make a folder for the demo: {error.strerror or error}",
            hint="Set TMPDIR to a folder that you can write to.",
        ) from error


def strike(home: Path) -> None:
    """Nothing of the demo is left when this returns, however it got here. Bounded, and never raises a FigError."""
    try:
        bring_down(home)
    except FigError as error:
        warn(f"the demo's fig did not come down by itself: {error.message}")
    sweep(home)
    shutil.rmtree(home, ignore_errors=True)


def bring_down(home: Path) -> None:
    daemon = to_running_daemon(timeout_s=DOWN_TIMEOUT_S).daemon
    try:
        pid = daemon.version()["pid"]
    except DaemonAbsent:
        if not find_processes(home):
            return
        # It is starting still, or was killed: one that answers knows what there is to end.
        with redirect_stderr(io.StringIO()):
            pid = to_daemon().daemon.version()["pid"]
    daemon.down(purge=True)
    wait_until_gone(pid)


def sweep(home: Path) -> None:
    """Kill what is left, a moment later: what has been told to end may be about to."""
    patience = time.monotonic() + 1.0
    deadline = patience + SWEEP_TIMEOUT_S
    while (left := find_processes(home)) and time.monotonic() < deadline:
        if time.monotonic() > patience:
            for pid in left:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)


def find_processes(home: Path) -> list[int]:
    """Those that run in the background with this folder in their environment: daemon, keeper, HAProxy, tasks.

    One with a terminal is somebody's who looks on.
    """
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environ = (entry / "environ").read_bytes().split(b"\0")
            fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        state, terminal = fields[0], fields[4]
        if state != "Z" and terminal == "0" and int(entry.name) != os.getpid() and names_folder(environ, home):
            found.append(int(entry.name))
    return found


def names_folder(environ: list[bytes], home: Path) -> bool:
    folder = os.fsencode(home)
    values = (variable.partition(b"=")[2] for variable in environ)
    return any(value == folder or value.startswith(folder + b"/") for value in values)
