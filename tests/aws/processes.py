"""Commands in processes of their own, which can be killed at a call to AWS."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from tests.aws.standin.cloud import Cloud
from tests.aws.workspaces import Terminal

LONG_S = 60.0


@dataclass
class Running:
    """A command in a process of its own."""

    process: subprocess.Popen[str]
    cloud: Cloud

    def kill_at(self, action: str, time: int = 1) -> None:
        """When AWS is asked for it for the first time, or a later one. AWS does it, and nobody hears of it."""
        calls = itertools.count(1)

        def kill() -> None:
            if next(calls) == time:
                self.process.send_signal(signal.SIGKILL)

        self.cloud.hooks[action] = kill

    def wait_for(self, action: str) -> None:
        wait_until(lambda: action in self.cloud.actions())

    def end(self) -> tuple[int, str]:
        _, err = self.process.communicate(timeout=LONG_S)
        return self.process.returncode, err


@contextlib.contextmanager
def running(fig: Terminal, cloud: Cloud, *words: str) -> Iterator[Running]:
    cloud.calls.clear()
    process = subprocess.Popen(
        [sys.executable, "-m", "stranglerfig", *words],
        cwd=fig.root,
        env=os.environ.copy(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Running(process, cloud)
    finally:
        process.kill()
        process.wait()


def wait_until(true: object) -> None:
    assert callable(true)
    deadline = time.monotonic() + LONG_S
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)
