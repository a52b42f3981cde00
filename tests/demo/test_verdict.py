from __future__ import annotations

from typing import Any

import pytest

from stranglerfig.demo.exchange import Event, Outcome
from stranglerfig.demo.figures import Compared, Tried, count_failures
from stranglerfig.demo.report import Record, render_json, render_text, to_report
from stranglerfig.demo.verdict import compare_posts, find_faults
from tests.demo.builders import a_post, an_event

SEED = {"thread": 1, "text": "seed", "user": 4}


def posts(*texts: str) -> list[dict[str, Any]]:
    return [SEED, *({"thread": 4, "text": text, "user": 100} for text in texts)]


def faults_of(events: list[Event], end: list[dict[str, Any]]) -> tuple[str, ...]:
    return find_faults(count_failures(events), len(events), compare_posts(events, [SEED], end))


def test_nothing_is_wrong_when_every_accepted_post_is_there_once() -> None:
    assert faults_of([an_event(), a_post("a"), a_post("b")], posts("b", "a")) == ()


@pytest.mark.parametrize(
    ("end", "fault"),
    [
        (posts("a"), "1 accepted posts are missing"),
        (posts("a", "b", "a"), "1 posts are there twice"),
        (posts("a", "b", "c"), "1 posts are there that nobody sent"),
        (posts("a", "b")[1:], "the posts of before are not what they were"),
    ],
)
def test_a_post_that_is_missing_doubled_or_nobodys_is_a_fault(end: list[dict[str, Any]], fault: str) -> None:
    assert fault in faults_of([a_post("a"), a_post("b")], end)


@pytest.mark.parametrize("outcome", [kind for kind in Outcome if kind is not Outcome.OK])
def test_a_single_request_that_failed_in_any_way_is_a_fault(outcome: Outcome) -> None:
    faults = faults_of([an_event()] * 1000 + [a_post("a"), an_event(outcome=outcome)], posts("a"))
    assert faults == (f"1 x {outcome.value}",)


@pytest.mark.parametrize("end", [posts("a"), posts("a", "b")])
def test_a_post_without_an_answer_may_be_there_or_not(end: list[dict[str, Any]]) -> None:
    assert faults_of([a_post("a"), a_post("b", Outcome.RESET)], end) == ("1 x reset",)


def test_a_post_without_an_answer_may_not_be_there_twice() -> None:
    assert "1 posts are there twice" in faults_of([a_post("a"), a_post("b", Outcome.RESET)], posts("a", "b", "b"))


def test_a_demo_in_which_nothing_happened_proves_nothing() -> None:
    assert find_faults({}, 0, None) == ("no request was made, so nothing is proved", "the posts were not compared")
    assert faults_of([an_event()], posts()) == ("no post was accepted, so nothing is proved of them",)


def a_record(events: list[Event], end: list[dict[str, Any]], problem: str | None = None) -> Record:
    return Record(
        events=events,
        moves=[],
        comparisons=[Compared("users-draft", 60, 50, "missing $.bio")],
        shifts=[Tried("posts-draft", "ROLLED_BACK", 10, 9, 0.5, "99 % within 90 ms")],
        windows={},
        posts=compare_posts(events, [SEED], end),
        monolith_idle_s=1.0,
        seconds=2.0,
        problem=problem,
    )


def test_the_report_names_what_failed_and_which_posts_are_lost() -> None:
    report = to_report(a_record([a_post("a"), a_post("b"), an_event(outcome=Outcome.TIMEOUT)], posts("a")))
    assert not report.passed
    text = "\n".join(render_text(report))
    assert "3, 1 failed (timeout 1)" in text
    assert "timeout: GET /api/posts (fresh)" in text
    assert "missing: b" in text
    document = render_json(report)
    assert document["passed"] is False
    assert document["posts"]["missing"] == ("b",)
    assert document["failed"] == ["timeout: GET /api/posts (fresh)"]


def test_a_demo_that_did_not_get_to_its_end_has_not_passed() -> None:
    assert to_report(a_record([a_post("a")], posts("a"))).passed
    assert not to_report(a_record([a_post("a")], posts("a"), problem="the daemon is gone")).passed
