"""One copy, asked of both sides: how much of an answer is read, and what is told of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from stranglerfig.core.compare.answers import Difference, Kind
from stranglerfig.core.compare.copies import Copy
from stranglerfig.core.compare.jobs import MOST_MORE, MOST_TIMES, Address, Bounds, Job
from stranglerfig.core.compare.report import Compared
from stranglerfig.shadow.rounds import play
from stranglerfig.shadow.sender import Sender
from tests.ports import free_port
from tests.shadow.sides import Answering, Reply, a_side, always, two_sides

MEMBERS = [{"id": number} for number in range(10)]


@pytest.fixture
async def sender() -> AsyncIterator[Sender]:
    found = Sender()
    yield found
    await found.close()


async def play_one(sender: Sender, legacy: Answering, candidate: Answering) -> Compared:
    with two_sides(legacy, candidate) as (old, new):
        addresses = Address(new.url, "/users", "shop"), Address(old.url, "/users", "shop")
        return await play(sender, Job(Copy("GET", "/users"), "/users", (), *addresses, bounds=Bounds(timeout_s=20)))


async def test_of_a_flood_little_more_than_legacys_answer_is_read(sender: Sender) -> None:
    said, raw = b"y" * 1000, ("Content-Type", "application/octet-stream")
    compared = await play_one(sender, always(said, 200, raw), lambda _: Reply(b"", headers=(raw,), floods=True))

    assert compared.example is not None
    (told,) = compared.example.differences
    assert (told.kind, told.place) == (Kind.BYTES, "body")
    assert told.candidate.startswith(f"{MOST_TIMES * len(said) + MOST_MORE} bytes and more")


async def test_an_answer_that_is_much_longer_than_legacys_is_still_compared_by_structure(sender: Sender) -> None:
    more = [{**one, "words": "x" * 5_000} for one in MEMBERS]
    compared = await play_one(sender, always(MEMBERS), always(more))

    assert compared.seen.found == (Difference(Kind.EXTRA, "$[].words"),)


async def test_a_candidate_without_an_answer_costs_legacy_one_request(sender: Sender) -> None:
    with a_side(always(MEMBERS)) as legacy:
        addresses = Address(f"http://127.0.0.1:{free_port()}", "/users", "shop"), Address(legacy.url, "/users", "shop")
        compared = await play(sender, Job(Copy("GET", "/users"), "/users", (), *addresses))

        assert [one.kind for one in compared.seen.found] == [Kind.STATUS]
        assert len(legacy.asked) == 1
