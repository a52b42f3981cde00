"""One user's fig on this machine: the installed command line, and what runs because of it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stranglerfig.api.client import Client, Transport
from stranglerfig.control.access.listener import PORT_FILE
from tests.ports import free_port as free_port  # many have it from here

FIG = Path(sys.executable).with_name("fig")
PROGRAMS = Path(__file__).with_name("programs")
COMMAND_TIMEOUT_S = 60.0


@dataclass(frozen=True)
class Result:
    stdout: str
    stderr: str
    status: int

    def json(self) -> Any:
        return json.loads(self.stdout)


@dataclass
class Machine:
    """A short FIG_HOME of its own, the upstreams that a test started by hand, and their end."""

    home: Path
    environ: dict[str, str] = field(default_factory=dict)
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def env(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH") if name in os.environ}
        return {**kept, "HOME": str(self.home), "FIG_HOME": str(self.home), "LANG": "C.UTF-8", **self.environ}

    def try_fig(self, *args: str, **environ: str) -> Result:
        """Whatever comes of it."""
        done = subprocess.run(
            [str(FIG), *args],
            env={**self.env(), **environ},
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_TIMEOUT_S,
            check=False,
        )
        return Result(done.stdout, done.stderr, done.returncode)

    def fig(self, *args: str) -> Result:
        """It must succeed."""
        result = self.try_fig(*args)
        assert result.status == 0, f"fig {' '.join(args)} ended with {result.status}:\n{result.stderr}"
        return result

    def begin_fig(self, *args: str) -> subprocess.Popen[bytes]:
        """The command as a process; its words go nowhere."""
        process = subprocess.Popen(
            [str(FIG), *args],
            env=self.env(),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.started.append(process)
        return process

    def client(self) -> Client:
        """The API as the commands use it; it does not start a daemon."""
        return Client(Transport(str(self.home / "run" / "api.sock")))

    def start_upstream(self, name: str, port: int | None = None, **faults: str) -> str:
        """A service that fig did not start; gives its URL once it answers. ``faults`` as the program has them."""
        port = port or free_port()
        process = subprocess.Popen(
            upstream_command(name),
            env={"PORT": str(port), "PATH": os.environ["PATH"], **faults},
            stdout=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
        self.started.append(process)
        wait_until(lambda: answers(port), f"{name} listens")
        return f"http://127.0.0.1:{port}"

    def daemon_pid(self) -> int:
        """Of the daemon that runs, or of the last one that did."""
        return int(json.loads((self.home / "run" / "daemon.lock").read_text())["pid"])

    def keeper_pid(self) -> int:
        """0 while another one takes over."""
        return int((self.home / "run" / "keeper.lock").read_text() or 0)

    def haproxy_master(self) -> int:
        return int(json.loads((self.home / "run" / "keeper.json").read_text())["pid"])

    def haproxy_workers(self) -> list[int]:
        """The newest last."""
        return sorted(children_of(self.haproxy_master()))

    def processes(self) -> dict[int, str]:
        """Everything that runs because of this home, by what stands in its environment or command line."""
        home = os.fsencode(self.home)
        found = {}
        for pid in all_pids():
            with contextlib.suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
                marks = command + b"\0" + Path(f"/proc/{pid}/environ").read_bytes()
                if home in marks and command and is_alive(pid):
                    found[pid] = command.replace(b"\0", b" ").decode(errors="replace").strip()
        return found

    def log(self) -> str:
        """The daemon's words."""
        path = self.home / "log" / "daemon.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def clean_up(self) -> None:
        """Whatever the test left behind: by pid, the keeper first, since it would start HAProxy again."""
        deadline, quiet = time.monotonic() + COMMAND_TIMEOUT_S, 0
        # Twice: one that is becoming another program at the moment of a look is not seen by it.
        while quiet < 2 and time.monotonic() < deadline:
            left = self.processes()
            quiet = 0 if left else quiet + 1
            for pid in sorted(left, key=lambda pid: "dataplane.keeper" not in left[pid]):
                kill(pid)
            time.sleep(0.02)
        for process in self.started:
            process.kill()
            process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


@contextlib.contextmanager
def a_machine(home: Path | None = None, environ: Mapping[str, str] | None = None) -> Iterator[Machine]:
    # Sockets live below it, and a unix socket's path must be short.
    machine = Machine(home or Path(tempfile.mkdtemp(prefix="fig", dir="/tmp")), dict(environ or {}))
    # Of the ports that every home tries, another test's fig may take it while this one's daemon is dead.
    (machine.home / PORT_FILE).write_text(f"{free_port()}\n")
    try:
        yield machine
    finally:
        machine.clean_up()


def upstream_command(name: str) -> list[str]:
    # -I -S: it needs the standard library alone, and starts the faster for it
    return [sys.executable, "-I", "-S", str(PROGRAMS / "upstream.py"), name]


def answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=30):
            return True
    except OSError:
        return False


def wait_until(condition: Callable[[], object], what: str, timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {timeout_s:g} s: {what}"
        time.sleep(0.02)


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def kill_and_wait(pid: int) -> None:
    """kill -9, until the process is gone or a zombie."""
    kill(pid)
    wait_until(lambda: not is_alive(pid), f"process {pid} ends")


def is_alive(pid: int) -> bool:
    return (status := read_stat(pid)) is not None and status[0] != "Z"


def age_s(pid: int) -> float:
    """How long the process has lived; 0 for one that is not there."""
    stat = read_stat(pid)
    if stat is None:
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(stat[19]) / os.sysconf("SC_CLK_TCK")


def children_of(parent: int) -> list[int]:
    stats = {pid: read_stat(pid) for pid in all_pids()}
    return [pid for pid, stat in stats.items() if stat is not None and stat[0] != "Z" and int(stat[1]) == parent]


def read_stat(pid: int) -> list[str] | None:
    """The fields after the command: state, parent, …"""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None


def all_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]
