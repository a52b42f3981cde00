"""Endpoints that are seen together."""

from __future__ import annotations

import pytest

from stranglerfig.core.ledger.links import MOST_LINKS, MOST_SESSIONS, TOGETHER_S, Link, Links, Strength, referring_path


def test_a_session_that_goes_on_links_two_endpoints() -> None:
    links = Links()
    for at, endpoint in enumerate(("/cart", "/cart", "/pay", "/cart")):
        links.note("shop", endpoint, "ann", float(at))

    assert links.found == {Link("shop", "/cart", "/pay"): Strength(1, 0), Link("shop", "/pay", "/cart"): Strength(1, 0)}


def test_sessions_are_kept_apart_and_end() -> None:
    links = Links()
    links.note("shop", "/cart", "ann", 0.0)
    links.note("shop", "/pay", "bob", 1.0)
    links.note("admin", "/pay", "ann", 1.0)
    links.note("shop", "/pay", "", 1.0)
    links.note("shop", "/pay", "ann", TOGETHER_S + 1.0)

    assert links.found == {}


def test_a_page_that_leads_to_another_one_links_them() -> None:
    links = Links()
    links.note_referrer("shop", "/pay", "/cart")
    links.note_referrer("shop", "/pay", "/pay")

    assert links.found == {Link("shop", "/cart", "/pay"): Strength(0, 1)}


def test_there_are_never_too_many_and_the_strong_ones_stay() -> None:
    links = Links()
    for _ in range(5):
        links.note_referrer("shop", "/pay", "/cart")
    for number in range(3 * MOST_LINKS):
        links.note_referrer("shop", "/pay", f"/from/{number}")
        links.note("shop", f"/to/{number % 50}", f"session-{number % (2 * MOST_SESSIONS)}", float(number))

    assert len(links.found) <= MOST_LINKS
    assert links.found[Link("shop", "/cart", "/pay")] == Strength(0, 5)


def test_what_has_changed_is_told_once() -> None:
    links = Links()
    links.note_referrer("shop", "/pay", "/cart")

    assert links.take_changed() == {Link("shop", "/cart", "/pay"): Strength(0, 1)}
    assert links.take_changed() == {}


@pytest.mark.parametrize(
    ("referer", "path"),
    [
        ("http://shop.example/cart?id=1#top", "/cart"),
        ("https://SHOP.example", "/"),
        ("https://elsewhere.example/cart", None),
        ("about:blank", None),
        ("", None),
    ],
)
def test_a_referrer_counts_if_it_is_of_the_same_host(referer: str, path: str | None) -> None:
    assert referring_path(referer, "shop.example") == path
