"""Starts the forum's programs as a user would: `python app.py` in a process of its own, on a free port."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path

import httpx

FORUM = Path(__file__).parents[2] / "examples" / "forum"
PATIENCE_S = 60


@dataclass(frozen=True)
class Program:
    process: subprocess.Popen[str]
    port: int
    http: httpx.Client


def launch(name: str, database: Path) -> subprocess.Popen[str]:
    """The program, not waited for."""
    environment = {**os.environ, "PORT": "0", "FORUM_DB": str(database)}
    folder = FORUM / name
    return subprocess.Popen([sys.executable, "app.py"], cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)


def read_port(process: subprocess.Popen[str]) -> int:
    """The port it listens on, as soon as it does."""
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", line):
            return int(found[1])
        said.append(line)
    raise AssertionError(f"the program ended before it listened: {''.join(said)}")


@contextlib.contextmanager
def running(name: str, database: Path) -> Iterator[Program]:
    with launch(name, database) as process:
        try:
            port = read_port(process)
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_S, trust_env=False) as http:
                yield Program(process, port, http)
        finally:
            process.kill()


def a_post(text: str = "On my way", *, thread: int = 2, user: int = 4) -> dict[str, int | str]:
    return {"thread": thread, "text": text, "user": user}


def open_databases_in_step(name: str, starts: Barrier, databases: list[Path]) -> None:
    """For a process of its own: opens the program's store on each database at the moment all others do."""
    spec = importlib.util.spec_from_file_location(f"forum_{name}", FORUM / name / "app.py")
    assert spec is not None
    assert spec.loader is not None
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    for database in databases:
        starts.wait()
        program.PostStore(database).close()
