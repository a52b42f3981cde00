"""What the shell that starts the tests may have set, and must not pass on to what they start; and their order."""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


def pytest_configure() -> None:
    # A shell without job control makes what it puts in the background deaf to Ctrl-C, and so would be all we start.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Without bytecode, thousands of processes would compile all of fig, and each worker all tests.
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    gc.disable()


#: What waits for processes goes first, and what only computes last: it fills the gaps when few long files are left.
LONG_FIRST = ("acceptance", "docs", "demo", "apps", "runtimes", "dataplane", "stacks", "control", "cli", "spaces")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    folder = item.path.relative_to(TESTS).parts[0]
    return LONG_FIRST.index(folder) if folder in LONG_FIRST else len(LONG_FIRST)


def pytest_collection_finish() -> None:
    # What was imported and collected stays: looking through it for garbage again and again takes a tenth of the time.
    gc.collect()
    gc.freeze()
    gc.enable()
