"""A home of its own for each test, with a short path: a unix socket's may have 107 bytes."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command_line import Fig
from tests.cli.stub_daemon import Server


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="fig-cli-") as folder:
        (Path(folder) / "run").mkdir()
        (Path(folder) / "log").mkdir()
        yield Path(folder)


@pytest.fixture
def fig(home: Path) -> Fig:
    return Fig(home, {})


@pytest.fixture
def daemon(home: Path) -> Iterator[Server]:
    """A stub that answers where the daemon would."""
    with Server(home / "run" / "api.sock") as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.books.stopped.set()
        server.shutdown()
        thread.join()
