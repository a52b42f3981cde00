"""What is seen of a stack while it is changed, by its events."""

from __future__ import annotations

import pytest

from stranglerfig.aws.stacks.values import StackEvent, StackOrder
from stranglerfig.cli.aws.stack_steps import StackSteps
from stranglerfig.cli.progress.board import Board
from stranglerfig.cli.progress.tree import Status, render_tree

ORDER = StackOrder("shop-test-web", "{}", descriptions={"Service": "A service", "LogGroup": "A log group"})
ARN = "arn:stack"


@pytest.fixture
def steps() -> StackSteps:
    board = Board()
    board.in_place = True
    found = StackSteps(board, board.begin(board.add("web")))
    found.begin(ORDER)
    return found


def happens(steps: StackSteps, *events: tuple[str, str, str]) -> None:
    """``events`` are logical ids, statuses and reasons; that of the stack itself is empty."""
    for at, (logical, status, reason) in enumerate(events):
        path = (ORDER.name, logical) if logical else (ORDER.name,)
        steps.event(path, StackEvent(str(at), ARN, logical, "" if logical else ARN, "T", status, reason))


def seen(steps: StackSteps) -> list[tuple[str, Status, str]]:
    return [(step.text, step.status, step.detail or step.reason) for step in steps.step.steps]


def test_a_creation_that_is_taken_back_shows_what_failed_and_what_is_deleted_again(steps: StackSteps) -> None:
    happens(
        steps,
        ("LogGroup", "CREATE_IN_PROGRESS", ""),
        ("LogGroup", "CREATE_COMPLETE", ""),
        ("Service", "CREATE_IN_PROGRESS", ""),
        ("Service", "CREATE_FAILED", "no room"),
        ("", "ROLLBACK_IN_PROGRESS", ""),
        ("Service", "DELETE_IN_PROGRESS", ""),
        ("Service", "DELETE_COMPLETE", ""),
        ("LogGroup", "DELETE_COMPLETE", ""),
        ("", "ROLLBACK_COMPLETE", ""),
    )

    assert seen(steps) == [
        ("A log group", Status.INTERRUPTED, "deleted again"),
        ("A service", Status.FAILED, "no room"),
    ]


def test_what_another_ones_failure_cancels_has_not_failed_and_goes_back(steps: StackSteps) -> None:
    happens(
        steps,
        ("LogGroup", "UPDATE_IN_PROGRESS", ""),
        ("Service", "UPDATE_FAILED", "Resource update cancelled"),
        ("", "UPDATE_ROLLBACK_IN_PROGRESS", ""),
        ("LogGroup", "UPDATE_COMPLETE", ""),
    )

    assert seen(steps) == [
        ("A log group", Status.INTERRUPTED, "as it was before"),
        ("A service", Status.INTERRUPTED, ""),
    ]


def test_what_has_not_ended_ends_with_its_stack(steps: StackSteps) -> None:
    happens(steps, ("LogGroup", "CREATE_COMPLETE", ""), ("Service", "CREATE_IN_PROGRESS", ""))
    steps.service((ORDER.name, "Service"), ("1 wanted", "task 1 stopped"))
    steps.service((ORDER.name, "Service"), ("1 wanted, 1 running", "task 1 stopped"))

    steps.finish(Status.INTERRUPTED)

    assert seen(steps) == [("A log group", Status.COMPLETE, ""), ("A service", Status.INTERRUPTED, "")]
    tasks = [(step.detail, step.status) for step in steps.step.steps[1].steps]
    assert tasks == [("1 wanted, 1 running", Status.INTERRUPTED), ("task 1 stopped", Status.INTERRUPTED)]


def test_a_note_takes_no_time(steps: StackSteps) -> None:
    steps.note("Something first.")

    [note] = steps.step.steps
    assert note.elapsed_s(0.0) == 0.0
    assert "[-" not in "\n".join(render_tree([note], 0.0, 80))


def test_where_lines_stay_each_of_a_services_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    board = Board()
    steps = StackSteps(board, board.begin(board.add("web")))
    steps.begin(ORDER)
    happens(steps, ("Service", "UPDATE_IN_PROGRESS", ""))
    for lines in (("1 wanted",), ("trouble", "1 wanted"), ("trouble", "1 wanted")):
        steps.service((ORDER.name, "Service"), lines)
    steps.finish(Status.COMPLETE)

    assert capsys.readouterr().err.splitlines() == [
        "- web  [in progress]",
        "- A service  [in progress]",
        "- tasks: 1 wanted  [in progress]",
        "- tasks: trouble  [in progress]",
    ]
