"""Weighted splits, counted: as large as asked for when random, and never back when sticky."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from stranglerfig.core.routing.rules import Sticky, StickyBy
from stranglerfig.dataplane.locate import HaproxyBinary
from tests.dataplane.facade import Facade, a_facade, a_group, split_rule
from tests.dataplane.fast_load import a_get, ask_all, letter_upstreams
from tests.dataplane.haproxy_rig import Client, haproxy_binaries
from tests.effort import amount

pytestmark = [pytest.mark.torture, pytest.mark.asyncio(loop_scope="module")]

#: with the HAProxy that fig takes, and with the distribution's
REQUESTS, REQUESTS_OF_OTHERS = amount(25_000, 100_000), amount(10_000, 20_000)
USERS = amount(1_000, 3_000)
#: the candidate's weight, growing, in hundredths of a percent
GROWING = (0, 100, 500, 1_000, 2_500, 5_000, 9_000, 10_000)
#: standard deviations on either side that hold 99.9 % of a normal distribution
Z_999 = 3.2905


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=haproxy_binaries(), ids=lambda one: one.version_text
)
async def split(request: pytest.FixtureRequest) -> AsyncIterator[Facade]:
    """Candidate ``n`` for new, legacy ``o`` for old."""
    binary: HaproxyBinary = request.param
    async with a_facade(binary) as facade, letter_upstreams(facade.run_dir, binary, "no") as ports:
        await facade.hold(groups=tuple(a_group(letter, port) for letter, port in ports.items()))
        yield facade


async def candidates(facade: Facade, count: int) -> int:
    """How many of so many requests the candidate got, by its own counter and by the answers."""
    before = (await facade.counters("n")).requests
    letters = await ask_all(facade.port, [a_get("/x?y=1")] * count)
    counted = (await facade.counters("n")).requests - before
    assert counted == letters.count("n")
    return counted


def is_within(hits: int, count: int, share: float) -> bool:
    """Whether a binomial distribution has ``hits`` in its central 99.9 %."""
    return abs(hits - count * share) <= Z_999 * math.sqrt(count * share * (1 - share)) + 0.5


@pytest.mark.parametrize("percent", [0.1, 1, 10, 50])
async def test_a_random_split_is_within_the_binomial_interval(split: Facade, percent: float) -> None:
    await split.hold(split_rule(round(percent * 100), "n", "o"))
    count = REQUESTS if split.binary == haproxy_binaries()[0] else REQUESTS_OF_OTHERS
    hits = await candidates(split, count)
    if not is_within(hits, count, percent / 100):
        # one in a thousand right splits is outside; two in a row are none
        hits = await candidates(split, count)
    assert is_within(hits, count, percent / 100), f"{hits} of {count}"


async def test_weights_of_nothing_and_of_all_are_exact(split: Facade) -> None:
    await split.hold(split_rule(0, "n", "o"))
    assert await candidates(split, 5_000) == 0
    await split.hold(split_rule(10_000, "n", "o"))
    assert await candidates(split, 5_000) == 5_000


async def test_a_twentieth_of_a_percent_is_neither_nothing_nor_a_whole_one(split: Facade) -> None:
    await split.hold(split_rule(5, "n", "o"))
    assert 0 < await candidates(split, 20_000) < 50


@pytest.mark.parametrize(
    ("sticky", "header"),
    [(Sticky(StickyBy.HEADER, "X-User"), "x-user: {}"), (Sticky(StickyBy.COOKIE, "uid"), "Cookie: a=1; uid={}; b=2")],
    ids=["header", "cookie"],
)
async def test_a_user_who_has_moved_never_moves_back_while_the_weight_grows(
    split: Facade, sticky: Sticky, header: str
) -> None:
    requests = [a_get("/", header.format(f"user-{number}")) for number in range(USERS)]
    moved: set[int] = set()
    for weight in GROWING:
        await split.hold(split_rule(weight, "n", "o", sticky))
        letters = await ask_all(split.port, requests)
        assert letters == await ask_all(split.port, requests), "a user flapped at a fixed weight"
        now = {number for number, letter in enumerate(letters) if letter == "n"}
        assert moved <= now, "a user moved back"
        assert abs(len(now) - USERS * weight / 10_000) <= 5 * math.sqrt(USERS / 4)
        moved = now
    assert len(moved) == USERS


async def test_a_client_address_that_has_moved_never_moves_back(split: Facade) -> None:
    clients = [Client(split.port, source=f"127.0.1.{number}") for number in range(1, 120)]
    moved: set[int] = set()
    for weight in (0, 2_500, 7_500, 10_000):
        await split.hold(split_rule(weight, "n", "o", Sticky(StickyBy.SOURCE)))
        now = {number for number, client in enumerate(clients) if (await client.ask("/")).body == b"n"}
        again = {number for number, client in enumerate(clients) if (await client.ask("/?again")).body == b"n"}
        assert (now, moved <= now) == (again, True)
        moved = now
        assert (len(now) < len(clients) / 2) == (weight < 5_000)
    for client in clients:
        client.close()
    assert len(moved) == len(clients)


async def test_a_request_without_the_sticky_header_draws_anew(split: Facade) -> None:
    await split.hold(split_rule(5_000, "n", "o", Sticky(StickyBy.HEADER, "X-User")))
    letters = await ask_all(split.port, [a_get()] * 400)
    assert 100 < letters.count("n") < 300


async def test_the_fig_cookie_is_set_once_and_keeps_its_client_on_its_side(split: Facade) -> None:
    await split.hold(split_rule(5_000, "n", "o", Sticky(StickyBy.COOKIE)))
    sides = set()
    for _ in range(40):
        client = split.client()
        first = await client.ask("/")
        name, *attributes = first.headers["set-cookie"].split("; ")
        assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(attributes)
        assert name.startswith("fig=")
        answers = [await client.ask(f"/{number}", headers=(("Cookie", name),)) for number in range(5)]
        assert all("set-cookie" not in answer.headers for answer in answers)
        assert {answer.body for answer in answers} == {first.body}
        sides.add(first.body)
        client.close()
    assert sides == {b"n", b"o"}


async def test_weights_change_without_a_reload(split: Facade) -> None:
    await split.hold(split_rule(1, "n", "o"))
    before = await split.reloads()
    for weight in range(0, 10_000, 500):
        await split.hold(split_rule(weight, "n", "o"))
    assert await split.reloads() == before
