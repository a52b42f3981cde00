"""The ledger on a terminal: what has moved, what is left, what could be next."""

from __future__ import annotations

from typing import Any, cast

import pytest

from stranglerfig.cli.ledger.export import to_csv
from stranglerfig.cli.ledger.lines import MOST_ROWS, candidate_lines, ledger_lines
from tests.cli.command_line import Fig
from tests.cli.stub_daemon import Server

UNTIL = "2026-11-28T08:00:00.000Z"


def an_entry(endpoint: str, side: str = "legacy", requests: int = 10, **more: object) -> dict[str, Any]:
    last = {"at": "2026-11-28T07:57:00.000Z", "client": "10.0.0.7", "user_agent": "curl/8 (x)", "host": "", "path": "/"}
    known = {"method": "GET", "endpoint": endpoint, "target": "mono", "side": side, "requests": requests, "last": last}
    return {**known, "has_left": False, "client_errors": 1, "server_errors": 2, "p50_ms": 1.0, "p99_ms": 12.345, **more}


def a_ledger(*entries: dict[str, Any], **more: object) -> Any:
    requests = {
        side: sum(one["requests"] for one in entries if one["side"] == side) for side in ("legacy", "moved", "nobody")
    }
    answered = requests["legacy"] + requests["moved"]
    listener = {
        **{"listener": "shop", "requests": requests, "moved_share": requests["moved"] / answered if answered else None},
        **{"endpoints": 4, "moved_endpoints": 1, "entries": list(entries), "idle": more.pop("idle", [])},
    }
    return {
        "since": "2026-11-21T08:00:00.000Z",
        "until": UNTIL,
        "listeners": [listener],
        "quiet": more.pop("quiet", []),
    }


def cells(line: str) -> list[str]:
    return [cell for cell in line.split("  ") if cell.strip()]


def test_what_still_reaches_legacy_is_told_with_who_called_last() -> None:
    left = an_entry("/carts", requests=0, has_left=True)
    lines = ledger_lines(a_ledger(an_entry("/orders", requests=30), an_entry("/users", "moved", requests=90), left))

    assert "  requests   75 % moved: 90 of 120" in lines
    assert "  endpoints  1 of 4 moved" in lines
    [row] = [cells(line) for line in lines if "/orders" in line]
    assert [cell.strip() for cell in row] == [
        "GET",
        "/orders",
        "mono",
        "30",
        "25 %",
        "3",
        "12.3",
        "3 min ago",
        "10.0.0.7 curl/8",
    ]
    assert not any("/users" in line or "/carts" in line for line in lines)


def test_what_has_no_path_is_told_in_words() -> None:
    lines = ledger_lines(a_ledger(an_entry("{other}"), an_entry("{unseen}", last=None), an_entry("/", "nobody", 7)))

    assert any("(any other path)" in line for line in lines)
    assert any("(paths were not seen)" in line for line in lines)
    assert "  HAProxy answered 7 requests itself" in lines


def test_long_lists_end_with_how_much_more_there_is() -> None:
    lines = ledger_lines(a_ledger(*(an_entry(f"/orders-{number}") for number in range(MOST_ROWS + 3))))

    assert "    and 3 others: `--json` has all" in lines


def test_what_is_idle_or_quiet_is_told_with_since_when() -> None:
    quiet = [{"target": "mono", "since": "2026-11-25T08:00:00.000Z", "used": True}]
    lines = ledger_lines(a_ledger(an_entry("/a", "moved"), idle=[an_entry("/old", requests=0)], quiet=quiet))

    assert "  Idle, once legacy's" in lines
    assert any("/old" in line and "3 min ago" in line for line in lines)
    assert [cell.strip() for cell in cells(lines[-1])] == ["mono", "3 d", "yes"]


def test_a_time_without_requests_has_no_share() -> None:
    assert "  no requests in this time" in ledger_lines(a_ledger())


def test_candidates_are_numbered_for_each_listener() -> None:
    one = {"path": "/a", "requests": 5, "p99_ms": None, "reasons": ["only reads", "not seen together with others"]}
    lines = candidate_lines(
        cast(Any, [{**one, "listener": "shop"}, {**one, "listener": "shop"}, {**one, "listener": "b"}])
    )

    assert [line.split()[0] for line in lines if "/a" in line] == ["1", "2", "1"]
    assert any("only reads, not seen together with others" in line for line in lines)


def test_a_spreadsheet_takes_nothing_of_it_for_a_formula() -> None:
    hostile = {"at": UNTIL, "client": "10.0.0.7", "user_agent": '=cmd|"/c calc"!A1', "host": "", "path": "/"}
    header, row = to_csv(a_ledger(an_entry("/a", last=hostile, target=None))).splitlines()

    assert header.startswith("listener,method,endpoint,target,side,requests")
    assert row.startswith("shop,GET,/a,,legacy,10,1,2,1.0,12.345")
    assert row.endswith('"\'=cmd|""/c calc""!A1"')


@pytest.mark.parametrize("since", ["5m", "0h", "400d"])
def test_a_time_that_the_ledger_does_not_keep_is_refused_with_what_is_possible(
    fig: Fig, daemon: Server, since: str
) -> None:
    for command in (("ledger", "shop"), ("ledger", "export"), ("report", "shop")):
        result = fig(*command, "--since", since)
        assert (result.status, daemon.requests) == (2, [])
        assert f"'{since}' is out of range: the ledger keeps whole hours, 1h to 90d back" in result.stderr
