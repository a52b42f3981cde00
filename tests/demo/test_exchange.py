from __future__ import annotations

import json
from itertools import islice

import pytest

from stranglerfig.demo.exchange import (
    Answer,
    Ask,
    Mix,
    Outcome,
    all_reads,
    decode_answers,
    decode_event,
    encode_answers,
    encode_event,
    judge,
)
from tests.demo.builders import a_post, answers

WANTED = Answer(404, "application/json", b'{"error":"no"}')


def asking(wanted: Answer, *, is_growing: bool = False) -> Ask:
    return Ask("posts", "GET", "/", wanted, is_growing=is_growing)


def test_an_answer_is_right_whatever_its_status_when_it_is_the_expected_one() -> None:
    assert judge(asking(WANTED), WANTED) == (Outcome.OK, "")


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (Answer(502, "application/json", WANTED.body), Outcome.STATUS),
        (Answer(404, "text/html", WANTED.body), Outcome.DIFFERS),
        (Answer(404, "application/json", WANTED.body + b" "), Outcome.DIFFERS),
        (Answer(404, "application/json", b""), Outcome.DIFFERS),
    ],
)
def test_another_status_type_or_byte_is_told_apart(given: Answer, outcome: Outcome) -> None:
    judged, note = judge(asking(WANTED), given)
    assert judged is outcome
    assert note


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (b'[{"a":1}]', Outcome.OK),
        (b'[{"a":1},{"b":2}]', Outcome.OK),
        (b'[{"a":2},{"b":2}]', Outcome.DIFFERS),
        (b'[{"a":1},{"b":2', Outcome.DIFFERS),
        (b"[]", Outcome.DIFFERS),
        (b'[{"a":1}x{"b":2}]', Outcome.DIFFERS),
    ],
)
def test_a_growing_list_must_begin_as_it_did_and_be_whole(body: bytes, outcome: Outcome) -> None:
    wanted = Answer(200, "application/json", b'[{"a":1}]')
    assert judge(asking(wanted, is_growing=True), Answer(200, "application/json", body))[0] is outcome


def test_a_mix_is_the_same_again_for_the_same_client_and_asks_everything() -> None:
    asked = list(islice(iter(Mix("one", answers()).next, None), 3000))
    assert asked == list(islice(iter(Mix("one", answers()).next, None), 3000))
    assert {ask.path for ask in asked} == set(all_reads())
    assert {ask.method for ask in asked} == {"GET", "POST"}


def test_no_two_posts_of_a_run_are_alike_and_none_changes_what_is_read() -> None:
    asked = [ask for name in ("one", "two") for ask in islice(iter(Mix(name, answers()).next, None), 3000)]
    posts = [json.loads(ask.body) for ask in asked if ask.method == "POST"]
    assert len({post["text"] for post in posts}) == len(posts) > 100
    assert all(post["thread"] > 3 and post["user"] >= 100 for post in posts)
    assert max(len(ask.body) for ask in asked) > 300


def test_events_and_answers_cross_between_processes_unchanged() -> None:
    event = a_post("☂", Outcome.TRUNCATED)
    assert decode_event(json.loads(json.dumps(encode_event(event)))) == event
    wanted = {"/": Answer(200, "text/plain", "ä".encode())}
    assert decode_answers(json.loads(json.dumps(encode_answers(wanted)))) == wanted
