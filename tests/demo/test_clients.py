"""The clients' process against servers that behave, and against servers that do not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from stranglerfig.demo.exchange import Event, Outcome, decode_event, encode_answers
from tests.demo.builders import answers
from tests.demo.rude_server import OK, Then, serving
from tests.ports import free_port


@contextmanager
def clients(port: int, kind: str = "fresh") -> Iterator[subprocess.Popen[str]]:
    orders = {
        "host": "127.0.0.1",
        "port": port,
        "kind": kind,
        "clients": 2,
        "rate": 100,
        "run": "t",
        "timeout_s": 0.3,
        "answers": encode_answers(answers()),
    }
    argv = [sys.executable, "-m", "stranglerfig.demo.clients"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        process.stdin.write(json.dumps(orders) + "\n")
        process.stdin.flush()
        try:
            yield process
        finally:
            process.kill()


def hear(process: subprocess.Popen[str], count: int) -> list[Event]:
    """At least so many GETs but those of the list that grows, whose answer the rude server does not know."""
    assert process.stdout is not None
    heard: list[Event] = []
    while len(heard) < count:
        events = [decode_event(row) for row in json.loads(process.stdout.readline())]
        heard += [event for event in events if event.path != "/api/posts"]
    return heard


def outcomes(reply: bytes, then: Then) -> set[Outcome]:
    with serving(reply, then) as port, clients(port) as process:
        return {event.outcome for event in hear(process, 8)}


def test_right_answers_are_told_with_who_gave_them_and_how_long_it_took() -> None:
    with serving(OK, Then.CLOSE) as port, clients(port) as process:
        events = hear(process, 8)
    assert Counter((event.outcome, event.served_by) for event in events).keys() == {(Outcome.OK, "rude")}
    assert all(0 < event.done - event.sent < 0.3 for event in events)


@pytest.mark.parametrize(
    ("reply", "then", "outcome"),
    [
        (b"", Then.CLOSE, Outcome.RESET),
        (b"", Then.RESET, Outcome.RESET),
        (OK[:20], Then.CLOSE, Outcome.TRUNCATED),
        (OK[:-1], Then.CLOSE, Outcome.TRUNCATED),
        (OK[:-1], Then.SILENCE, Outcome.TIMEOUT),
        (b"", Then.SILENCE, Outcome.TIMEOUT),
        (OK.replace(b"200", b"503"), Then.CLOSE, Outcome.STATUS),
        (OK.replace(b"Ready", b"ready"), Then.CLOSE, Outcome.DIFFERS),
        (OK.replace(b"Content-Length: 5\r\n", b""), Then.CLOSE, Outcome.DIFFERS),
        (b"SSH-2.0-no\r\n\r\n", Then.CLOSE, Outcome.DIFFERS),
    ],
)
def test_each_way_to_fail_has_its_name(reply: bytes, then: Then, outcome: Outcome) -> None:
    assert outcomes(reply, then) == {outcome}


def test_a_port_where_nobody_listens_refuses() -> None:
    with clients(free_port()) as process:
        assert {event.outcome for event in hear(process, 4)} == {Outcome.REFUSED}


def test_a_kept_connection_that_was_closed_while_idle_is_opened_anew() -> None:
    with serving(OK, Then.CLOSE) as port, clients(port, "keep-alive") as process:
        assert {event.outcome for event in hear(process, 8)} == {Outcome.OK}


def test_the_end_of_their_input_ends_the_clients_with_every_request_told() -> None:
    with serving(OK, Then.CLOSE) as port, clients(port) as process:
        hear(process, 4)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        rest = process.stdout.read()
        assert process.wait(timeout=60) == 0
    assert rest == "" or rest.endswith("]\n")
