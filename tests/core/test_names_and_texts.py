"""Names, URLs and conditions as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.conditions_text import (
    ConditionsText,
    count_segments,
    parse_conditions,
    parse_sticky,
    parse_weight,
    render_conditions,
    render_sticky,
    render_weight,
)
from stranglerfig.core.names import LONGEST_NAME, parse_name, to_slug, to_unique
from stranglerfig.core.routing.rules import PathExact, PathPattern, PathPrefix, PathTemplate
from stranglerfig.core.topology import HostHeader
from stranglerfig.core.urls import parse_target_url, to_host_header
from stranglerfig.errors import UsageError


@pytest.mark.parametrize("name", ["", "A", "1a", "-a", "a_b", "a" * 64, "a b", "ä", "a\n"])
def test_a_bad_name_is_refused_with_what_is_allowed(name: str) -> None:
    with pytest.raises(UsageError, match=r"\[a-z\]"):
        parse_name(name)


@given(st.text(max_size=100))
def test_a_slug_is_always_a_name(text: str) -> None:
    assert parse_name(to_slug(text, otherwise="path"))


def test_a_taken_name_gets_a_number_and_stays_short_enough() -> None:
    assert to_unique("posts", {"posts", "posts-2"}) == "posts-3"
    assert len(to_unique("a" * LONGEST_NAME, {"a" * LONGEST_NAME})) == LONGEST_NAME


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://127.0.0.1:80/", "http://127.0.0.1"),
        ("https://Shop.example.com:443/base/", "https://shop.example.com/base"),
        ("http://[::1]:9000/v2", "http://[::1]:9000/v2"),
        ("http://[0:0:0:0:0:0:0:1]:9000/v2", "http://[::1]:9000/v2"),
        ("http://[2001:DB8:0::7]", "http://[2001:db8::7]"),
    ],
)
def test_a_url_has_one_spelling(text: str, canonical: str) -> None:
    assert parse_target_url(text).text == canonical
    assert parse_target_url(canonical).text == canonical


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1:80",
        "ftp://x",
        "http://",
        "http://a:b",
        "http://a:0",
        "http://a:70000",
        "http://a/?q=1",
        "http://a/#f",
        "http://u@a",
        "http://a b/",
        "http://a/ü",
        "http://[::1",
        "http://-a.example",
    ],
)
def test_a_bad_url_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="bad URL"):
        parse_target_url(text)


def test_named_hosts_see_their_own_name_and_addresses_the_clients() -> None:
    assert to_host_header(parse_target_url("http://shop.example.com")) is HostHeader.TARGET
    assert to_host_header(parse_target_url("http://localhost:1")) is HostHeader.PRESERVE
    assert to_host_header(parse_target_url("http://[::1]:1")) is HostHeader.PRESERVE


@pytest.mark.parametrize(
    ("text", "path", "segments"),
    [
        (ConditionsText("/api/posts"), PathPrefix("/api/posts"), 2),
        (ConditionsText("/api/posts/"), PathPrefix("/api/posts"), 2),
        (ConditionsText("/"), PathPrefix("/"), 0),
        (ConditionsText("/api", exact=True), PathExact("/api"), 1),
        (ConditionsText("/users/{id}"), PathTemplate("/users/{id}", children=True), 2),
        (ConditionsText("/users/{id}", exact=True), PathTemplate("/users/{id}"), 2),
    ],
)
def test_a_path_says_what_it_takes(text: ConditionsText, path: object, segments: int) -> None:
    [parsed] = parse_conditions(text).paths
    assert parsed == path
    assert count_segments(parsed) == segments


def test_a_pattern_has_no_segments_to_strip() -> None:
    [path] = parse_conditions(ConditionsText("/img/*", pattern=True)).paths
    assert path == PathPattern("/img/*")
    with pytest.raises(UsageError, match="cannot be stripped"):
        count_segments(path)


def test_a_path_deeper_than_haproxy_is_told_to_strip_is_refused() -> None:
    assert count_segments(PathExact("/a" * 14)) == 14
    with pytest.raises(UsageError, match="15 segments cannot be stripped: 14 is the most"):
        count_segments(PathExact("/a" * 15))


def test_conditions_survive_the_way_there_and_back() -> None:
    text = ConditionsText(
        "/a", False, False, ("GET", "purge"), ("*.example.com",), ("X-A: 1", "X-A: 2"), ("v=1", "x"), ("10.0.0.0/8",)
    )
    assert render_conditions(parse_conditions(text)) == text


def test_usual_methods_may_be_written_small() -> None:
    assert parse_conditions(ConditionsText("/a", methods=("get", "GET", "purge"))).methods == ("GET", "purge")


@pytest.mark.parametrize(
    "text",
    [
        ConditionsText("a"),
        ConditionsText("/a b"),
        ConditionsText("/a*"),
        ConditionsText("/a", exact=True, pattern=True),
        ConditionsText("/a", methods=("G T",)),
        ConditionsText("/a", hosts=("a:1",)),
        ConditionsText("/a", headers=("X",)),
        ConditionsText("/a", headers=("X:",)),
        ConditionsText("/a", queries=("=v",)),
        ConditionsText("/a", queries=("k=",)),
        ConditionsText("/a", sources=("10.0.0.0/99",)),
    ],
)
def test_bad_conditions_are_refused_with_a_mend(text: ConditionsText) -> None:
    with pytest.raises(UsageError) as caught:
        parse_conditions(text)
    assert caught.value.hint


@given(st.integers(0, 10_000))
def test_weights_are_exact_both_ways(weight: int) -> None:
    assert parse_weight(render_weight(weight)) == weight


@pytest.mark.parametrize("percent", [-1, 100.01, 0.001, 33.333])
def test_a_bad_weight_is_refused(percent: float) -> None:
    with pytest.raises(UsageError, match="bad weight"):
        parse_weight(percent)


@pytest.mark.parametrize("text", ["none", "source", "cookie", "cookie:sid", "header:X-User"])
def test_stickiness_both_ways(text: str) -> None:
    assert render_sticky(parse_sticky(text)) == text


@pytest.mark.parametrize("text", ["", "header", "header:", "source:x", "cookie:a b", "moon"])
def test_bad_stickiness_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="stickiness"):
        parse_sticky(text)
