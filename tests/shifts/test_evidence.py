"""What shifts take for evidence: counters of pools, access lines, compared copies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stranglerfig.control.shifts.listening import Listening
from stranglerfig.control.traffic.hub import Hub
from stranglerfig.core.observed import GroupCounters, ObservedGroup, ObservedServer, ServerHealth
from stranglerfig.core.shift.evidence import SideFigures
from stranglerfig.core.shift.measuring import (
    Samples,
    Seen,
    SideSeen,
    decide,
    is_to_open,
    open_window,
    reference_after,
    see,
    weigh,
)
from stranglerfig.core.shift.plan import Limits, Plan
from stranglerfig.core.shift.record import ShiftRecord, Totals
from stranglerfig.core.shift.shift import Shift
from stranglerfig.core.shift.verdict import Kind
from stranglerfig.core.traffic.lines import AccessLine

PLAN = Plan((2_000, 10_000), 1.0, Limits(error_increase=0.1, latency_ratio=None, minimum_requests=10))
KEY = ("shop", "users")
RECORD = ShiftRecord("s1", *KEY, "/users", "users", "monolith", Shift(PLAN, 100.0), 100.0)
LINE = AccessLine(
    *(105.0, "shop", "new", "t1", "GET", "/users/7?token=secret", "shop.test", 500, 80.0, 12.0), request_id="r7"
)


def a_group(name: str, health: ServerHealth = ServerHealth.UP, **responses: int) -> ObservedGroup:
    counters = GroupCounters(
        sum(responses.values()), tuple((f"{key[1:]}xx", value) for key, value in responses.items())
    )
    return ObservedGroup(name, (ObservedServer("u1", "127.0.0.1:80", health, 0, ""),), counters)


def counted(candidate: tuple[int, int], legacy: tuple[int, int], *, serve: tuple[bool, bool] = (True, True)) -> Seen:
    return Seen(SideSeen(Totals(*candidate), serves=serve[0]), SideSeen(Totals(*legacy), serves=serve[1]))


def test_errors_are_what_the_pools_have_answered_with_500_and_above() -> None:
    seen = see(
        [a_group("new", _2=90, _4=5, _5=5), a_group("old", ServerHealth.DOWN, _2=10), a_group("x")], "new", "old"
    )
    assert seen == Seen(SideSeen(Totals(100, 5), serves=True), SideSeen(Totals(10, 0), serves=False))
    assert see([a_group("new")], "new", "old").problem is not None


def test_a_window_is_what_was_counted_since_it_was_opened() -> None:
    opened = open_window(RECORD, counted((100, 5), (1_000, 1)), 200.0)
    assert (opened.shift.since, is_to_open(opened, counted((130, 6), (1_100, 1)))) == (200.0, False)
    evidence = weigh(opened, counted((130, 6), (1_100, 1)), Samples(compared=4, different=1))
    assert (evidence.candidate, evidence.legacy) == (SideFigures(30, 1), SideFigures(100, 0))
    assert (evidence.compared, evidence.different, evidence.problem) == (4, 1, None)


@pytest.mark.parametrize("now", [((99, 5), (1_000, 1)), ((100, 4), (1_000, 1)), ((100, 5), (0, 0))])
def test_counters_that_begin_anew_open_another_window(now: tuple[tuple[int, int], tuple[int, int]]) -> None:
    opened = open_window(RECORD, counted((100, 5), (1_000, 1)), 200.0)
    assert is_to_open(opened, counted(*now))
    assert not is_to_open(opened, Seen(problem="silent"))
    assert is_to_open(RECORD, counted((0, 0), (0, 0)))


def test_a_broken_candidate_is_taken_back_even_when_it_is_gone_and_never_into_nothing() -> None:
    opened = open_window(RECORD, counted((0, 0), (0, 0)), 200.0)
    gone = counted((50, 50), (200, 0), serve=(False, True))
    evidence = weigh(opened, gone, Samples())
    assert evidence.problem == "users has no server that answers"
    assert decide(opened, evidence, 201.0, is_way_back_open=True).kind is Kind.FAIL
    both_gone = weigh(opened, counted((50, 50), (200, 0), serve=(False, False)), Samples())
    held = decide(opened, both_gone, 201.0, is_way_back_open=False)
    assert (held.kind, held.reason) == (Kind.ERROR, "neither users nor monolith has a server that answers")


def test_what_passes_is_held_while_a_side_is_missing() -> None:
    opened = open_window(RECORD, counted((0, 0), (0, 0)), 200.0)
    well = counted((500, 0), (2_000, 0))
    assert decide(opened, weigh(opened, well, Samples()), 210.0, is_way_back_open=True).kind is Kind.PASS
    alone = weigh(opened, counted((500, 0), (2_000, 0), serve=(True, False)), Samples())
    assert decide(opened, alone, 210.0, is_way_back_open=False).kind is Kind.ERROR


def test_the_whole_is_compared_with_what_legacy_did_last() -> None:
    opened = open_window(RECORD, counted((0, 0), (0, 0)), 200.0)
    seen = counted((500, 0), (2_000, 3))
    evidence = weigh(opened, seen, Samples())
    whole = replace(opened, shift=replace(opened.shift, step=1), reference=reference_after(opened, evidence))
    later = weigh(whole, counted((900, 1), (2_000, 3)), Samples())
    assert later.legacy == SideFigures(2_000, 3)
    assert reference_after(whole, replace(later, legacy=SideFigures())) == SideFigures(2_000, 3)


def test_an_example_holds_nothing_that_may_be_secret_and_can_be_written_anywhere() -> None:
    hub = Hub()
    listening = Listening(hub)
    listening.open(KEY, "new", "old", 100.0)
    hub.publish(replace(LINE, target="/users/ann@example.test/caf\udce9?token=secret"))
    (example,) = listening.examples(KEY)
    assert example.startswith("GET /users/REDACTED-1/caf\\udce9?…: 500")


def test_lines_of_both_pools_are_latencies_of_the_window_that_is_open() -> None:
    hub = Hub()
    listening = Listening(hub)
    listening.open(KEY, "new", "old", 100.0)
    for line in (
        LINE,
        replace(LINE, at=99.0),
        replace(LINE, pool="old", status=200, answer_ms=None),
        replace(LINE, pool="other"),
    ):
        hub.publish(line)
    candidate, legacy = listening.latencies(KEY)
    assert (candidate.total, legacy.total) == (1, 1)
    assert candidate.quantile(1) == pytest.approx(12.0, rel=0.05)
    assert legacy.quantile(1) == pytest.approx(80.0, rel=0.05)
    assert listening.examples(KEY) == ("GET /users/7?…: 500 in 80 ms, X-Request-Id r7",)

    listening.open(KEY, "new", "old", 110.0)
    assert listening.latencies(KEY)[0].total == 0
    listening.close(KEY)
    hub.publish(replace(LINE, at=120.0))
    assert listening.latencies(KEY)[0].total == 0
    assert listening.examples(KEY) == ()
