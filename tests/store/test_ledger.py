"""The books of the ledger: what is written comes back, and ninety days of it stay small."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stranglerfig.core.ledger.latencies import Latencies
from stranglerfig.core.ledger.links import MOST_LINKS, Link, Strength
from stranglerfig.core.ledger.records import KEPT_DAYS, Booking, Figures, Key, Mark, MarkOf, Side, Sighting
from stranglerfig.store.ledger import SqliteLedger
from stranglerfig.store.sqlite import SqliteStore, open_store

USERS = Key("shop", "GET", "/api/users/{id}", "legacy", Side.LEGACY)
POSTS = Key("shop", "POST", "/api/posts", "posts", Side.MOVED)
SEEN = Sighting(1_700_000_000.5, "10.0.0.7", "curl/8", "shop.example", "/api/users/17")
MOST_BYTES = 50_000_000


@pytest.fixture
def books(tmp_path: Path) -> Iterator[SqliteStore]:
    with closing(open_store(tmp_path / "fig.sqlite3")) as store:
        yield store


@pytest.fixture
def ledger(books: SqliteStore) -> SqliteLedger:
    return SqliteLedger(books)


def a_booking(hour: int, figures: dict[Key, Figures], **more: object) -> Booking:
    rest = {"sightings": dict.fromkeys(figures, SEEN), "marks": {}, "links": {}, **more}
    return Booking(hour, figures, **rest)  # type: ignore[arg-type]


def some_figures(requests: int, spread: int = 3) -> Figures:
    latencies = Latencies()
    for number in range(spread):
        latencies.add(2.0 * 1.4**number, 1 + requests // spread)
    return Figures(requests, requests // 10, requests // 100, latencies)


def test_what_is_booked_comes_back(ledger: SqliteLedger) -> None:
    mark = {MarkOf("legacy", is_listener=False): Mark(120, 1, 2, 10.0, 20.0, ahead=-3)}
    links = {Link("shop", "/a", "/b"): Strength(3, 1)}
    ledger.save(a_booking(480_000, {USERS: some_figures(100), POSTS: some_figures(7)}, marks=mark, links=links))

    assert list(ledger.hours(480_000)) == [(480_000, USERS, some_figures(100)), (480_000, POSTS, some_figures(7))]
    assert ledger.sightings() == {USERS: SEEN, POSTS: SEEN}
    assert ledger.marks() == mark
    assert ledger.links(20_000) == links


def test_an_hour_is_replaced_by_what_it_has_become(ledger: SqliteLedger) -> None:
    for requests in (5, 9):
        ledger.save(a_booking(480_000, {USERS: some_figures(requests)}))

    assert list(ledger.hours(0)) == [(480_000, USERS, some_figures(9))]


def test_hours_are_those_since_then_and_of_one_listener_if_need_be(ledger: SqliteLedger) -> None:
    elsewhere = Key("admin", "GET", "/", "legacy", Side.LEGACY)
    for hour in (1, 2, 3):
        ledger.save(a_booking(hour, {USERS: some_figures(hour), elsewhere: some_figures(1)}))

    assert [hour for hour, _, _ in ledger.hours(2, "shop")] == [2, 3]
    assert {key for _, key, _ in ledger.hours(3)} == {USERS, elsewhere}


def test_whole_days_are_added_up_once_and_count_once(ledger: SqliteLedger) -> None:
    elsewhere = Key("admin", "GET", "/", "legacy", Side.LEGACY)
    for hour in (24, 30, 47, 48, 71, 72, 73):
        ledger.save(a_booking(hour, {USERS: some_figures(hour), elsewhere: some_figures(1)}))
    by_hours = added_up(ledger, 0)
    ledger.add_days(3)
    ledger.add_days(3)

    assert added_up(ledger, 0) == by_hours == 24 + 30 + 47 + 48 + 71 + 72 + 73
    assert len(list(ledger.totals(0, "shop"))) == 4  # two days and two hours
    assert added_up(ledger, 31) == 47 + 48 + 71 + 72 + 73
    assert added_up(ledger, 73) == 73
    ledger.prune(hour=48, day=2)
    assert added_up(ledger, 0) == 48 + 71 + 72 + 73


def added_up(ledger: SqliteLedger, since: int) -> int:
    return sum(figures.requests for _, figures in ledger.totals(since, "shop"))


def test_links_of_several_days_add_up(ledger: SqliteLedger) -> None:
    link = Link("shop", "/a", "/b")
    for day in (7, 8, 9):
        ledger.save(a_booking(day * 24, {}, links={link: Strength(2, 1)}))

    assert ledger.links(8) == {link: Strength(4, 2)}


def test_the_weakest_links_of_a_day_go_when_there_are_too_many(ledger: SqliteLedger) -> None:
    links = {Link("shop", "/a", f"/{number}"): Strength(number, 0) for number in range(MOST_LINKS + 10)}
    ledger.save(a_booking(24, {}, links=links))
    ledger.save(a_booking(48, {}, links={Link("other", "/a", "/0"): Strength(0, 0)}))
    ledger.prune(hour=0, day=0)

    kept = ledger.links(0)
    assert (len(kept), min(one.sessions for link, one in kept.items() if link.listener == "shop")) == (
        MOST_LINKS + 1,
        10,
    )


def test_an_endpoint_is_forgotten_with_its_last_hour(ledger: SqliteLedger) -> None:
    ledger.save(a_booking(1, {USERS: some_figures(1)}))
    ledger.save(a_booking(5, {POSTS: some_figures(1)}))
    ledger.prune(hour=5, day=0)

    assert [key for _, key, _ in ledger.hours(0)] == [POSTS]
    assert list(ledger.sightings()) == [POSTS]


def test_a_mark_is_forgotten_when_it_is_told_so(ledger: SqliteLedger) -> None:
    marks = {MarkOf("shop", is_listener=kind): Mark(1, 0, 0, 1.0, 1.0) for kind in (True, False)}
    ledger.save(a_booking(1, {}, marks=marks))
    ledger.prune(hour=0, day=0, marks=[MarkOf("shop", is_listener=False)])

    assert ledger.marks().keys() == {MarkOf("shop", is_listener=True)}


def test_emptied_books_hold_nothing_of_it(books: SqliteStore, ledger: SqliteLedger) -> None:
    ledger.save(
        a_booking(1, {USERS: some_figures(1)}, marks={MarkOf("shop", is_listener=True): Mark(1, 0, 0, 1.0, 1.0)})
    )
    books.purge()

    assert (list(ledger.hours(0)), ledger.sightings(), ledger.marks()) == ([], {}, {})


def test_a_name_that_is_no_text_can_be_kept(ledger: SqliteLedger) -> None:
    odd = Key("shop", "GET", "/caf\udce9", "legacy", Side.LEGACY)
    ledger.save(a_booking(1, {odd: some_figures(2)}))

    assert [figures.requests for _, _, figures in ledger.hours(1)] == [2]


def test_a_hundred_endpoints_of_ninety_days_are_less_than_fifty_megabytes(books: SqliteStore, tmp_path: Path) -> None:
    """Each answered by two sides in every hour, with latencies over three orders of magnitude. A tenth of the days, for
    all of them are as large."""
    ledger = SqliteLedger(books)
    keys = [
        Key("shop", "GET", f"/api/resources-{number}/{{id}}/items", group, side)
        for number in range(100)
        for group, side in (("shop-default", Side.LEGACY), ("resources", Side.MOVED))
    ]
    figures = {key: some_figures(2_000 + 31 * number, spread=20) for number, key in enumerate(keys)}
    with books.together():
        for hour in range(KEPT_DAYS * 24 // 10):
            ledger.save(a_booking(480_000 + hour, figures, sightings={} if hour else dict.fromkeys(keys, SEEN)))
    ledger.add_days(1_000_000)
    with closing(open_store(tmp_path / "fig.sqlite3")) as again, again.reading() as connection:
        pages = connection.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        taken = 10 * int(pages.fetchone()[0])

    assert 1_000_000 < taken <= MOST_BYTES, f"{taken / 1e6:.1f} MB"
