"""Wake-ups by key."""

from __future__ import annotations

import asyncio
import inspect
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from stranglerfig.control.loop import Loop, Next
from stranglerfig.errors import Unavailable
from tests.control.world import until


@asynccontextmanager
async def turning(loop: Loop) -> AsyncIterator[None]:
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(loop.run(stop))
        await asyncio.sleep(0)
        yield
        stop.set()


async def test_a_key_is_looked_at_when_it_is_woken_and_not_before() -> None:
    seen: Counter[str] = Counter()

    async def tick(key: str) -> Next:
        seen[key] += 1
        return Next()

    loop = Loop(tick)
    async with turning(loop):
        loop.wake("a")
        loop.wake("b")
        await until(lambda: seen == {"a": 1, "b": 1})
        loop.wake("a")
        await until(lambda: seen == {"a": 2, "b": 1})


async def test_a_wake_during_a_look_makes_it_look_again() -> None:
    gate = asyncio.Event()
    looks = 0

    async def tick(_: str) -> Next:
        nonlocal looks
        looks += 1
        await gate.wait()
        return Next(is_over=True)

    loop = Loop(tick)
    async with turning(loop):
        loop.wake("a")
        await until(lambda: looks == 1)
        loop.wake("a")
        gate.set()
        await until(lambda: looks == 2)


async def test_a_key_that_fails_is_tried_again_and_does_not_stop_the_others() -> None:
    seen: Counter[str] = Counter()

    async def tick(key: str) -> Next:
        seen[key] += 1
        if key == "bad" and seen[key] < 3:
            raise Unavailable("not now")
        return Next()

    loop = Loop(tick)
    async with turning(loop):
        loop.wake("bad")
        loop.wake("good")
        await until(lambda: seen == {"bad": 3, "good": 1})


async def test_it_wakes_by_itself_when_the_time_has_come() -> None:
    seen: list[str] = []

    async def tick(key: str) -> Next:
        seen.append(key)
        return Next(wake_in=0.01 if len(seen) < 3 else None)

    loop = Loop(tick)
    async with turning(loop):
        loop.wake("a")
        await until(lambda: len(seen) == 3)


async def test_what_is_spawned_runs_beside_and_its_failure_stays_there() -> None:
    done = asyncio.Event()

    async def job() -> None:
        done.set()
        raise Unavailable("spent")

    async def tick(_: str) -> Next:
        return Next()

    loop = Loop(tick)
    async with turning(loop):
        loop.spawn(job(), "a job")
        await asyncio.wait_for(done.wait(), 5)
        loop.wake("a")


async def test_what_is_begun_as_the_loop_ends_is_put_away() -> None:
    async def tick(_: str) -> Next:
        return Next()

    async def job() -> None:
        raise AssertionError("it must not begin")

    loop, stop, never_begun = Loop(tick), asyncio.Event(), job()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(loop.run(stop))
        await asyncio.sleep(0)
        stop.set()
        loop.spawn(never_begun, "a test")
    assert inspect.getcoroutinestate(never_begun) == inspect.CORO_CLOSED
