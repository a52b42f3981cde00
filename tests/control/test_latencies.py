"""Quantiles and sums of what target groups took, from lines that stand for many requests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stranglerfig.control.traffic.latencies import SLICE_S, SLICES, Latencies
from stranglerfig.core.traffic.lines import AccessLine

LINE = AccessLine(
    at=1.0, listener="shop", pool="users", server="u1", method="GET", target="/", host="h", status=200, total_ms=9.0
)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def is_there(group: str) -> bool:
    return group != "gone"


def test_quantiles_are_of_all_pools_of_a_target_group_and_of_what_lines_stand_for() -> None:
    latencies = Latencies(Clock(), is_there)
    latencies.note(replace(LINE, answer_ms=10.0, stands_for=98))
    latencies.note(replace(LINE, pool="users:r1", answer_ms=1_000.0, stands_for=2))

    found = latencies.quantiles("users")
    assert found is not None
    assert (found.half, found.most) == pytest.approx((10.0, 1_000.0), rel=0.05)


def test_quantiles_forget_what_is_older_than_five_minutes() -> None:
    clock = Clock()
    latencies = Latencies(clock, is_there)
    latencies.note(replace(LINE, answer_ms=1_000.0))
    clock.now += SLICE_S * (SLICES - 1)
    assert latencies.quantiles("users") is not None
    clock.now += SLICE_S
    assert latencies.quantiles("users") is None


def test_sums_go_on_for_ever() -> None:
    latencies = Latencies(Clock(), is_there)
    for answer_ms in (5.0, 6.0, 20_000.0):
        latencies.note(replace(LINE, answer_ms=answer_ms, stands_for=2))

    sums = latencies.sums["users"]
    assert (sums.buckets[0], sums.buckets[1], sums.buckets[-1]) == (2, 2, 2)
    assert sums.seconds == pytest.approx(40.022)


def test_requests_without_an_answer_and_haproxys_own_answers_have_no_latency() -> None:
    latencies = Latencies(Clock(), is_there)
    latencies.note(LINE)
    latencies.note(replace(LINE, pool="", answer_ms=1.0))

    assert latencies.sums == {}


def test_sums_of_what_is_gone_are_forgotten_in_a_while() -> None:
    clock = Clock()
    latencies = Latencies(clock, is_there)
    for pool in ("users", "gone"):
        latencies.note(replace(LINE, pool=pool, answer_ms=5.0))
    assert latencies.sums.keys() == {"users", "gone"}

    clock.now += SLICE_S
    latencies.note(replace(LINE, answer_ms=5.0))
    assert latencies.sums.keys() == {"users"}
