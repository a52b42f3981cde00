"""Many changes, one apply; and a change that HAProxy does not take leaves no trace in the books."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from stranglerfig.control.applier import Applier
from stranglerfig.control.books import Books
from stranglerfig.core.desired import TargetGroup, UrlTargets
from stranglerfig.errors import Unavailable
from stranglerfig.store.sqlite import open_store
from tests.control.in_memory_router import InMemoryRouter
from tests.control.world import until


@contextmanager
def some_books(folder: Path) -> Iterator[tuple[Books, InMemoryRouter, Applier]]:
    with closing(open_store(folder / "fig.sqlite3")) as store:
        books, router = Books(store), InMemoryRouter()
        yield books, router, Applier(router, lambda: books.topology(lambda _: ()))


def a_group(name: str, port: int = 80) -> TargetGroup:
    return TargetGroup(name, UrlTargets((f"http://127.0.0.1:{port}",)))


async def save(books: Books, applier: Applier, group: TargetGroup) -> None:
    await applier.follow(books.save_group(group, "a test wants it"))


async def test_changes_that_come_at_once_share_an_apply(tmp_path: Path) -> None:
    with some_books(tmp_path) as (books, router, applier):
        router.gate.clear()
        async with asyncio.TaskGroup() as tasks:
            for number in range(50):
                tasks.create_task(save(books, applier, a_group(f"g{number}")))
            await until(lambda: len(books.desired.groups) == 50)
            router.gate.set()
        assert len(router.held.groups) == 50
        assert router.applies == 2


async def test_who_follows_returns_only_when_the_change_is_in_force(tmp_path: Path) -> None:
    with some_books(tmp_path) as (books, router, applier):
        await save(books, applier, a_group("posts"))
        assert [group.name for group in router.held.groups] == ["posts"]


async def test_a_refused_change_is_taken_back_in_memory_and_on_disk(tmp_path: Path) -> None:
    with some_books(tmp_path) as (books, router, applier):
        await save(books, applier, a_group("posts", 80))
        router.refusals = 1
        with pytest.raises(Unavailable, match="did not reload"):
            await save(books, applier, a_group("posts", 81))
        assert books.desired.groups["posts"] == a_group("posts", 80)
        assert books.store.desired().groups == books.desired.groups


async def test_with_a_refused_change_those_that_stand_on_it_are_taken_back_too(tmp_path: Path) -> None:
    with some_books(tmp_path) as (books, router, applier):
        router.gate.clear()
        router.refusals = 1
        jobs = [asyncio.ensure_future(save(books, applier, a_group("posts", port))) for port in (80, 81)]
        await until(lambda: books.desired.groups.get("posts") == a_group("posts", 81))
        router.gate.set()
        outcomes = await asyncio.gather(*jobs, return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [Unavailable, Unavailable]
        assert books.desired.groups == books.store.desired().groups == {}


async def test_a_caller_that_gives_up_leaves_its_turn_to_the_next(tmp_path: Path) -> None:
    with some_books(tmp_path) as (books, router, applier):
        router.gate.clear()
        first = asyncio.ensure_future(save(books, applier, a_group("one")))
        await until(lambda: "one" in books.desired.groups)
        second = asyncio.ensure_future(save(books, applier, a_group("two")))
        await until(lambda: "two" in books.desired.groups)
        first.cancel()
        router.gate.set()
        await second
        assert [group.name for group in router.held.groups] == ["one", "two"]


async def test_a_long_drain_does_not_hold_up_a_change(tmp_path: Path) -> None:
    with some_books(tmp_path) as (books, router, applier):
        router.gate.clear()
        marked: list[bool] = []
        draining = asyncio.ensure_future(applier.drain(lambda: marked.append(True)))
        await until(lambda: router.begun == 1)
        change = asyncio.ensure_future(save(books, applier, a_group("posts")))
        await until(lambda: router.begun == 2)
        assert marked
        assert not draining.done()
        router.gate.set()
        await asyncio.gather(draining, change)
