"""The cloud as it is now, in a process of its own: what is done there is not done here. And commands that are killed
where they write.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Literal

from stranglerfig.cli.main import run
from tests.aws.standin.cloud import LOST, Call, Cloud, Fault, Watcher, served
from tests.aws.standin.formation import SCRIPT

READING = ("Describe", "List", "Get", "BatchGet", "Assume", "GET ", "HEAD ", "Filter", "Validate", "Lookup", "Query")
DYING_S = 30.0
_NUMBERS = count(1)


def writes(call: Call) -> bool:
    return not call.action.startswith(READING)


def in_a_copy(cloud: Cloud, do: Callable[[], Any]) -> Any:
    """What ``do`` gives, through JSON."""
    reading, writing = os.pipe()
    child = fork()
    if child == 0:
        os.close(reading)
        found: dict[str, Any] = {}
        # Serves until the process ends, which nobody need wait for.
        server = served(cloud)
        try:
            server.__enter__()
            os.environ["AWS_ENDPOINT_URL"] = cloud.url
            found = {"is": do()}
        except BaseException:  # noqa: BLE001 - told by whoever waits for it
            found = {"failed": traceback.format_exc()}
        finally:
            with os.fdopen(writing, "w") as pipe:
                json.dump(found, pipe)
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    told = json.loads(text or "{}")
    assert "is" in told, told.get("failed", "it died")
    return told["is"]


def fork() -> int:
    with warnings.catch_warnings():
        # Threads of the server wait for requests, and hold nothing.
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


@dataclass
class Command:
    """One of fig's, in a process that is a copy of this one."""

    words: tuple[str, ...]
    folder: Path
    status: int = 0
    err: str = ""
    process: int = 0
    #: seconds that it waits before it begins
    offset_s: float = 0.0
    _log: Path = field(default_factory=Path)

    def run(self) -> Command:
        self.start()
        return self.wait()

    def start(self) -> None:
        log = self._log = self.folder.parent / f"said-{os.getpid()}-{next(_NUMBERS)}"
        log.touch()
        self.process = fork()
        if self.process == 0:
            status = 70
            try:
                time.sleep(self.offset_s)
                os.chdir(self.folder)
                with log.open("w") as file, redirect_stdout(file), redirect_stderr(file):
                    sys.stdin = open(os.devnull)  # noqa: SIM115 - until the process ends
                    status = run(list(self.words))
            except BaseException:  # noqa: BLE001 - a traceback is a finding
                log.write_text(traceback.format_exc())
            finally:
                os._exit(status)

    def wait(self, longest_s: float | None = None) -> Command:
        """What still runs then is killed; its status says so."""
        deadline = None if longest_s is None else time.monotonic() + longest_s
        while deadline is not None and os.waitid(os.P_PID, self.process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if time.monotonic() > deadline:
                os.kill(self.process, signal.SIGABRT)
                break
            time.sleep(0.05)
        _, ended = os.waitpid(self.process, 0)
        self.status = os.waitstatus_to_exitcode(ended)
        self.err = self._log.read_text()
        return self


@dataclass
class Killing(Watcher):
    """Kills a command when it has written so many times. What it has ordered of stacks goes on without it when
    ``is_slow``, and ends once somebody looks at that."""

    command: Command
    number: int
    is_slow: bool = False
    seen: list[str] = field(default_factory=list)
    dead: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def before(self, call: Call) -> None:
        if self.dead.is_set() or not writes(call):
            return
        with self.lock:
            self.seen.append(call.action)
            if self.is_slow and len(self.seen) == self.number:
                SCRIPT.holds_all = True

    def after(self, call: Call) -> None:
        if self.dead.is_set() or not writes(call) or len(self.seen) != self.number:
            return
        with suppress(ProcessLookupError):
            os.kill(self.command.process, signal.SIGKILL)
        self.dead.wait(DYING_S)


@dataclass
class Interrupting(Watcher):
    """Sends a command ``signal`` when it has written so many times, and lets it go on."""

    command: Command
    number: int
    signal: signal.Signals
    seen: list[str] = field(default_factory=list)

    def after(self, call: Call) -> None:
        if not writes(call):
            return
        self.seen.append(call.action)
        if len(self.seen) == self.number:
            os.kill(self.command.process, self.signal)


@dataclass
class Expiring(Watcher):
    """When so much is written, AWS does nothing any more for the credentials that were used."""

    cloud: Cloud
    number: int
    seen: list[str] = field(default_factory=list)
    fault: Fault = field(default_factory=lambda: Fault("*", "ExpiredToken", "The security token is expired"))

    def after(self, call: Call) -> None:
        if not writes(call):
            return
        self.seen.append(call.action)
        if len(self.seen) == self.number:
            self.cloud.faults.append(self.fault)


@dataclass
class Losing(Watcher):
    """What AWS says to the call that makes it so many that write is not heard, and so many calls after that do not
    reach it. None: no more does."""

    cloud: Cloud
    number: int
    times: int | None
    seen: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def after(self, call: Call) -> Literal["lost"] | None:
        if not writes(call):
            return None
        with self.lock:
            self.seen.append(call.action)
            if len(self.seen) != self.number:
                return None
            self.cloud.faults.append(Fault("*", "hang up", "", times=self.times))
        return LOST


class Releasing(Watcher):
    """What is held goes on when somebody follows it."""

    def after(self, call: Call) -> None:
        if call.action in ("DescribeStackEvents", "DescribeChangeSet"):
            SCRIPT.release_all()


@contextmanager
def watched(cloud: Cloud, watcher: Watcher) -> Iterator[None]:
    cloud.watchers.append(watcher)
    try:
        yield
    finally:
        cloud.watchers.remove(watcher)


def killed(cloud: Cloud, command: Command, number: int, *, is_slow: bool = False) -> list[str]:
    """What it wrote, the last one being what killed it; all of it, where it writes less often."""
    killing = Killing(command, number, is_slow)
    with watched(cloud, killing):
        command.run()
        killing.dead.set()
    return killing.seen


def interrupted(cloud: Cloud, command: Command, number: int, how: signal.Signals) -> list[str]:
    """What it wrote until it ended."""
    interrupting = Interrupting(command, number, how)
    with watched(cloud, interrupting):
        command.run()
    return interrupting.seen


def expired(cloud: Cloud, command: Command, number: int) -> list[str]:
    """What it wrote before."""
    expiring = Expiring(cloud, number)
    with watched(cloud, expiring):
        command.run()
    cloud.faults.clear()
    return expiring.seen


def cut_off(cloud: Cloud, command: Command, number: int, times: int | None = None) -> list[str]:
    """What it wrote while it was heard."""
    losing = Losing(cloud, number, times)
    with watched(cloud, losing):
        command.run()
    cloud.faults.clear()
    return losing.seen
