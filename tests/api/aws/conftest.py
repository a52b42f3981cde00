"""One daemon for all that is asked over the wire."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.acceptance.machine import Machine, a_machine
from tests.api.aws.raw import Raw
from tests.api.aws.rig import Desk, a_desk


@pytest.fixture(scope="session")
def machine() -> Iterator[Machine]:
    with a_machine() as machine:
        yield machine


@pytest.fixture(scope="session")
def desk(machine: Machine) -> Desk:
    """With the default key."""
    return a_desk(machine)


@pytest.fixture
def raw(desk: Desk) -> Iterator[Raw]:
    found = Raw(desk.port)
    yield found
    found.close()


@pytest.fixture
def now() -> float:
    return time.time()
