"""A workspace of one user: a folder of their own, and fig called in it, with flags or by hand on a terminal."""

from __future__ import annotations

import http.client
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pexpect

from tests.acceptance.machine import COMMAND_TIMEOUT_S, FIG, Machine, Result

FORUM = Path(__file__).parents[2] / "examples" / "forum"


@dataclass(frozen=True)
class Folder:
    """``path`` is where commands are called."""

    machine: Machine
    path: Path

    def try_fig(self, *args: str, **environ: str) -> Result:
        done = subprocess.run(
            [str(FIG), *args],
            env={**self.machine.env(), "FIG_RUNTIME": "process", **environ},
            cwd=self.path,
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
        assert result.status == 0, f"fig {' '.join(args)} ended with {result.status}:\n{result.stdout}{result.stderr}"
        return result

    @contextmanager
    def by_hand(self, *args: str) -> Iterator[pexpect.spawn[str]]:
        """On a terminal; the command must end well when the hands are off it."""
        with self.by_hand_failing(*args) as child:
            yield child
        assert child.exitstatus == 0, f"fig {' '.join(args)} ended with {child.exitstatus}:\n{child.before}"

    @contextmanager
    def by_hand_failing(self, *args: str) -> Iterator[pexpect.spawn[str]]:
        """However it ends."""
        child = pexpect.spawn(
            str(FIG),
            list(args),
            env={**self.machine.env(), "FIG_RUNTIME": "process", "TERM": "xterm-256color"},
            cwd=str(self.path),
            encoding="utf-8",
            timeout=60,
            dimensions=(40, 160),
        )
        try:
            yield child
            child.expect(pexpect.EOF)
        finally:
            child.close(force=True)

    def url(self, env: str = "test") -> str:
        return str(self.fig("env", "show", "--name", env, "--json").json()["environment"]["url"])


def a_forum(machine: Machine, *, with_manifests: bool = True) -> Folder:
    """A copy of the example, in a folder that nobody else sees."""
    path = machine.home / "forum"
    skipped = ["__pycache__", "*.sqlite3*"] + ([] if with_manifests else ["copilot"])
    shutil.copytree(FORUM, path, ignore=shutil.ignore_patterns(*skipped))
    return Folder(machine, path)


@dataclass(frozen=True)
class Answer:
    """``by`` is the program that answered."""

    status: int
    by: str
    text: str


def ask(url: str, path: str) -> Answer:
    """What ``curl`` would show; on a connection of its own."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return Answer(response.status, response.headers.get("X-Served-By", ""), response.read().decode())
    finally:
        connection.close()
