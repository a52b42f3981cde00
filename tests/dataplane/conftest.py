"""The rig, once for every HAProxy on this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from stranglerfig.dataplane.locate import HaproxyBinary
from tests.dataplane.keeper_rig import Rig, a_rig, binary_name, found_binaries


@pytest.fixture(params=found_binaries(), ids=binary_name)
async def rig(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    binary: HaproxyBinary = request.param
    async with a_rig(binary) as rig:
        yield rig
