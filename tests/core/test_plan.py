"""The plan by its rules, then by simulation: a small world that does what is planned, with crashes thrown in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.actions import (
    DrainTask,
    FailTask,
    ForgetTask,
    PutInForce,
    RouteTask,
    StartTask,
    StopTask,
    TakeBack,
)
from stranglerfig.core.backoff import LONGEST_DELAY_S, Memory, after_end, after_health, after_timeout, for_revision
from stranglerfig.core.observed import ObservedTask, TaskState
from stranglerfig.core.plan import Place, TaskView, plan
from tests.core.plan_builders import SimulatedGroup, a_group, a_view, plan_in_force

HEALTHY, STARTING, UNHEALTHY = TaskState.HEALTHY, TaskState.STARTING, TaskState.UNHEALTHY


def test_a_new_group_starts_all_its_tasks() -> None:
    assert plan_in_force(a_group(replicas=2), [], Memory(1), now=0.0).actions == (StartTask(0), StartTask(1))


def test_a_healthy_task_enters_the_rotation() -> None:
    view = a_view("posts-1-0-a", HEALTHY, Place.OUT)
    assert plan_in_force(a_group(), [view], Memory(1), now=0.0).actions == (RouteTask("posts-1-0-a"),)


def test_old_tasks_stay_until_every_new_one_serves() -> None:
    old = [a_view("posts-1-0-a"), a_view("posts-1-1-b")]
    half = [a_view("posts-2-0-c"), a_view("posts-2-1-d", STARTING, Place.OUT)]
    assert plan_in_force(a_group(replicas=2, revision=2), old + half, Memory(2), now=1.0).actions == ()


def test_old_tasks_drain_once_every_new_one_serves() -> None:
    views = [a_view("posts-1-0-a"), a_view("posts-2-0-b")]
    actions = plan_in_force(a_group(revision=2), views, Memory(2), now=1.0).actions
    assert actions == (DrainTask("posts-1-0-a", "replaced by revision 2"),)


def test_a_drained_task_is_stopped_when_nothing_is_under_way() -> None:
    leaving = a_view("posts-1-0-a", HEALTHY, Place.LEAVING)
    current = a_view("posts-2-0-b")
    group = a_group(revision=2)
    assert plan_in_force(group, [replace(leaving, sessions=3), current], Memory(2), now=1.0).actions == ()
    assert plan_in_force(group, [replace(leaving, sessions=0), current], Memory(2), now=1.0).actions == (
        StopTask("posts-1-0-a", "drained"),
    )


def test_a_drain_ends_after_its_time() -> None:
    views = [replace(a_view("posts-1-0-a", HEALTHY, Place.LEAVING), sessions=3), a_view("posts-2-0-b")]
    assert plan_in_force(a_group(revision=2), views, Memory(2), now=31.0).actions == (
        StopTask("posts-1-0-a", "drained"),
    )


def test_a_task_that_is_not_healthy_in_time_fails() -> None:
    view = a_view("posts-1-0-a", STARTING, Place.OUT)
    actions = plan_in_force(a_group(), [view], Memory(1), now=30.0).actions
    assert FailTask("posts-1-0-a", "not healthy within 30 s") in actions


def test_a_new_revision_whose_task_timed_out_is_taken_back() -> None:
    memory = after_timeout(Memory(2), now=0.0)
    actions = plan_in_force(a_group(revision=2), [a_view("posts-1-0-a")], memory, now=1.0).actions
    assert actions == (TakeBack(2, 1, "revision 2 did not become healthy in time"),)


def test_one_early_end_is_forgiven_and_a_second_is_not() -> None:
    once = after_end(Memory(2), healthy_s=None, now=0.0)
    twice = after_end(once, healthy_s=None, now=0.0)
    old = [a_view("posts-1-0-a")]
    assert plan_in_force(a_group(revision=2), old, once, now=5.0).actions == (StartTask(0),)
    assert isinstance(plan_in_force(a_group(revision=2), old, twice, now=5.0).actions[0], TakeBack)


def test_a_first_revision_is_tried_again_for_there_is_nothing_to_go_back_to() -> None:
    memory = after_end(after_end(Memory(1), healthy_s=None, now=0.0), healthy_s=None, now=0.0)
    assert plan_in_force(a_group(), [], memory, now=0.1).wake_in is not None
    assert plan_in_force(a_group(), [], memory, now=5.0).actions == (StartTask(0),)


def test_the_tasks_of_a_revision_that_was_taken_back_leave() -> None:
    views = [a_view("posts-1-0-a"), a_view("posts-2-0-b", STARTING, Place.OUT)]
    actions = plan_in_force(a_group(revision=1), views, Memory(1, failed_revision=2), now=1.0).actions
    assert actions == (StopTask("posts-2-0-b", "replaced by revision 1"),)


def test_an_unhealthy_last_task_stays_in_the_rotation_while_its_successor_starts() -> None:
    assert plan_in_force(a_group(), [a_view("posts-1-0-a", UNHEALTHY)], Memory(1), now=1.0).actions == (StartTask(1),)


def test_an_unhealthy_task_leaves_when_its_successor_serves() -> None:
    views = [a_view("posts-1-0-a", UNHEALTHY), a_view("posts-1-1-b")]
    actions = plan_in_force(a_group(), views, Memory(1), now=1.0).actions
    assert actions == (DrainTask("posts-1-0-a", "unhealthy, and replaced"),)


def test_scaling_down_drains_the_highest_index() -> None:
    views = [a_view("posts-1-0-a"), a_view("posts-1-1-b")]
    assert plan_in_force(a_group(replicas=1), views, Memory(1), now=1.0).actions == (
        DrainTask("posts-1-1-b", "more than 1 tasks"),
    )


def test_the_tasks_of_a_deleted_group_stop() -> None:
    gone = a_view("posts-1-1-b", TaskState.EXITED)
    actions = plan_in_force(None, [a_view("posts-1-0-a"), gone], Memory(), now=1.0).actions
    assert actions == (ForgetTask("posts-1-1-b"), StopTask("posts-1-0-a", "its target group is gone"))


def test_delays_double_up_to_a_limit_and_start_over_after_a_healthy_minute() -> None:
    memory, delays = Memory(1), []
    for _ in range(12):
        memory = after_end(memory, healthy_s=1.0, now=0.0)
        delays.append(memory.not_before)
    assert delays[:4] == [0.1, 0.2, 0.4, 0.8]
    assert delays[-1] == LONGEST_DELAY_S
    assert after_end(memory, healthy_s=60.0, now=0.0).not_before == 0.1


def test_a_new_revision_starts_without_the_old_ones_delays() -> None:
    memory = after_end(Memory(1), healthy_s=None, now=9.0)
    assert for_revision(memory, 2) == Memory(2)
    assert after_health(memory).early_ends == 0


@given(replicas=st.integers(1, 4), wanted=st.integers(1, 4), slow=st.lists(st.integers(0, 3), max_size=8))
def test_a_rollout_never_falls_below_the_smaller_size_and_ends(replicas: int, wanted: int, slow: list[int]) -> None:
    world = SimulatedGroup(a_group(replicas=replicas), delays=slow)
    world.settle()
    world.order(a_group(replicas=wanted, revision=2))
    lowest = world.settle()
    assert lowest >= min(replicas, wanted)
    assert world.serving_revisions() == [2] * wanted


@given(replicas=st.integers(1, 4), early=st.booleans())
def test_a_bad_revision_is_taken_back_and_the_old_one_serves_all_the_while(replicas: int, early: bool) -> None:
    world = SimulatedGroup(a_group(replicas=replicas))
    world.settle()
    world.order(a_group(replicas=replicas, revision=2), ends_at_once=early, never_healthy=True)
    lowest = world.settle()
    assert lowest == replicas
    assert world.group.revision == 1
    assert world.memory.failed_revision == 2
    assert world.serving_revisions() == [1] * replicas


@given(crashes=st.lists(st.integers(0, 3), min_size=1, max_size=6))
def test_whatever_crashes_is_replaced(crashes: list[int]) -> None:
    world = SimulatedGroup(a_group(replicas=3))
    world.settle()
    for victim in crashes:
        world.crash(victim)
    world.settle()
    assert world.serving_revisions() == [1, 1, 1]


def test_a_complete_revision_is_put_in_force_before_an_old_task_leaves() -> None:
    views = [a_view("posts-1-0-a"), a_view("posts-2-0-b")]
    group = a_group(revision=2)
    assert plan(group, views, Memory(2), now=1.0, in_force=1).actions == (PutInForce(2),)
    assert plan(group, views[1:], Memory(2), now=1.0, in_force=None).actions == (PutInForce(2),)


def test_a_revision_that_lacks_a_task_is_not_put_in_force() -> None:
    views = [a_view("posts-2-0-b"), a_view("posts-2-1-c", STARTING, Place.OUT)]
    assert plan(a_group(replicas=2, revision=2), views, Memory(2), now=1.0, in_force=1).actions == ()


def test_what_could_not_be_put_in_force_is_tried_again_after_a_while() -> None:
    memory = after_timeout(Memory(1), now=1.0)
    planned = plan(a_group(), [a_view("posts-1-0-a")], memory, now=1.0, in_force=None)
    assert planned.actions == ()
    assert planned.wake_in == pytest.approx(0.1)


def test_a_bad_revision_goes_back_to_the_last_complete_one_even_if_its_tasks_are_gone() -> None:
    memory = after_timeout(Memory(2), now=0.0)
    assert plan(a_group(revision=2), [], memory, now=1.0, in_force=1).actions == (
        TakeBack(2, 1, "revision 2 did not become healthy in time"),
    )
    again = after_timeout(Memory(2, failed_revision=1), now=0.0)
    assert plan(a_group(revision=2), [], again, now=1.0, in_force=1).actions == (StartTask(0),)


def test_a_recreated_group_starts_new_tasks_when_the_old_ones_are_gone() -> None:
    group = a_group(revision=2, recreate=True)
    old = a_view("posts-1-0-a")
    assert plan(group, [old], Memory(2), now=1.0, in_force=1).actions == (
        DrainTask("posts-1-0-a", "replaced by revision 2"),
    )
    ending = a_view("posts-1-0-a", TaskState.STOPPING, Place.LEAVING)
    assert plan(group, [ending], Memory(2), now=1.0, in_force=1).actions == ()
    gone = a_view("posts-1-0-a", TaskState.EXITED, Place.LEAVING)
    assert plan(group, [gone], Memory(2), now=1.0, in_force=1).actions == (ForgetTask("posts-1-0-a"), StartTask(0))


def test_a_group_of_no_tasks_lets_all_of_them_go() -> None:
    views = [a_view("posts-1-0-a"), a_view("posts-1-1-b", STARTING, Place.OUT)]
    actions = plan(a_group(replicas=0), views, Memory(1), now=1.0, in_force=1).actions
    assert actions == (DrainTask("posts-1-0-a", "more than 0 tasks"), StopTask("posts-1-1-b", "more than 0 tasks"))


@given(replicas=st.integers(1, 3), early=st.booleans())
def test_a_bad_revision_of_a_recreated_group_brings_the_old_tasks_back(replicas: int, early: bool) -> None:
    world = SimulatedGroup(a_group(replicas=replicas, recreate=True))
    world.settle()
    world.order(a_group(replicas=replicas, revision=2, recreate=True), ends_at_once=early, never_healthy=True)
    world.settle()
    assert (world.group.revision, world.in_force) == (1, 1)
    assert world.serving_revisions() == [1] * replicas


@given(replicas=st.integers(1, 3))
def test_a_recreated_group_never_runs_two_revisions_at_once(replicas: int) -> None:
    world = SimulatedGroup(a_group(replicas=replicas, recreate=True))
    world.settle()
    world.order(a_group(replicas=replicas, revision=2, recreate=True))
    world.settle()
    assert world.serving_revisions() == [2] * replicas
    assert world.most_revisions_at_once == 1


def test_the_index_is_read_from_the_task_id_whatever_the_groups_name() -> None:
    task = ObservedTask("a-1-2-posts-7-3-xyz", "a-1-2-posts", 7, 1, HEALTHY)
    assert TaskView(task, Place.IN, 0.0).index == 3
