"""Hooks that misbehave: what they cost, and what the journal says of them."""

from __future__ import annotations

import asyncio
import tracemalloc
from pathlib import Path

import pytest

from stranglerfig.control.shifts.telling import MOST_SAID, run_command
from stranglerfig.control.shifts.webhook import post
from stranglerfig.errors import Unavailable
from tests.dataplane.upstreams import Head, scripted


async def test_a_command_that_says_very_much_costs_no_memory() -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Unavailable, match=r"ended with 3: x+$") as refused:
            await run_command("head -c 50000000 /dev/zero | tr '\\0' x; exit 3", b"{}")
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
    assert len(refused.value.message) < MOST_SAID + 100


async def test_a_command_may_leave_what_it_is_told_unread(tmp_path: Path) -> None:
    await run_command(f"exec <&-; touch {tmp_path}/ran", b"x" * 1_000_000)

    assert (tmp_path / "ran").exists()


async def test_a_webhook_that_answers_no_http_is_told_of_without_its_secret() -> None:
    async def babble(head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x" * 200_000)
        await writer.drain()
        writer.close()

    async with scripted(babble) as port:
        with pytest.raises(Unavailable, match="did not take it") as refused:
            await post(f"http://ann:pass@127.0.0.1:{port}/services/T0/s3cret?key=s3cret", b"{}")
    assert "s3cret" not in refused.value.message
    assert "pass" not in refused.value.message
