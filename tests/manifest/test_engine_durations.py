"""Go's notation of durations, both ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.manifest.durations import parse_duration, render_duration, suggest_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10s", 10.0),
        ("300ms", 0.3),
        ("1h30m", 5400.0),
        ("1.5h", 5400.0),
        (".5s", 0.5),
        ("1.s", 1.0),
        ("2us", 2e-6),
        ("2µs", 2e-6),
        ("2μs", 2e-6),
        ("7ns", 7e-9),
        ("-1m", -60.0),
        ("+1m", 60.0),
        ("0", 0.0),
        ("1m1m", 120.0),
    ],
)
def test_what_go_reads_is_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "10", "5d", "s", "1 s", "1S", ".s", "--1s", "1h-1m", "1e3s", "١s", "9" * 50 + "h"]
)
def test_what_go_refuses_is_refused(text: str) -> None:
    assert parse_duration(text) is None


@given(st.integers(0, 10**15))
def test_what_is_rendered_reads_as_the_same(microseconds: int) -> None:
    seconds = microseconds / 10**6

    assert parse_duration(render_duration(seconds)) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "0s"), (60.0, "1m"), (5400.0, "1h30m"), (0.3, "300ms"), (-1.0, "-1s")]
)
def test_the_shortest_text_is_rendered(seconds: float, text: str) -> None:
    assert render_duration(seconds) == text


@pytest.mark.parametrize(("text", "meant"), [("30", "30s"), ("5d", "120h"), ("soon", None), ("²", None)])
def test_a_number_and_days_are_understood_well_enough_to_suggest_something(text: str, meant: str | None) -> None:
    assert suggest_duration(text) == meant
