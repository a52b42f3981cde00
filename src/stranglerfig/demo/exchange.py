"""What clients ask, and what became of each request: values, and how they cross between processes. *(pure)*"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Outcome(Enum):
    OK = "ok"
    #: nobody took the connection
    REFUSED = "refused"
    #: the connection ended before the first byte of an answer
    RESET = "reset"
    #: the connection ended within the answer
    TRUNCATED = "truncated"
    TIMEOUT = "timeout"
    #: an answer with another status than it should have
    STATUS = "status"
    #: an answer with the right status and other bytes, or another content type
    DIFFERS = "differs"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Ask:
    """One request and what its answer must be.

    ``is_growing``: a JSON list that starts with the expected one's items.
    """

    area: str
    method: str
    path: str
    expected: Answer
    body: bytes = b""
    text: str = ""
    is_growing: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One request's fate. ``sent`` and ``done`` are seconds of the machine's monotonic clock.

    ``text`` is that of the post, for POST; ``note`` says more about what failed.
    """

    client: str
    user: str
    area: str
    method: str
    path: str
    sent: float
    done: float
    outcome: Outcome
    served_by: str
    text: str = ""
    note: str = ""


#: what is asked, by area, with how often: about as a forum's readers would
READS: dict[str, tuple[tuple[str, int], ...]] = {
    "posts": (
        ("/api/posts/in-thread/1", 12),
        ("/api/posts/in-thread/2", 8),
        ("/api/posts/in-thread/3", 4),
        ("/api/posts/in-thread/nonsense", 2),
        ("/api/posts/by-user/1", 5),
        ("/api/posts/by-user/4", 4),
        ("/api/posts", 1),
    ),
    "threads": (("/api/threads", 10), ("/api/threads/1", 6), ("/api/threads/2", 6), ("/api/threads/99", 3)),
    "users": (("/api/users", 10), ("/api/users/1", 6), ("/api/users/3", 6), ("/api/users/99", 3)),
    "front": (("/", 4), ("/api/", 4)),
}
GROWING = "/api/posts"
POST_WEIGHT = 6
#: posts are written where the reads above do not look: their answers stay the same
FIRST_FREE_THREAD = 4
FIRST_FREE_USER = 100
LONG_POST = 400


def all_reads() -> tuple[str, ...]:
    return tuple(path for reads in READS.values() for path, _ in reads)


def judge(ask: Ask, answer: Answer) -> tuple[Outcome, str]:
    """Whether it is the answer it should be, and if not, how it differs."""
    wanted = ask.expected
    if answer.status != wanted.status:
        return Outcome.STATUS, f"{answer.status} instead of {wanted.status}: {answer.body[:120]!r}"
    if answer.content_type != wanted.content_type:
        return Outcome.DIFFERS, f"content type {answer.content_type!r} instead of {wanted.content_type!r}"
    same = starts_alike(wanted.body, answer.body) if ask.is_growing else answer.body == wanted.body
    return (Outcome.OK, "") if same else (Outcome.DIFFERS, f"{answer.body[:120]!r} instead of {wanted.body[:120]!r}")


def starts_alike(shorter: bytes, longer: bytes) -> bool:
    """Whether a JSON list begins with the items of another, byte for byte, and is whole."""
    return longer == shorter or (longer.startswith(shorter[:-1] + b",") and longer.endswith(b"}]"))


def to_post(text: str, serial: int) -> dict[str, Any]:
    return {"thread": FIRST_FREE_THREAD + serial % 7, "text": text, "user": FIRST_FREE_USER + serial % 11}


def to_body(post: dict[str, Any]) -> bytes:
    """As the forum writes it."""
    return json.dumps(post, ensure_ascii=False, separators=(",", ":")).encode()


class Mix:
    """An endless, repeatable run of requests for one client."""

    def __init__(self, name: str, answers: dict[str, Answer]) -> None:
        self._name = name
        self._random = random.Random(name)
        self._posts = 0
        self._asks: list[Ask | None] = [None]
        self._weights = [POST_WEIGHT]
        for area, reads in READS.items():
            for path, weight in reads:
                self._asks.append(Ask(area, "GET", path, answers[path], is_growing=path == GROWING))
                self._weights.append(weight)

    def next(self) -> Ask:
        chosen = self._random.choices(self._asks, self._weights)[0]
        return chosen or self._next_post()

    def _next_post(self) -> Ask:
        self._posts += 1
        text = f"Off to the Nightosphere ☂ {self._name} {self._posts}"
        if self._posts % 10 == 0:
            text += " and back" * (LONG_POST // 9)
        body = to_body(to_post(text, self._posts))
        return Ask("posts", "POST", "/api/posts", Answer(201, "application/json", body), body, text)


def encode_event(event: Event) -> list[Any]:
    return [
        event.client,
        event.user,
        event.area,
        event.method,
        event.path,
        round(event.sent, 6),
        round(event.done, 6),
        event.outcome.value,
        event.served_by,
        event.text,
        event.note,
    ]


def decode_event(row: list[Any]) -> Event:
    client, user, area, method, path, sent, done, outcome, served_by, text, note = row
    return Event(client, user, area, method, path, sent, done, Outcome(outcome), served_by, text, note)


def encode_answers(answers: dict[str, Answer]) -> dict[str, list[Any]]:
    """For JSON; the forum's answers are text."""
    return {path: [a.status, a.content_type, a.body.decode()] for path, a in answers.items()}


def decode_answers(rows: dict[str, list[Any]]) -> dict[str, Answer]:
    return {path: Answer(status, kind, body.encode()) for path, (status, kind, body) in rows.items()}
