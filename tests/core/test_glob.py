from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.routing.glob import glob_regex, literal_length, matches

_PATTERNS = st.text("ab*?\\./", max_size=8)
_TEXTS = st.text("ab*?\\./A", max_size=10)


@given(pattern=_PATTERNS, text=_TEXTS, escapes=st.booleans(), ignore_case=st.booleans())
def test_the_regular_expression_means_what_the_pattern_means(
    pattern: str, text: str, escapes: bool, ignore_case: bool
) -> None:
    flags = re.ASCII | (re.IGNORECASE if ignore_case else 0)
    by_regex = re.fullmatch(glob_regex(pattern, escapes=escapes), text, flags) is not None
    assert matches(pattern, text, ignore_case=ignore_case, escapes=escapes) is by_regex


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("?", "", False),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("*a", "aaab", False),
        ("**a**", "bab", True),
        ("a.c", "abc", False),
        ("(a|b)[c]{1}^$+", "(a|b)[c]{1}^$+", True),
        (r"a\*", r"a\b", True),
    ],
)
def test_a_pattern_means_the_whole_text(pattern: str, text: str, wanted: bool) -> None:
    assert matches(pattern, text) is wanted
    assert (re.fullmatch(glob_regex(pattern), text) is not None) is wanted


@pytest.mark.parametrize("pattern", ["a*b", "a?b", "*"])
def test_no_wildcard_takes_a_newline(pattern: str) -> None:
    assert not matches(pattern, "a\nb")
    assert re.fullmatch(glob_regex(pattern), "a\nb") is None


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [(r"a\*b", "a*b", True), (r"a\*b", "axb", False), (r"\?", "?", True), (r"\\*", r"\x", True), ("a\\", "a\\", True)],
)
def test_a_backslash_makes_a_wildcard_literal_where_it_may(pattern: str, text: str, wanted: bool) -> None:
    assert matches(pattern, text, escapes=True) is wanted


def test_case_is_folded_for_ascii_alone() -> None:
    assert matches("CANARY*", "canary-1", ignore_case=True)
    assert not matches("\u212a", "k", ignore_case=True)
    assert not matches("É", "é", ignore_case=True)


@pytest.mark.parametrize("text", ["a" * 20_000, "a" * 20_000 + "b"])
def test_a_pattern_of_many_stars_takes_no_exponential_time(text: str) -> None:
    pattern = "*a" * 12 + "*c"
    started = time.perf_counter()
    assert not matches(pattern, text)
    assert re.fullmatch(glob_regex(pattern), text) is None
    # backtracking would take longer than the universe has been there
    assert time.perf_counter() - started < 5


def test_wildcards_can_be_kept_within_a_class_of_characters() -> None:
    regex = re.compile(glob_regex("a*b?", any_character="[^&]"))
    assert regex.fullmatch("a-bc")
    assert not regex.fullmatch("a&bc")
    assert not regex.fullmatch("ab&")


def test_literal_characters_are_counted_without_wildcards() -> None:
    assert literal_length("/a*b?") == 3
    assert literal_length(r"\*a", escapes=True) == 2
