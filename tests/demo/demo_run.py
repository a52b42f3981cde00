"""Runs the real `fig demo` in a process of its own, and looks at what it leaves."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SAYS_HOME = re.compile(r"runs in (\S+)\.$")


@dataclass
class Run:
    """``said`` are the lines on stderr so far."""

    process: subprocess.Popen[str]
    output: Path
    said: list[str] = field(default_factory=list)
    home: Path = Path("/nonexistent")

    def lines(self) -> Iterator[str]:
        """The lines on stderr as they come; ``home`` is known with the first one."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line.rstrip("\n"))
            if found := SAYS_HOME.search(line):
                self.home = Path(found[1])
            yield self.said[-1]

    def read_until(self, wanted: str) -> None:
        for line in self.lines():
            if wanted in line:
                return
        raise AssertionError(f"never said {wanted!r}: {self.said}")

    def finish(self) -> int:
        list(self.lines())
        return self.process.wait(timeout=60)

    def interrupt(self) -> None:
        """Ctrl-C reaches the whole process group."""
        os.killpg(self.process.pid, signal.SIGINT)

    def document(self) -> Any:
        return json.loads(self.output.read_text())


@contextmanager
def demo(folder: Path, *args: str, **environ: str) -> Iterator[Run]:
    """In a user's fig of ``folder``, which must stay untouched."""
    output = folder / "stdout"
    env = {**os.environ, "FIG_HOME": str(folder / "users-own"), "FIG_METRICS": "127.0.0.1:1", **environ}
    argv = [sys.executable, "-m", "stranglerfig", "demo", *args]
    with (
        open(output, "w") as stdout,
        subprocess.Popen(
            argv, stdout=stdout, stderr=subprocess.PIPE, text=True, env=env, start_new_session=True
        ) as process,
    ):
        try:
            yield Run(process, output)
        finally:
            # It is to take its whole fig with it, also when a test fails.
            process.terminate()
            process.wait(timeout=60)


def processes_of(home: Path, program: str = "", module: str = "") -> list[int]:
    """Every process that names the folder in its command or environment; on request, of one program or module."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
            known = command + b"\0" + (entry / "environ").read_bytes()
        except OSError:
            continue
        if bytes(home) in known and program.encode() in command.split(b"\0")[0] and module.encode() in command:
            found.append(int(entry.name))
    return found
