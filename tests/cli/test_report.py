"""The page about a migration stands alone, and shows what the books have."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any, cast

import pytest

from stranglerfig.cli.report.chart import MOST_HOURS, to_bars
from stranglerfig.cli.report.markup import table
from stranglerfig.cli.report.page import Migration, render_page

VOID = {"meta"}
LAST = {
    "at": "2026-11-28T07:31:00.000Z",
    "client": "10.0.0.7",
    "user_agent": "<script>alert(1)</script>\x1b",
    "host": "",
    "path": "/",
}
SIDE = {"requests": 200, "errors": 3, "p99_ms": 20.0}


class Page(HTMLParser):
    """Everything that a reader sees, and what a browser would fetch; fails where tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href", "data", "action")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += f"{data}\n"


def an_entry(endpoint: str, side: str, requests: int, **more: object) -> dict[str, Any]:
    known = {
        "method": "GET",
        "endpoint": endpoint,
        "target": side,
        "side": side,
        "has_left": False,
        "requests": requests,
        "last": LAST,
    }
    return {**known, "client_errors": 0, "server_errors": 2, "p50_ms": 4.0, "p99_ms": 31.5, **more}


@pytest.fixture(name="migration")
def a_migration() -> Migration:
    users = [an_entry("/api/users/{id}", "moved", 300, p99_ms=17.25), an_entry("/api/users/{id}", "legacy", 50)]
    listener = {
        "listener": "shop",
        "requests": {"legacy": 100, "moved": 300, "nobody": 0},
        "moved_share": 0.75,
        "endpoints": 2,
        "moved_endpoints": 0,
        "entries": [*users, an_entry("/orders", "legacy", 50, last=None)],
        "idle": [an_entry("/old", "legacy", 0)],
    }
    shift = {
        **{"id": "s1", "proxy": "shop", "route": "users", "path": "/api/users", "candidate": "users", "legacy": "mono"},
        **{
            "phase": "ROLLED_BACK",
            "weight": 0.0,
            "reason": "errors",
            "started_at": "2001-09-09T01:46:40.000Z",
            "ended_at": "2001-09-09T01:47:40.000Z",
        },
    }
    decision = {
        **{
            "shift": "s1",
            "at": "2001-09-09T01:47:39.000Z",
            "event": "fail",
            "phase": "ROLLED_BACK",
            "weight": 0.0,
            "reason": "5xx > 1 %",
        },
        **{"candidate": SIDE, "legacy": SIDE},
    }
    shadow = {"path": "/api/users", "candidate": "users", "legacy": "mono", "proxy": "shop", "route": "users"}
    places = [{"kind": "missing", "place": "$.name", "count": 9}]
    report = {
        **{"shadow": shadow, "verdict": "FAIL", "reason": "", "compared": 40, "different": 9},
        "endpoints": [{"method": "GET", "endpoint": "/api/users/{id}", "differences": places}],
    }
    hours = [
        {"at": f"2026-11-28T{hour:02}:00:00Z", "requests": {"legacy": 9, "moved": hour, "nobody": 0}}
        for hour in range(8)
    ]
    ledger = {"since": "2026-11-21T07:00:00Z", "until": "2026-11-28T07:31:00Z", "listeners": [listener], "quiet": []}
    return Migration(*(cast(Any, part) for part in (ledger, hours, [shift], [decision], [report])))


def test_it_tells_the_whole_story(migration: Migration) -> None:
    page = Page(render_page(migration))

    for told in (
        *(
            "Migration of shop",
            "75.0 %",
            "0 of 2",
            "100",
            "/api/users: mono to users",
            "5xx > 1 %",
            "3 of 200, 3 of 200",
        ),
        *(
            "FAIL: 9 of 40 answers differed.",
            "$.name",
            "2001-09-09 01:47:39",
            "17.25",
            "31.5",
            "/orders",
            "/old",
            "rolled back",
        ),
    ):
        assert told in page.text, told


def test_it_needs_nothing_else_and_runs_nothing_of_what_clients_wrote(migration: Migration) -> None:
    text = render_page(migration)
    page = Page(text)

    assert page.fetched == []
    assert "script" not in page.tags
    assert "<script>alert(1)</script>·" in page.text
    assert "url(" not in text
    assert "@import" not in text


def test_what_there_is_nothing_of_has_no_heading(migration: Migration) -> None:
    [listener] = migration.ledger["listeners"]
    bare = {**listener, "entries": [], "idle": [], "moved_share": None}
    ledger = cast(Any, {**migration.ledger, "listeners": [bare]})
    page = Page(render_page(replace(migration, ledger=ledger, hours=[], shifts=[], decisions=[], shadows=[])))

    assert "h2" not in page.tags
    assert "svg" not in page.tags


def test_columns_of_numbers_stand_right_and_text_that_begins_with_one_does_not() -> None:
    text = table(("share", "why"), [("5 %", "2 of 9 failed"), ("100 %", "1")])

    assert '<th class="number">share</th><th>why</th>' in text
    assert '<td class="number">5 %</td><td>2 of 9 failed</td>' in text


def test_many_hours_are_drawn_by_day() -> None:
    hours = [
        {"at": f"2026-11-{1 + hour // 24:02}T{hour % 24:02}:00:00Z", "requests": {"legacy": 1, "moved": 2, "nobody": 0}}
        for hour in range(MOST_HOURS + 24)
    ]
    bars = to_bars(cast(Any, hours))

    assert [(bar.at, bar.legacy, bar.moved) for bar in bars] == [(f"2026-11-0{day}", 24, 48) for day in range(1, 6)]
    assert len(to_bars(cast(Any, hours[:MOST_HOURS]))) == MOST_HOURS
