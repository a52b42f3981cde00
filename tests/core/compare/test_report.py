"""A report grows by copies, stays bounded, and shows nothing secret."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.compare.answers import Answer, Difference, Kind, NoAnswer
from stranglerfig.core.compare.comparing import compare
from stranglerfig.core.compare.conclusion import conclude, find_difference, to_document
from stranglerfig.core.compare.copies import Copy, to_headers
from stranglerfig.core.compare.examples import (
    LONGEST_BODY,
    LONGEST_HEADER,
    MOST_HEADERS,
    REDACTED,
    Example,
    Round,
    to_example,
)
from stranglerfig.core.compare.noise import Contrast
from stranglerfig.core.compare.redaction import Policy
from stranglerfig.core.compare.report import (
    MOST_ENDPOINTS,
    MOST_EXAMPLES,
    MOST_PLACES,
    REST,
    Compared,
    EndpointReport,
    Report,
)
from stranglerfig.core.compare.rules import Rules
from stranglerfig.core.json_values import from_json, to_json

JSON_TYPE = (("content-type", "application/json"),)
SECRET = "hunter2-and-more"


def an_answer(value: Any, status: int = 200) -> Answer:
    return Answer(status, JSON_TYPE, json.dumps(value).encode())


def an_example(legacy: Any, candidate: Any, copy: Copy | None = None, policy: Policy | None = None) -> Example:
    copy = copy or Copy("GET", "/users/1", "shop.example")
    answers = an_answer(legacy), an_answer(candidate)
    played = Round(copy, copy.headers, ("http://old", "http://new"), *answers)
    return to_example(played, compare(*answers, Rules()), Rules(), policy or Policy())


def differing(*places: str, endpoint: str = "/users/{id}", example: Example | None = None) -> Compared:
    found = tuple(Difference(Kind.CHANGED, place) for place in places)
    return Compared("GET", endpoint, Contrast(found=found), 1.0, 2.0, example)


def test_counts_places_and_times_add_up() -> None:
    report = Report()
    for compared in (
        differing("$.a", "$.b", example=an_example({"a": 1, "b": 1}, {"a": 2, "b": 2})),
        differing("$.a"),
        differing(),
        Compared("GET", "/users/{id}", Contrast(unusable="legacy answered 503")),
    ):
        report.add(compared)

    document = to_document(report, conclude(report))
    (endpoint,) = document["endpoints"]
    assert (endpoint["compared"], endpoint["different"], endpoint["unusable"]) == (3, 2, 1)
    assert [(one["place"], one["count"], one["legacy"], one["candidate"]) for one in endpoint["differences"]] == [
        ("$.a", 2, "1", "2"),
        ("$.b", 1, "1", "2"),
    ]
    assert 0.9 < endpoint["legacy_ms"]["p50"] < 1.1 < endpoint["candidate_ms"]["p50"] < 2.2
    assert (document["verdict"], document["reason"]) == ("FAIL", "2 of 3 answers differ")


def test_a_verdict_is_by_the_share_that_may_differ() -> None:
    report = Report()
    for compared in (differing("$.a"), differing(), differing(), differing()):
        report.add(compared)

    verdicts = [conclude(report, share).verdict.value for share in (0.0, 0.2, 0.25, 1.0)]
    assert verdicts == ["FAIL", "FAIL", "PASS", "PASS"]
    assert conclude(Report()).verdict.value == "INCONCLUSIVE"


def test_a_report_is_bounded_whatever_comes() -> None:
    report = Report()
    for number in range(MOST_ENDPOINTS + 50):
        report.add(differing(endpoint=f"/e{number}"))
    for number in range(MOST_PLACES + 50):
        example = an_example({f"f{number}": 1}, {f"f{number}": 2})
        report.add(differing(f"$.f{number}", endpoint="/e0", example=example))

    first = report.endpoints["GET", "/e0"]
    assert len(report.endpoints) == MOST_ENDPOINTS + 1
    assert report.endpoints["GET", REST].compared == 50
    assert (len(first.places), len(first.examples)) == (MOST_PLACES, MOST_EXAMPLES)


def test_endpoints_that_have_become_one_are_put_together() -> None:
    report, expected = Report(), Report()
    for name in ("ann", "bob"):
        example = an_example({name: 1}, {name: 2})
        for endpoint, one in ((f"/u/{name}", report), ("/u/{name}", expected)):
            one.add(differing("$.a", f"$.{name}", endpoint=endpoint, example=example))
    gone = report.settle({"/u/ann": "/u/{name}", "/u/bob": "/u/{name}"})

    assert gone == {("GET", "/u/ann"), ("GET", "/u/bob")}
    assert to_document(report, conclude(report)) == to_document(expected, conclude(expected))


def test_what_is_kept_is_read_again() -> None:
    report = Report()
    kept = report.add(differing("$.a", example=an_example({"a": 1}, {"a": 2})))

    assert from_json(EndpointReport, json.loads(json.dumps(to_json(kept)))) == kept


def test_an_example_is_redacted_before_it_is_told() -> None:
    headers = (("Authorization", f"Bearer {SECRET}"), ("Cookie", f"sid={SECRET}"), ("Content-Type", "application/json"))
    body = json.dumps({"password": SECRET}).encode()
    copy = Copy("POST", f"/users/1?token={SECRET}&page=2", "shop.example", headers, body)
    users = [{"token": f"{SECRET}{n}", "mail": f"a{n}@shop.example", "n": n, f"{n}@x.example": n} for n in (1, 2)]
    example = an_example(users[0], users[1], copy)
    told = json.dumps(to_json(example))

    assert SECRET not in told
    assert "@" not in told
    assert {one.place: one.legacy for one in example.differences}["$.n"] == "1"
    assert {one.place: one.legacy for one in example.differences}["$.token"].startswith("REDACTED-")
    assert '"$REDACTED_' in example.curl
    assert example.legacy_curl == "", "nobody is told how to write to legacy once more"


def test_what_differs_in_a_secret_number_alone_is_told_without_it() -> None:
    (difference,) = an_example({"pin": 1234}, {"pin": 4321}).differences

    assert (difference.place, difference.legacy, difference.candidate) == ("$.pin", REDACTED, REDACTED)


def test_users_say_what_is_secret() -> None:
    (more,) = an_example({"salary": "100"}, {"salary": "200"}, policy=Policy(more=("salary",))).differences
    (less,) = an_example({"token": "a"}, {"token": "b"}, policy=Policy(allowed=("token",))).differences

    assert more.legacy.startswith("REDACTED-")
    assert (less.legacy, less.candidate) == ("a", "b")


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_word_of_a_secret_field_is_kept(one: str, other: str) -> None:
    marked = [f"<<{text}>>{SECRET}" for text in (one, other)]
    example = an_example({"token": marked[0], "list": [marked[0][:0]]}, {"token": marked[1], "list": []})

    assert SECRET not in json.dumps(to_json(example))


def test_long_answers_are_cut_and_silence_is_told() -> None:
    long = replace(an_answer({"a": "x" * (2 * LONGEST_BODY)}), headers=(*JSON_TYPE, *[("x-a", "y" * 5_000)] * 100))
    copy = Copy("GET", "/", "shop.example")
    example = to_example(
        Round(copy, (), ("http://old", "http://new"), long, NoAnswer("it refuses connections")), (), Rules(), Policy()
    )

    assert len(example.legacy.body) == LONGEST_BODY + 1
    assert len(example.legacy.headers) == MOST_HEADERS
    assert max(len(value) for _, value in example.legacy.headers) == LONGEST_HEADER
    assert (example.candidate.status, example.candidate.body) == (0, "it refuses connections")


def test_an_answer_without_end_is_kept_without_its_secrets() -> None:
    flood = Answer(200, JSON_TYPE, b'{"token": "' + SECRET.encode() + b'", "all": "' + b"x" * 1_000_000, is_cut=True)
    played = Round(Copy("GET", "/", "shop.example"), (), ("http://old", "http://new"), an_answer({}), flood)
    example = to_example(played, compare(an_answer({}), flood, Rules()), Rules(), Policy())

    assert SECRET not in json.dumps(to_json(example))
    assert example.candidate.body.endswith("x…")


def test_a_difference_is_found_by_its_id() -> None:
    report = Report()
    report.add(differing("$.a", example=an_example({"a": 1}, {"a": 2})))
    report.add(differing("$.b"))
    ids = [one["id"] for one in to_document(report, conclude(report))["endpoints"][0]["differences"]]

    found = [find_difference(report, id) for id in ids]
    assert [one and (one["place"], len(one["examples"])) for one in found] == [("$.a", 1), ("$.b", 0)]
    assert find_difference(report, "nobody") is None


def test_a_copy_says_what_it_is_and_leaves_out_what_is_the_connections() -> None:
    headers = (
        *(("Host", "a"), ("Connection", "x-hop"), ("X-Hop", "1"), ("Content-Length", "3"), ("If-None-Match", "1")),
        *((":method", "GET"), ("Cookie", "a=1"), ("X-Fig-Shadow", "other")),
    )
    sent = to_headers(Copy("GET", "/", "a", headers), (("cookie", "b=2"),))
    write = Copy("POST", "/", "a", (), b"abc")
    keys = [dict(to_headers(one))["Idempotency-Key"] for one in (write, write, Copy("POST", "/", "a", (), b"abx"))]
    own = to_headers(Copy("POST", "/", "a", (("idempotency-key", "mine"),)))

    assert sent == (("cookie", "b=2"), ("Accept-Encoding", "identity"), ("X-Fig-Shadow", "copy"))
    assert keys[0] == keys[1] != keys[2]
    assert [value for name, value in own if name.lower() == "idempotency-key"] == ["mine"]


def test_words_come_with_the_first_example_that_has_them() -> None:
    report = Report()
    report.add(differing("$.a"))
    (before,) = report.endpoints["GET", "/users/{id}"].places.values()
    for candidate in (2, 3):
        report.add(differing("$.a", example=an_example({"a": 1}, {"a": candidate})))
    (after,) = report.endpoints["GET", "/users/{id}"].places.values()

    assert (before.legacy, before.candidate) == (REDACTED, REDACTED)
    assert (after.legacy, after.candidate, after.count) == ("1", "2", 3)
