"""What comes next on a stack, and that it always comes to an end."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stranglerfig.core.cloudformation.stacks.states import RUNNING, OnFailure, Status
from stranglerfig.core.cloudformation.stacks.turns import give_up
from tests.core.cloudformation.stack_play import Play, Tree, a_thing, a_tree
from tests.effort import amount

NAMES = ("A", "B", "C", "S1", "S2")


def first(_: int) -> int:
    return 0


@st.composite
def trees(draw: st.DrawFn) -> Tree:
    """Some of five things, each of which may need and refer to those before it."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1))
    found: dict[str, Tree] = {}
    for name in names:
        before = sorted(found)
        needs = tuple(draw(st.lists(st.sampled_from(before), unique=True, max_size=2))) if before else ()
        refers = draw(st.sampled_from([None, *before]))
        policy = draw(st.sampled_from(["Delete", "Delete", "RetainExceptOnCreate"]))
        found[name] = a_thing(
            draw(st.sampled_from(["one", "two"])),
            needs=needs,
            refers=refers,
            tag=draw(st.sampled_from([None, "x", "y"])),
            DeletionPolicy=policy,
        )
    return a_tree(**found)


@pytest.mark.torture
@settings(max_examples=amount(40, 80))
@given(seed=st.integers(0, 999), trees=st.lists(trees(), min_size=2, max_size=3), choice=st.sampled_from(OnFailure))
def test_an_operation_ends_whatever_fails_and_wherever_it_is_interrupted(
    seed: int, trees: list[Tree], choice: OnFailure
) -> None:
    play = Play(Random(seed).randrange, may_fail=True, crashes=6)
    status = play.create(trees[0], choice)
    for tree in trees[1:]:
        if status in (Status.CREATE_COMPLETE, Status.UPDATE_COMPLETE, Status.CREATE_FAILED, Status.UPDATE_FAILED):
            status = play.update(tree, choice)
    if status is Status.UPDATE_FAILED:
        status = play.roll_back()
    assert status not in RUNNING
    # Whatever is left can be deleted as soon as deletions succeed again.
    play.may_fail = False
    if status is not Status.DELETE_COMPLETE:
        assert play.delete() is Status.DELETE_COMPLETE
    assert spared(play) >= {*play.world}


@pytest.mark.torture
@settings(max_examples=amount(40, 80))
@given(seed=st.integers(0, 999), before=trees(), after=trees())
def test_an_update_that_succeeds_leaves_just_what_it_wants(seed: int, before: Tree, after: Tree) -> None:
    play = Play(Random(seed).randrange, crashes=6)
    assert play.create(before) is Status.CREATE_COMPLETE
    assert play.update(after) is Status.UPDATE_COMPLETE
    assert {*play.standing()} == {*after["Resources"]} == {*play.resources}
    assert {*play.world} - spared(play) == {*play.standing().values()} - spared(play)
    for row in play.resources.values():
        assert row.now is not None
        assert row.now.properties == play.world[row.now.physical_id]
        assert (row.before, row.leaving, row.coming) == (None, (), None)


@pytest.mark.torture
@settings(max_examples=amount(40, 80))
@given(seed=st.integers(0, 999), before=trees(), after=trees())
def test_an_update_that_fails_goes_back_to_what_was(seed: int, before: Tree, after: Tree) -> None:
    after["Resources"]["Z"] = {"Type": "AWS::Nobody::Knows", "DependsOn": [*after["Resources"]]}
    play = Play(Random(seed).randrange, crashes=6)
    play.create(before)
    stood = {name: play.world[physical_id] for name, physical_id in play.standing().items()}
    assert play.update(after) is Status.UPDATE_ROLLBACK_COMPLETE
    assert play.stack.definition.tree == before
    assert {*play.standing()} == {*stood} == {*play.resources}
    assert {*play.world} - spared(play) == {*play.standing().values()} - spared(play)
    for name, properties in stood.items():
        now = play.world[play.standing()[name]]
        assert {**now, "Description": None} == {**properties, "Description": None}


def spared(play: Play) -> set[str]:
    """Physical ids of what a policy has left where it was."""
    names = {name for name, status in play.events if status == "DELETE_SKIPPED"}
    return {physical_id for physical_id in play.world if physical_id.split("-")[0] in names}


def test_things_are_made_after_what_they_need_and_deleted_before_it() -> None:
    play = Play(first)
    tree = a_tree(A=a_thing(), B=a_thing(refers="A"), C=a_thing(needs=("B",)))
    assert play.create(tree) is Status.CREATE_COMPLETE
    made = [name for name, status in play.events if status == "CREATE_COMPLETE"]
    assert made == ["A", "B", "C", "play"]
    play.delete()
    deleted = [name for name, status in play.events if status == "DELETE_COMPLETE"]
    assert deleted == ["C", "B", "A", "play"]


def test_what_needs_nothing_of_each_other_is_made_side_by_side() -> None:
    play = Play(first)
    play.create(a_tree(A=a_thing(), B=a_thing(), C=a_thing()))
    assert [status for _, status in play.events[1:4]] == ["CREATE_IN_PROGRESS"] * 3


def test_a_failure_cancels_what_is_being_made_beside_it() -> None:
    play = Play(first)
    tree = a_tree(A=a_thing(), B=a_thing(Type="AWS::Nobody::Knows"), C=a_thing(needs=("A",)))
    assert play.create(tree) is Status.ROLLBACK_COMPLETE
    assert ("A", "CREATE_FAILED") in play.events
    assert play.resources["A"].physical_id == ""
    assert "C" not in play.resources
    assert play.world == {}


def test_what_would_have_to_be_looked_up_elsewhere_is_no_value() -> None:
    play = Play(first)
    assert play.create(a_tree(A=a_thing("{{resolve:ssm:name:1}}")), OnFailure.DO_NOTHING) is Status.CREATE_FAILED
    assert "{{resolve:ssm:name:1}}, which is not resolved here" in str(play.resources["A"].reason)


def test_nothing_is_done_for_a_template_that_changes_nothing() -> None:
    play = Play(first)
    tree = a_tree(A=a_thing(), B=a_thing(refers="A"))
    play.create(tree)
    before = len(play.events)
    assert play.update(tree) is Status.UPDATE_COMPLETE
    assert [status for _, status in play.events[before:]] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ]


def test_what_another_thing_refers_to_goes_when_that_refers_to_its_successor() -> None:
    play = Play(first)
    play.create(a_tree(A=a_thing("one"), B=a_thing(refers="A")))
    assert play.update(a_tree(A=a_thing("two"), B=a_thing(refers="A"))) is Status.UPDATE_COMPLETE
    deleted = [name for name, status in play.events if status == "DELETE_COMPLETE"]
    assert deleted == ["B", "A"]
    assert {*play.world} == {"A-2", "B-2"}


def test_a_policy_leaves_the_old_thing_where_it_is() -> None:
    play = Play(first)
    play.create(a_tree(A=a_thing("one", UpdateReplacePolicy="Retain")))
    play.update(a_tree(A=a_thing("two", UpdateReplacePolicy="Retain")))
    assert {*play.world} == {"A-1", "A-2"}
    assert ("A", "DELETE_SKIPPED") in play.events


@pytest.mark.parametrize(
    ("choice", "status"),
    [
        (OnFailure.ROLLBACK, Status.ROLLBACK_COMPLETE),
        (OnFailure.DELETE, Status.DELETE_COMPLETE),
        (OnFailure.DO_NOTHING, Status.CREATE_FAILED),
    ],
)
def test_a_creation_that_fails_ends_as_was_asked_for(choice: OnFailure, status: Status) -> None:
    play = Play(first)
    assert play.create(a_tree(A=a_thing(), B=a_thing(needs=("A",), Type="AWS::Nobody::Knows")), choice) is status
    assert ({*play.world} == {"A-1"}) is (choice is OnFailure.DO_NOTHING)


def test_a_type_cannot_change() -> None:
    play = Play(first)
    play.create(a_tree(A=a_thing()))
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
    assert play.update({"Resources": {"A": role}}) is Status.UPDATE_ROLLBACK_COMPLETE
    assert play.standing() == {"A": "A-1"}


@pytest.mark.parametrize("status", [one for one in Status if one in RUNNING])
def test_giving_up_brings_any_operation_nearer_to_its_end(status: Status) -> None:
    play = Play(first)
    play.create(a_tree(A=a_thing()))
    stack = replace(play.stack, status=status, former=play.stack.definition)
    after: list[Status] = []
    while stack.status in RUNNING:
        turned = give_up(stack, play.resources, "a defect", 0.0)
        stack = turned.stack
        after.append(stack.status)
    assert len(after) == len(set(after)) <= 2
    assert stack.reason == "a defect"
