from __future__ import annotations

import pytest
from hypothesis import given

from stranglerfig.core.routing.canonical import Canonical, canonicalise
from stranglerfig.core.routing.explain import NO_MATCH, Explanation, Verdict, explain
from stranglerfig.core.routing.match import matches
from stranglerfig.core.routing.precedence import ordered
from stranglerfig.core.routing.rules import (
    Conditions,
    FixedResponse,
    Forward,
    HeaderCondition,
    HostCondition,
    Order,
    Redirect,
    Request,
    Rule,
    UrlRewrite,
    WeightedGroup,
)
from tests.core.routing_builders import a_rule, asks, get, to
from tests.core.routing_strategies import orders, requests, rule_lists


def told(rules: list[Rule], request: Request, order: Order = Order.SPECIFIC) -> Explanation:
    return explain(rules, order, request, {"based": "/base"})


def test_a_split_shows_every_side_with_what_it_sees() -> None:
    action = to(WeightedGroup("posts", 25, strip=1), WeightedGroup("based", 75))
    explanation = told([a_rule("posts", "/posts/…", action=action), a_rule("mono")], get("/x/../posts//1?q=%zz"))
    assert explanation.verdict is Verdict.FORWARD
    assert explanation.canonical_path == "/posts/1"
    assert [(share.group, share.share, share.target) for share in explanation.shares] == [
        ("posts", 0.25, "/1?q=%zz"),
        ("based", 0.75, "/base/posts/1?q=%zz"),
    ]


def test_a_url_rewrite_shows_in_what_goes_upstream() -> None:
    action = Forward((WeightedGroup("g"),), url_rewrite=UrlRewrite("^/a", "/b"))
    assert told([a_rule("r", action=action)], get("/a?q")).shares[0].target == "/b?q"


def test_the_shadowed_and_the_narrowly_missed_are_told_with_reasons() -> None:
    rules = [
        a_rule("mono"),
        a_rule("api", "/api/…"),
        a_rule("posts", "/api/posts/…"),
        a_rule("write", conditions=asks("/api/posts", methods="POST")),
        a_rule("threads", "/api/threads/…"),
    ]
    explanation = told(rules, get("/api/posts"))
    assert explanation.winner is not None
    assert explanation.winner.rule.id == "posts"
    assert explanation.why == "segment 2 of /api/posts/… is a literal, of /api/… anything below"
    assert [(loser.rule.id, loser.reason) for loser in explanation.shadowed] == [
        ("api", explanation.why),
        ("mono", "segment 1 of /api/posts/… is a literal, of any path any path at all"),
    ]
    assert [(loser.rule.id, loser.reason) for loser in explanation.missed] == [("write", "method GET is not POST")]


def test_a_rule_that_matches_by_two_paths_is_told_once() -> None:
    explanation = told([a_rule("two", "/a/…", "~/a*"), a_rule("mono")], get("/a"))
    assert [loser.rule.id for loser in explanation.shadowed] == ["mono"]
    assert explanation.winner is not None
    assert explanation.winner.path == a_rule("", "/a/…").conditions.paths[0]


def test_the_only_match_needs_no_comparison() -> None:
    assert told([a_rule("r")], get()).why == "it is the only rule that matches"


_HEADER = (HeaderCondition("x", ("*",)),)
_BOTH = Request("GET", "/a", host="www.a.com", headers=(("x", "1"),))


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        (asks(host="www.a.com"), asks("/a"), "r0 asks for an exact host, r1 for any host"),
        (asks(host="*.a.com"), asks(host="*.com"), "the host of r0 has more literal characters than that of r1"),
        (
            Conditions(host=HostCondition(regexes=("a",))),
            asks("/a"),
            "r0 asks for a host regular expression, r1 for any host",
        ),
        (asks("/{x}"), asks("/{x}/…"), "segment 2 of /{x} is the end of the path, of /{x}/… anything below"),
        (asks("~/?"), asks("~*"), "pattern /? has more literal characters than pattern *"),
        (asks("/a", methods="GET"), asks("/a"), "r0 names its methods, r1 takes all"),
        (asks(headers=_HEADER), asks(), "r0 has 1 condition on headers, query or source, r1 has 0"),
        (
            asks(headers=_HEADER, source="::/0 0.0.0.0/0"),
            asks(headers=_HEADER),
            "r0 has 2 conditions on headers, query or source, r1 has 1",
        ),
        (asks(), asks(), "r0 stands before r1, and nothing else tells them apart"),
    ],
)
def test_why_the_more_specific_rule_won(first: Conditions, second: Conditions, why: str) -> None:
    explanation = told([a_rule("r0", conditions=first), a_rule("r1", conditions=second)], _BOTH)
    assert explanation.why == why


@pytest.mark.parametrize(
    ("priorities", "why"),
    [
        ((3, 99), "priority 3 comes before 99"),
        ((3, None), "r1 is the default rule, which comes last"),
        ((3, 3), "r0 stands before r1, and nothing else tells them apart"),
    ],
)
def test_why_the_rule_of_the_lower_number_won(priorities: tuple[int, int | None], why: str) -> None:
    rules = [a_rule(f"r{place}", priority=priority) for place, priority in enumerate(priorities)]
    assert told(rules, get(), Order.PRIORITY).why == why


def test_a_redirect_shows_where_it_points() -> None:
    explanation = told([a_rule("r", action=Redirect(301, path="/new/#{path}"))], get("/a//b?x=1"))
    assert (explanation.verdict, explanation.status) == (Verdict.REDIRECT, 301)
    assert explanation.location == "/new/a/b?x=1"


def test_a_fixed_answer_is_shown() -> None:
    answer = FixedResponse(503, body="closed")
    explanation = told([a_rule("r", action=answer)], get())
    assert (explanation.verdict, explanation.status, explanation.response) == (Verdict.RESPOND, 503, answer)


@pytest.mark.parametrize(("order", "status"), [(Order.SPECIFIC, 403), (Order.PRIORITY, 404)])
def test_what_no_rule_takes_is_answered_in_the_manner_of_the_order(order: Order, status: int) -> None:
    explanation = told([a_rule("r", "/a")], get("/b"), order)
    assert (explanation.verdict, explanation.status, explanation.winner) == (Verdict.RESPOND, status, None)
    assert explanation.response == NO_MATCH[order]
    assert explanation.why == "no rule matches"


def test_a_refused_request_meets_no_rule() -> None:
    explanation = told([a_rule("r")], get("/%2f"))
    assert (explanation.verdict, explanation.status) == (Verdict.REFUSE, 400)
    assert (explanation.winner, explanation.canonical_path) == (None, None)
    assert "%2f" in explanation.why


@given(rules=rule_lists(), order=orders, request=requests)
def test_the_winner_is_the_first_that_matches(rules: list[Rule], order: Order, request: Request) -> None:
    canonical = canonicalise(request.target.partition("?")[0])
    assert isinstance(canonical, Canonical)
    hits = [one for one in ordered(rules, order) if matches(one, request, canonical.path) is None]
    explanation = explain(rules, order, request, {})
    assert explanation.winner == (hits[0] if hits else None)
    assert {loser.rule.id for loser in explanation.shadowed} == {hit.rule.id for hit in hits} - {
        hit.rule.id for hit in hits[:1]
    }
