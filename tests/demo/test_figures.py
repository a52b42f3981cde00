from __future__ import annotations

import pytest

from stranglerfig.demo.exchange import Outcome
from stranglerfig.demo.figures import (
    Window,
    count_failures,
    count_flaps,
    measure_cutover,
    measure_latency,
    measure_step,
    percentile,
)
from tests.demo.builders import a_move, an_event


@pytest.mark.parametrize(("count", "percent", "wanted"), [(1, 99, 1), (100, 50, 50), (100, 99, 99), (1000, 99, 990)])
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed(count: int, percent: int, wanted: int) -> None:
    assert percentile(range(1, count + 1), percent) == wanted


def test_latency_counts_whole_requests_of_the_window_that_were_answered() -> None:
    events = [
        an_event(sent=1.0, took=0.010),
        an_event(sent=1.5, took=0.030),
        an_event(sent=1.6, took=5.0),
        an_event(sent=0.9, took=0.2),
        an_event(sent=1.7, took=0.001, outcome=Outcome.RESET),
    ]
    latency = measure_latency(events, Window(1.0, 2.0))
    assert latency is not None
    assert latency.requests == 2
    assert latency.p50_ms == pytest.approx(10)
    assert latency.p99_ms == pytest.approx(30)


def test_a_window_without_answers_has_no_latency() -> None:
    assert measure_latency([], Window(0, 1)) is None


def test_the_share_of_a_step_counts_from_when_the_command_returned() -> None:
    events = [an_event(sent=10.01, served_by="posts"), an_event(sent=10.5, served_by="posts"), an_event(sent=11.0)]
    step = measure_step([*events, an_event(sent=20.5, served_by="posts"), an_event(sent=11, area="users")], a_move())
    assert step.requests == 2
    assert step.seen == pytest.approx(50)
    assert step.command_ms == pytest.approx(20)


def test_a_cutover_is_timed_from_the_command_to_the_first_and_to_the_last_to_follow() -> None:
    events = [
        an_event(sent=9.9),
        an_event(sent=10.004),
        an_event(sent=10.006, took=0.003, served_by="posts"),
        an_event(sent=10.008),
        an_event(sent=10.5, served_by="posts"),
    ]
    cutover = measure_cutover(events, a_move())
    assert cutover is not None
    assert cutover.first_ms == pytest.approx(9)
    assert cutover.all_ms == pytest.approx(8)
    assert cutover.late == 0


def test_a_request_that_stays_behind_after_the_command_has_returned_is_late() -> None:
    cutover = measure_cutover([an_event(sent=10.03)], a_move())
    assert cutover is not None
    assert cutover.late == 1
    assert cutover.all_ms == pytest.approx(30)


def test_taking_everything_back_is_a_cutover_to_the_monolith() -> None:
    events = [an_event(sent=10.001, served_by="posts"), an_event(sent=10.01, took=0.001)]
    cutover = measure_cutover(events, a_move(before=100, weight=0))
    assert cutover is not None
    assert cutover.to == "monolith"
    assert cutover.first_ms == pytest.approx(11)
    assert cutover.all_ms == pytest.approx(1)


def test_the_first_to_follow_means_nothing_where_some_had_moved_before() -> None:
    cutover = measure_cutover([an_event(sent=10.01, served_by="posts")], a_move(before=50))
    assert cutover is not None
    assert cutover.first_ms is None


def test_a_step_in_between_is_no_cutover() -> None:
    assert measure_cutover([], a_move(weight=25)) is None


def test_a_sticky_user_who_comes_back_is_a_flap_and_others_are_not() -> None:
    steady = [an_event(sent=t, user="a", served_by=s, area="users") for t, s in ((1, "monolith"), (2, "users"))]
    flapping = [an_event(sent=t, user="b", served_by=s, area="users") for t, s in ((1, "users"), (2, "monolith"))]
    assert count_flaps(steady, "users") == 0
    assert count_flaps([*reversed(flapping), *steady], "users") == 1


def test_failures_are_counted_by_kind_and_every_kind_is_named() -> None:
    counted = count_failures([an_event(), an_event(outcome=Outcome.RESET), an_event(outcome=Outcome.RESET)])
    assert counted == {"refused": 0, "reset": 2, "truncated": 0, "timeout": 0, "status": 0, "differs": 0}
