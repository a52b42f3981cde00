"""One fig of the bench's own: its FIG_HOME, its commands, its API client and its processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from bench.processes import BenchError, marked
from stranglerfig.api.client import Client, Transport
from stranglerfig.errors import FigError

COMMAND_TIMEOUT_S = 120.0


class Fig:
    """``home`` need not exist yet. Everything fig starts stays on processor ``cpu``, as its children inherit that."""

    def __init__(self, home: Path, cpu: int) -> None:
        self.home = home
        self.cpu = cpu
        self.client = Client(Transport(str(home / "run" / "api.sock")))

    def run(self, *arguments: str) -> str:
        """One ``fig`` command as a user types it; its standard output."""
        command = ["taskset", "-c", str(self.cpu), str(Path(sys.executable).parent / "fig"), *arguments]
        environment = {**os.environ, "FIG_HOME": str(self.home)}
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S, check=False, env=environment
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BenchError(f"fig {' '.join(arguments)}: {error}") from error
        if done.returncode:
            said = " ".join(done.stderr.split())[:200]
            raise BenchError(f"fig {' '.join(arguments)} ended with status {done.returncode}: {said}")
        return done.stdout

    def add_route(self, proxy: str, path: str, to: str, *flags: str) -> str:
        """``fig route add``; the new route's id."""
        return str(json.loads(self.run("route", "add", proxy, path, "--to", to, *flags, "--json"))["id"])

    def pids(self) -> tuple[int, ...]:
        """Daemon, keeper, HAProxy's master and workers: whoever was started with this home."""
        return marked(str(self.home))

    def daemon_pid(self) -> int:
        try:
            return self.client.daemon.version()["pid"]
        except FigError as error:
            raise BenchError(f"fig's daemon does not say who it is: {error.message}") from error

    def down(self) -> None:
        """``fig down``, and the end of any process of this home that outlives it. Keeps the state. Idempotent."""
        if not self.pids():
            return
        with suppress(BenchError):
            self.run("down", "--yes")
        self._end(signal.SIGTERM, patience_s=5.0)
        self._end(signal.SIGKILL, patience_s=2.0)

    def _end(self, number: signal.Signals, patience_s: float) -> None:
        deadline = time.monotonic() + patience_s
        # The daemon ends a moment after `fig down` has returned: it gets that moment before any signal.
        while self.pids() and time.monotonic() < deadline - patience_s / 2:
            time.sleep(0.05)
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        while self.pids() and time.monotonic() < deadline:
            time.sleep(0.05)
