"""Totals of what is gone are told for a while, and then forgotten."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from stranglerfig.core.observed import ObservedDataplane
from stranglerfig.dataplane.counting import GONE_KEPT_S, Counting
from stranglerfig.dataplane.replies import StatRow, StatType


def a_row(name: str, requests: int) -> StatRow:
    """Of a listener (``l.``) or a pool (``g.``) that answered everything with 200."""
    kind = StatType.FRONTEND if name.startswith("l.") else StatType.BACKEND
    empty = {field.name: "" if field.type == "str" else 0 for field in dataclasses.fields(StatRow)}
    said = {"pxname": name, "type": kind, "req_tot": requests, "hrsp_2xx": requests, "mode": "http"}
    return StatRow(**{**empty, **said})  # type: ignore[arg-type]


def pools_of(seen: ObservedDataplane) -> dict[str, int]:
    return {pool.name: pool.counters.requests for pool in (*seen.groups, *seen.gone)}


def test_what_is_gone_is_told_for_a_day_and_then_forgotten_for_good(tmp_path: Path) -> None:
    now = 0.0
    counting = Counting(tmp_path / "counters.json", "2.8", lambda: now)
    everything = [a_row("l.shop", 9), a_row("l.old", 4), a_row("g.up", 6), a_row("g.old", 7)]
    counting.add_up({1: everything})
    counting.add_up({1: everything, 2: []})  # an old worker still knows them
    now += 2 * GONE_KEPT_S
    left = [a_row("l.shop", 1), a_row("g.up", 1)]
    seen = counting.add_up({2: left})
    assert (pools_of(seen), dict(seen.listener_answers)) == ({"up": 7, "old": 7}, {"shop": 10, "old": 4})

    now += GONE_KEPT_S + 1
    seen = counting.add_up({2: left})
    assert (pools_of(seen), dict(seen.listener_answers)) == ({"up": 7}, {"shop": 10})
    assert "old" not in json.dumps(json.loads((tmp_path / "counters.json").read_text()))


def test_what_is_there_again_in_time_goes_on(tmp_path: Path) -> None:
    now = 0.0
    counting = Counting(tmp_path / "counters.json", "2.8", lambda: now)
    for pid, rows in ((1, [a_row("g.up", 7)]), (2, []), (3, [a_row("g.up", 1)]), (4, [])):
        now += GONE_KEPT_S
        seen = counting.add_up({pid: rows})

    assert pools_of(seen) == {"up": 8}
