"""Customers of the forum: they read on connections that they keep, and write posts, for as long as a test lasts."""

from __future__ import annotations

import contextlib
import http.client
import json
import secrets
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.acceptance.machine import wait_until

PAUSE_S = 0.03


@dataclass
class Tally:
    """``failures`` and ``answered`` by path; ``posted`` are texts that were accepted."""

    answers: Mapping[str, str]
    name: str = field(default_factory=lambda: secrets.token_hex(4))
    answered: Counter[str] = field(default_factory=Counter)
    served: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[tuple[str, str]] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def failed(self, *, but: str = " ") -> list[tuple[str, str]]:
        return [one for one in self.failures if not one[0].startswith(but)]

    def served_by(self, path: str) -> dict[str, int]:
        return {program: count for (at, program), count in list(self.served.items()) if at.startswith(path)}

    def more(self, path: str, count: int = 2) -> None:
        """Waits for further answers there; two, and whatever was under way is over."""
        enough = self.answered[path] + count
        wait_until(lambda: self.answered[path] >= enough, f"more answers of {path}")

    def forget(self) -> None:
        """Who served until now."""
        self.served.clear()


@contextlib.contextmanager
def customers(url: str, answers: Mapping[str, str]) -> Iterator[Tally]:
    """One reader for each path, and two who write."""
    tally = Tally(answers)
    work = [threading.Thread(target=read_on, args=(tally, url, path)) for path in answers]
    work += [threading.Thread(target=write_on, args=(tally, url, writer)) for writer in range(2)]
    for thread in work:
        thread.start()
    try:
        yield tally
    finally:
        tally.over.set()
        for thread in work:
            thread.join()


def read_on(tally: Tally, url: str, path: str) -> None:
    with connected(url) as connection:
        while not tally.over.wait(PAUSE_S):
            status, text = ask(tally, connection, "GET", path)
            if (status, text) != (200, tally.answers[path]):
                tally.failures.append((path, f"{status} {text}"))


def write_on(tally: Tally, url: str, writer: int) -> None:
    number = 0
    with connected(url) as connection:
        while not tally.over.wait(PAUSE_S):
            number += 1
            post: dict[str, Any] = {"thread": 3, "text": f"post {number} of {writer} {tally.name}", "user": 9}
            status, text = ask(tally, connection, "POST", "/api/posts", post)
            if status == 201 and json.loads(text) == post:
                tally.posted.append(post["text"])
            else:
                tally.failures.append(("POST /api/posts", f"{status} {text}"))


def ask(
    tally: Tally, connection: http.client.HTTPConnection, method: str, path: str, body: object = None
) -> tuple[int, str]:
    """Status 0: there was no answer."""
    headers = {"Content-Type": "application/json"} if body else {}
    try:
        connection.request(method, path, json.dumps(body) if body else None, headers)
        response = connection.getresponse()
        text = response.read().decode()
    except (OSError, http.client.HTTPException) as error:
        connection.close()
        return 0, repr(error)
    tally.answered[path] += 1
    tally.served[path, response.headers.get("X-Served-By", "")] += 1
    return response.status, text


def connected(url: str) -> contextlib.closing[http.client.HTTPConnection]:
    return contextlib.closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=20))
