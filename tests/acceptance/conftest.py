"""Every test gets a fig of its own; nothing of it is left afterwards."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest

from tests.acceptance.machine import Machine, a_machine
from tests.effort import IS_FULL

Say = Callable[[str], None]


@pytest.fixture
def machine() -> Iterator[Machine]:
    with a_machine() as found:
        yield found


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Prints past pytest's capture: what was measured is a part of the result."""

    def write(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n  {line}")
            sys.stdout.flush()

    return write


@pytest.fixture
def is_full() -> bool:
    """Whether the long runs are asked for."""
    return IS_FULL
