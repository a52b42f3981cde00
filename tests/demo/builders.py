"""Events, moves and answers with everything filled in that a test is not about."""

from __future__ import annotations

from stranglerfig.demo.exchange import Answer, Event, Outcome, all_reads
from stranglerfig.demo.figures import Move

POSTS_AT_START = b'[{"thread":1,"text":"seed","user":4}]'


def an_event(
    *,
    sent: float = 1.0,
    took: float = 0.005,
    area: str = "posts",
    outcome: Outcome = Outcome.OK,
    served_by: str = "monolith",
    user: str = "u1",
) -> Event:
    return Event("fresh", user, area, "GET", f"/api/{area}", sent, sent + took, outcome, served_by)


def a_post(text: str, outcome: Outcome = Outcome.OK) -> Event:
    return Event("fresh", "u1", "posts", "POST", "/api/posts", 1.0, 1.1, outcome, "posts", text)


def a_move(*, before: float = 0, weight: float = 100, began: float = 10.0, ended: float = 10.02) -> Move:
    return Move("posts", "posts", before, weight, began, ended, until=20.0)


def answers(body: bytes = b"Ready") -> dict[str, Answer]:
    """The same for every path but the list of posts."""
    answer = Answer(200, "application/json", body)
    return dict.fromkeys(all_reads(), answer) | {"/api/posts": Answer(200, "application/json", POSTS_AT_START)}
