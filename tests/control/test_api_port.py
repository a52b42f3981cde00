"""The socket that the AWS API listens on."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from stranglerfig.control.access.listener import ApiListener, open_listener
from stranglerfig.control.settings import Address, ApiSettings


@pytest.mark.asyncio
async def test_an_answer_in_pieces_does_not_wait_for_the_other_side(tmp_path: Path) -> None:
    found = open_listener(ApiSettings(address=Address("127.0.0.1", 0)), tmp_path, ApiListener())
    assert found is not None
    seen: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async with await asyncio.start_server(serve, sock=found):
        _, writer = await asyncio.open_connection(*found.getsockname())
        assert await seen != 0
        writer.close()
