"""A reader at their machine: a monolith that runs, the programs that the pages speak of, and a fig of their own."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.examples.forum_programs import FORUM, running
from tests.ports import free_port

PATIENCE_S = 90
#: The pages' own ports and what they are here; 8000 is the monolith, the others are free.
PORTS = ("8000", "8080", "8081", "9101")


@dataclass(frozen=True)
class Reader:
    folder: Path
    home: Path
    ports: dict[str, str]

    def run(self, line: str) -> tuple[int, str]:
        """Exit status, and all that would be seen in the terminal, in the ports of the pages."""
        done = subprocess.run(
            ["bash", "-c", f"exec 2>&1\n{self._translate(line, self.ports)}"],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        back = {here: there for there, here in self.ports.items()}
        return done.returncode, self._translate(done.stdout, back)

    def _translate(self, text: str, ports: dict[str, str]) -> str:
        return re.sub(rf"\b({'|'.join(ports)})\b", lambda found: ports[found[0]], text)

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "FIG_HOME": str(self.home),
            "LANG": "C.UTF-8",
        }


@contextlib.contextmanager
def a_reader() -> Iterator[Reader]:
    """Whatever they start is ended again."""
    with tempfile.TemporaryDirectory(prefix="fig-doc-") as name, contextlib.ExitStack() as stack:
        folder, home = Path(name) / "forum", Path(name) / "f"
        # Where pages speak of a workspace, it is the forum's; the examples stand beside each other.
        shutil.copytree(FORUM, folder, ignore=shutil.ignore_patterns("*.sqlite3*", "__pycache__"))
        shutil.copytree(FORUM.with_name("refactor-spaces"), Path(name) / "refactor-spaces")
        for service in ("users", "posts"):
            write_program(folder / f"serve-{service}", service, folder / "forum.sqlite3")
        monolith = stack.enter_context(running("monolith", folder / "forum.sqlite3"))
        ports = {"8000": str(monolith.port), **{port: str(free_port()) for port in PORTS[1:]}}
        reader = Reader(folder, home, ports)
        try:
            yield reader
        finally:
            # A page that fails in its middle may have a second home.
            for books in [home / "fig.sqlite3", *folder.rglob("fig.sqlite3")]:
                reader.run(f"FIG_HOME={shlex.quote(str(books.parent))} fig down --purge --yes")


def write_program(path: Path, service: str, database: Path) -> None:
    program = shlex.join([sys.executable, str(FORUM / service / "app.py")])
    path.write_text(f"#!/bin/sh\nFORUM_DB={shlex.quote(str(database))} exec {program}\n", encoding="utf-8")
    path.chmod(0o755)
