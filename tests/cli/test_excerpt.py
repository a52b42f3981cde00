"""Which lines ``svc logs`` and ``job logs`` ask the daemon for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from stranglerfig.cli.watch.excerpt import ALL_LINES, to_excerpt
from stranglerfig.errors import UsageError
from tests.cli.command_line import Fig

MOMENT = "2026-03-01T09:30:00+00:00"


def given(**flags: Any) -> dict[str, Any]:
    return {"since": None, "start_time": None, "end_time": None, "limit": None, **flags}


def test_a_few_lines_are_shown_unless_a_time_is_asked_for() -> None:
    assert to_excerpt(given(), follow=False) == (10, {})
    assert to_excerpt(given(limit=3), follow=True) == (3, {})
    assert to_excerpt(given(start_time=MOMENT), follow=True) == (ALL_LINES, {"since": MOMENT})
    assert to_excerpt(given(end_time=MOMENT, limit=5), follow=False) == (5, {"until": MOMENT})


def test_since_is_counted_back_from_now() -> None:
    limit, asked = to_excerpt(given(since=3600.0), follow=False)

    assert limit == ALL_LINES
    assert datetime.fromisoformat(asked["since"]).utcoffset() is not None


@pytest.mark.parametrize(
    ("flags", "follow"),
    [({"since": 5.0, "start_time": MOMENT}, False), ({"end_time": MOMENT}, True)],
)
def test_two_different_beginnings_or_ends_are_refused(flags: dict[str, Any], follow: bool) -> None:
    with pytest.raises(UsageError, match="two different"):
        to_excerpt(given(**flags), follow=follow)


@pytest.mark.parametrize(
    ("flag", "text", "wanted"),
    [
        ("--since", "soon", "write 30s, 5m or 1h30m"),
        ("--since", "-5m", "write 30s, 5m or 1h30m"),
        ("--start-time", "2026-03-01T09:30:00", "write it like 2026-03-01T09:30:00Z"),
        ("--end-time", "noon", "write it like 2026-03-01T09:30:00Z"),
    ],
)
def test_a_time_that_cannot_be_read_is_refused_before_anything_is_asked(
    fig: Fig, flag: str, text: str, wanted: str
) -> None:
    for group in ("svc", "job"):
        result = fig(group, "logs", "--app", "shop", "--name", "web", f"{flag}={text}")
        assert result.status == 2
        assert wanted in result.stderr


def test_an_end_before_its_beginning_is_refused() -> None:
    with pytest.raises(UsageError, match="--end-time is not after --start-time"):
        to_excerpt(given(start_time=MOMENT, end_time="2026-03-01T10:00:00+01:00"), follow=False)
