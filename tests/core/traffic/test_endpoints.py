"""Templates of endpoints, found from paths alone."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.traffic.endpoints import DEEPEST, MOST_NODES, MOST_WORDS, Endpoints


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/", "/"),
        ("/api/users", "/api/users"),
        ("/api/users/", "/api/users"),
        ("/api/users/17", "/api/users/{id}"),
        ("/api/users/17/posts/3", "/api/users/{id}/posts/{id}"),
        ("/o/123e4567-e89b-12d3-a456-426614174000", "/o/{id}"),
        ("/o/507f1f77bcf86cd799439011", "/o/{id}"),
        ("/o/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/o/{id}"),
        ("/on/2026-11-28", "/on/{date}"),
        ("/api/v2/feed", "/api/v2/feed"),
        ("/deadbeef", "/deadbeef"),
        ("/assets/application-settings.json", "/assets/application-settings.json"),
        ("/" + "/".join("abcdefghijklmnop"), "/" + "/".join("abcdefghijklmnop"[:DEEPEST]) + "/{rest}"),
    ],
)
def test_values_are_told_from_words_at_sight(path: str, template: str) -> None:
    assert Endpoints().learn(path) == template


def test_too_many_words_are_values() -> None:
    found = Endpoints()
    first = found.learn("/users/ann/posts")
    for number in range(MOST_WORDS):
        found.learn(f"/users/user{chr(97 + number % 26)}{number}x/posts")

    assert first == "/users/ann/posts"
    assert found.settle(first) == found.learn("/users/anybody/posts") == "/users/{name}/posts"
    assert found.learn("/users/17/posts") == "/users/{id}/posts"


def test_routes_name_their_parameters() -> None:
    found = Endpoints.of(["/api/users/{userId}", "/api/users/me"])

    assert found.learn("/api/users/ann") == "/api/users/{userId}"
    assert found.learn("/api/users/17/posts") == "/api/users/{userId}/posts"
    assert found.learn("/api/users/me") == "/api/users/me"


def test_what_was_learned_can_be_taken_up_again() -> None:
    found = Endpoints()
    learned = {found.learn(f"/w/word{number}x/{number}") for number in range(200)}
    settled = {found.settle(one) for one in learned}

    again = Endpoints.of(settled)
    assert settled == {"/w/{name}/{id}"}
    assert again.learn("/w/anything/5") == "/w/{name}/{id}"


@given(st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(chance: random.Random) -> None:
    paths = [f"/users/u{chr(97 + one % 26)}{one}n/posts" for one in range(60)] + [f"/items/{one}" for one in range(20)]
    paths += ["/health", "/items/new"]
    chance.shuffle(paths)
    found = Endpoints()
    learned = [found.learn(path) for path in paths]

    assert {found.settle(one) for one in learned} == {"/users/{name}/posts", "/items/{id}", "/health", "/items/new"}


def test_memory_is_bounded_whatever_comes() -> None:
    found, chance = Endpoints(), random.Random(3)
    letters = "abcdefghijklmnopqrstuvwxyz"
    for _ in range(MOST_NODES):
        path = "".join(f"/{chance.choice(letters)}{chance.choice(letters)}" for _ in range(8))
        assert found.learn(path).startswith("/")

    assert found._count <= MOST_NODES + DEEPEST


@pytest.mark.parametrize("segment", ["a" * 50_000, "1a" * 25_000, "-" * 49_999 + "1", "a@" * 25_000])
def test_a_long_segment_is_a_value_whatever_it_says(segment: str) -> None:
    assert Endpoints().learn(f"/files/{segment}") == "/files/{id}"
