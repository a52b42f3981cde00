"""Runs the real command line as a process of its own."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Result:
    stdout: str
    stderr: str
    status: int

    def json(self) -> Any:
        assert self.stdout.count("\n") == 1, "one document on one line"
        return json.loads(self.stdout)


@dataclass(frozen=True)
class Fig:
    """One user's fig. ``environ`` goes on top of a plain environment."""

    home: Path
    environ: Mapping[str, str]

    def __call__(self, *args: str, cwd: Path | None = None, **environ: str) -> Result:
        found = subprocess.run(
            self.argv(*args),
            env=self.env(**environ),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        return Result(found.stdout, found.stderr, found.returncode)

    def argv(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "stranglerfig", *args]

    def env(self, **environ: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.home),
            "FIG_HOME": str(self.home),
            "LANG": "C.UTF-8",
            **self.environ,
            **environ,
        }

    def on_terminal(self, *args: str, typed: str, **environ: str) -> tuple[str, int]:
        """Run with a terminal for all three streams; gives what was seen there and the exit status."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            self.argv(*args),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=self.env(**environ),
            start_new_session=True,
        )
        os.close(theirs)
        os.write(ours, typed.encode())
        seen = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other side closed the terminal
                break
            if not part:
                break
            seen += part
        os.close(ours)
        return seen.decode(), process.wait(timeout=90)
