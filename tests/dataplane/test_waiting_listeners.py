"""A listener whose address cannot be opened now, beside others that can."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from stranglerfig.core.topology import Topology
from stranglerfig.dataplane.router import HaproxyRouter
from stranglerfig.errors import Conflict, UsageError
from tests.dataplane.facade import Facade, a_facade, everything_to, group_of, until, upstreams
from tests.ports import free_port

#: of documentation's own network, so of no machine
ELSEWHERE = "192.0.2.1"


@contextlib.asynccontextmanager
async def tended(router: HaproxyRouter) -> AsyncIterator[None]:
    tending = asyncio.create_task(router.tend())
    try:
        yield
    finally:
        tending.cancel()


def beside(facade: Facade, host: str, port: int, *, may_wait: bool) -> Topology:
    """The façade's own listener, and another one like it."""
    [first], groups = facade.topology().listeners, facade.topology().groups
    second = replace(first, name="second", host=host, port=port, may_wait=may_wait)
    return Topology((first, second), groups)


async def answer_at(facade: Facade, port: int) -> str:
    client = replace(facade, port=port).client()
    answer = await client.ask("/")
    client.close()
    return answer.upstream


async def test_what_may_wait_keeps_nothing_else_from_being_applied() -> None:
    async with upstreams("one", "two") as (one, two), a_facade() as facade:
        facade.groups = {one.name: group_of(one), two.name: group_of(two)}
        facade.rules = (everything_to("one"),)
        with pytest.raises(UsageError, match=ELSEWHERE):
            await facade.router.apply(beside(facade, ELSEWHERE, 8080, may_wait=False))
        await facade.router.apply(beside(facade, ELSEWHERE, 8080, may_wait=True))
        assert await answer_at(facade, facade.port) == "one"
        facade.rules = (everything_to("two"),)
        await facade.router.apply(beside(facade, ELSEWHERE, 8080, may_wait=True))
        assert await answer_at(facade, facade.port) == "two"


async def test_a_listener_that_waits_follows_as_soon_as_its_address_can_be_opened() -> None:
    async with upstreams("one") as (one,), a_facade() as facade:
        facade.groups, facade.rules = {one.name: group_of(one)}, (everything_to("one"),)
        port = free_port()
        with socket.create_server(("127.0.0.1", port)):
            with pytest.raises(Conflict):
                await facade.router.apply(beside(facade, "127.0.0.1", port, may_wait=False))
            await facade.router.apply(beside(facade, "127.0.0.1", port, may_wait=True))
        async with tended(facade.router):

            async def answers() -> bool:
                with contextlib.suppress(ConnectionError):
                    return await answer_at(facade, port) == "one"
                return False

            await until(answers)
