"""A plan that cannot be meant is refused where it is written."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stranglerfig.core.shift.plan import Limits, Plan
from stranglerfig.errors import UsageError


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ((), "the last one must be 100"),
        ((100, 5_000), "bad steps '1,50': the last one must be 100"),
        ((0, 10_000), "they must be above 0 and increase"),
        ((500, 500, 10_000), "bad steps '5,5,100': they must be above 0 and increase"),
        ((2_500, 500, 10_000), "increase"),
    ],
)
def test_steps_lead_up_to_the_whole(steps: tuple[int, ...], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        Plan(steps=steps)


@pytest.mark.parametrize("bake_s", [-1.0, float("inf"), float("nan")])
def test_bake_times_are_times(bake_s: float) -> None:
    with pytest.raises(UsageError, match="bad bake time"):
        Plan(bake_s=bake_s)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Limits(error_increase=0.0),
        lambda: Limits(error_increase=1.1),
        lambda: Limits(error_increase=float("nan")),
        lambda: Limits(latency_ratio=0.9),
        lambda: Limits(latency_ratio=float("inf")),
        lambda: Limits(mismatch=-0.1),
        lambda: Limits(mismatch=1.5),
        lambda: Limits(minimum_requests=0),
    ],
)
def test_limits_are_possible(make: Callable[[], Limits]) -> None:
    with pytest.raises(UsageError, match=r"^bad "):
        make()


def test_what_is_not_limited_is_not_watched() -> None:
    assert Limits(latency_ratio=None).watched == 1
    assert Limits(mismatch=0.001).watched == 3


def test_a_step_that_passed_is_followed_by_the_next_ones_share() -> None:
    plan = Plan(steps=(100, 2_500, 10_000))

    assert [plan.share_after(step) for step in range(3)] == [0.25, 1.0, 1.0]
    assert [plan.is_last(step) for step in range(3)] == [False, False, True]
