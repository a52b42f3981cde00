from __future__ import annotations

import subprocess
import sys
from typing import Any

import click

from stranglerfig.cli.deploying.watching import progress
from stranglerfig.cli.progress.board import Board
from stranglerfig.cli.progress.tree import Status, Step, render_tree
from tests.cli.command_line import Fig

WORK = """
from stranglerfig.cli.progress.board import Board
from stranglerfig.cli.progress.tree import Status
with Board() as board:
    top = board.begin(board.add("Deploying to test of forum"))
    users = board.begin(board.add("users", under=top), "revision 1, 0/1 tasks healthy")
    board.tell(users, "revision 1, 0/1 tasks healthy")
    board.tell(users, "revision 1, 0/1 tasks healthy\\nso far it listens on 3000")
    board.tell(users, "revision 1, 1/1 tasks healthy")
    board.end(users)
    posts = board.begin(board.add("posts", under=top))
    board.end(posts, Status.FAILED, reason="no such table: posts")
    board.end(top, Status.FAILED)
"""


def plain(steps: list[Step], now: float = 10.0, width: int = 80) -> list[str]:
    return [click.unstyle(line) for line in render_tree(steps, now, width)]


def test_steps_stand_below_each_other_with_status_and_time() -> None:
    under = Step("users", detail="revision 2, 1/2 tasks healthy", status=Status.IN_PROGRESS, began=8.5)
    top = Step("Deploying to test of forum", status=Status.IN_PROGRESS, began=6.0, steps=[under, Step("posts")])

    assert plain([top]) == [
        "- Deploying to test of forum              [in progress]  [4.0s]",
        "  - users: revision 2, 1/2 tasks healthy  [in progress]  [1.5s]",
        "  - posts                                 [not started]",
    ]


def test_a_reason_is_wrapped_and_may_not_steer_the_terminal() -> None:
    step = Step("users", status=Status.FAILED, began=0.0, ended=2.0, reason="\x1b[2Jword " * 20)

    lines = plain([step])

    assert lines[0] == "- users  [failed]       [2.0s]"
    assert len(lines) > 2
    assert all(len(line) <= 72 for line in lines[1:])
    assert not any("\x1b" in line for line in lines)


def test_a_line_never_wraps_on_a_narrow_terminal() -> None:
    step = Step("users", detail="x" * 200, status=Status.IN_PROGRESS, began=0.0)

    assert max(map(len, plain([step], width=60))) <= 60


def test_without_a_terminal_each_change_is_one_line(fig: Fig) -> None:
    found = subprocess.run([sys.executable, "-c", WORK], env=fig.env(), capture_output=True, text=True, check=True)

    assert found.stdout == ""
    assert found.stderr.splitlines() == [
        "- Deploying to test of forum  [in progress]",
        "- users: revision 1, 0/1 tasks healthy  [in progress]",
        "- users: revision 1, 0/1 tasks healthy; so far it listens on 3000  [in progress]",
        "- users: revision 1, 1/1 tasks healthy  [in progress]",
        "- users: revision 1, 1/1 tasks healthy  [complete]",
        "- posts  [in progress]",
        "- posts  [failed]",
        "- Deploying to test of forum  [failed]",
    ]


def test_what_is_odd_about_a_step_stands_below_it_on_a_terminal() -> None:
    board = Board()
    board.in_place = True
    step = board.begin(board.add("users"))

    board.tell(step, "revision 1, 0/1 tasks healthy\nso far it listens on 3000")
    assert plain([step])[1] == "  so far it listens on 3000"
    board.tell(step, "revision 1, 1/1 tasks healthy")
    assert len(plain([step])) == 1


def test_progress_says_what_is_odd_about_starting_tasks_of_the_revision_alone() -> None:
    def a_server(revision: int, health: str, detail: str) -> dict[str, object]:
        return {"revision": revision, "health": health, "detail": detail}

    servers = [
        a_server(1, "UP", "L7OK"),
        a_server(2, "STARTING", ""),
        *[a_server(2, "STARTING", "the program listens on 3000")] * 2,
    ]
    target: Any = {"replicas": 3, "servers": servers}

    assert progress(target, 2) == "revision 2, 0/3 tasks healthy\nso far the program listens on 3000"
    assert progress(target, 1) == "revision 1, 1/3 tasks healthy"
