from __future__ import annotations

import io
import time

from rich.console import Console

from stranglerfig.demo.board import Board, Status
from stranglerfig.demo.exchange import Outcome
from stranglerfig.demo.live import render_board
from stranglerfig.demo.story import PHASES
from stranglerfig.demo.tally import Tally
from tests.demo.builders import a_post, an_event


def drawn(board: Board, width: int = 120) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    console.print(render_board(board))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_picture_shows_phases_weights_who_answers_and_counters() -> None:
    tally = Tally()
    now = time.monotonic()
    tally.hear([an_event(sent=now, took=0, served_by="posts"), an_event(sent=now, took=0, outcome=Outcome.RESET)])
    tally.hear([a_post("a")])
    board = Board(tally, url="http://127.0.0.1:1")
    board.weights["posts"] = 25
    board.begin(0)
    board.end(0, Status.DONE)
    board.begin(1)
    picture = drawn(board)
    assert f"✔ {PHASES[0].title}" in picture
    assert f"▸ {PHASES[1].title}" in picture
    assert "██████░░░░░░░░░░░░░░░░░░ 25 % posts 1/s monolith 1/s" in " ".join(picture.split())
    assert "3 requests   1 failed   1 posts accepted   http://127.0.0.1:1" in picture


def test_the_picture_fits_a_small_terminal() -> None:
    board = Board(Tally())
    for index in range(len(PHASES)):
        board.note(index, "a note that is much longer than there is room for on any line of a small terminal")
    lines = drawn(board, width=80).splitlines()
    assert len(lines) <= 22
    assert all(any(phase.title in line for line in lines) for phase in PHASES)
