from __future__ import annotations

import time

import pytest
from hypothesis import given

from stranglerfig.core.routing.explain import explain
from stranglerfig.core.routing.lint import Finding, Kind, lint
from stranglerfig.core.routing.rules import (
    Conditions,
    FixedResponse,
    HeaderCondition,
    Order,
    Request,
    Rule,
    WeightedGroup,
)
from tests.core.routing_builders import a_rule, asks, to
from tests.core.routing_strategies import orders, requests, rule_lists

_HEADER = (HeaderCondition("x", ("1",)),)


def of_kind(kind: Kind, rules: list[Rule], order: Order = Order.SPECIFIC) -> list[Finding]:
    return [finding for finding in lint(rules, order) if finding.kind is kind]


def priorities(*conditions: Conditions) -> list[Rule]:
    return [a_rule(f"r{place}", priority=place + 1, conditions=each) for place, each in enumerate(conditions)]


def test_rules_that_are_meant_have_no_finding() -> None:
    rules = [a_rule("mono"), a_rule("posts", "/posts/…"), a_rule("user", "/users/{id}"), a_rule("me", "/users/me")]
    assert lint(rules, Order.SPECIFIC) == []


def test_a_rule_behind_a_wider_one_is_unreachable() -> None:
    (finding,) = of_kind(Kind.UNREACHABLE, priorities(asks("~/api*"), asks("~/api/posts*")), Order.PRIORITY)
    assert finding.rule == "r1"
    assert finding.message == "pattern /api/posts* is never reached: r0 takes all of it before"
    assert finding.mend == "Delete the path from r1, or let it be tried before r0."


def test_a_pattern_with_two_slashes_is_unreachable() -> None:
    rules = (a_rule("twice", "~/img//*"), a_rule("rest", "/…"))
    assert [(found.kind, found.rule) for found in lint(rules, Order.SPECIFIC)] == [(Kind.UNREACHABLE, "twice")]


@pytest.mark.parametrize(
    "conditions",
    [
        (asks("/a", methods="GET"), asks("/a", methods="POST"), asks("/a", methods="GET POST")),
        (asks("/a/…"), asks("/a/b", headers=_HEADER)),
        (asks(), asks("/a", host="a.com")),
        (asks("/a/…", "/b/…"), asks("/b/c")),
    ],
)
def test_the_last_rule_is_unreachable(conditions: tuple[Conditions, ...]) -> None:
    findings = of_kind(Kind.UNREACHABLE, priorities(*conditions), Order.PRIORITY)
    assert [finding.rule for finding in findings] == [f"r{len(conditions) - 1}"]


@pytest.mark.parametrize(
    "conditions",
    [
        (asks("/a", methods="GET"), asks("/a", methods="PUT POST")),
        (asks("/a", methods="GET"), asks("/a", methods="GET POST")),
        (asks("/a", methods="GET"), asks("/a")),
        (asks("/a", headers=_HEADER), asks("/a")),
        (asks("/a/b"), asks("/a/…")),
        (asks("/a/…", host="a.com"), asks("/a/b")),
    ],
)
def test_every_rule_is_reached(conditions: tuple[Conditions, ...]) -> None:
    assert of_kind(Kind.UNREACHABLE, priorities(*conditions), Order.PRIORITY) == []


def test_rules_of_equal_rank_that_can_meet_overlap() -> None:
    rules = [
        a_rule("beta", conditions=asks("/a", headers=_HEADER)),
        a_rule("mobile", conditions=asks("/a", headers=(HeaderCondition("y", ("1",)),))),
        a_rule("front", "~/b*c"),
        a_rule("back", "~/*bc"),
    ]
    found = of_kind(Kind.OVERLAP, rules)
    assert [finding.rule for finding in found] == ["mobile", "back"]
    assert found[0].message.endswith("beta wins only because it stands before")


@pytest.mark.parametrize(
    "rules",
    [
        [a_rule("a", "/a"), a_rule("b", "/b")],
        [a_rule("a", "/{x}/a"), a_rule("b", "/{x}/b")],
        [a_rule("a", "~/a*"), a_rule("b", "~/b*")],
        [a_rule("a", "~/a*", action=to("g")), a_rule("b", "~/*a", action=to("g"))],
        [a_rule("a", "~/a*", "~/*a")],
        [a_rule("a", conditions=asks("~/a*", methods="GET")), a_rule("b", conditions=asks("~/*a", methods="PUT"))],
    ],
)
def test_rules_that_cannot_meet_or_do_the_same_do_not_overlap(rules: list[Rule]) -> None:
    assert of_kind(Kind.OVERLAP, rules) == []


def test_priorities_leave_nothing_to_position() -> None:
    assert of_kind(Kind.OVERLAP, priorities(asks("~/a*"), asks("~/*a")), Order.PRIORITY) == []


def test_a_star_behind_a_letter_takes_more_than_a_folder() -> None:
    (finding,) = of_kind(Kind.BOUNDARY, [a_rule("r", "~/img*")])
    assert finding.message == "pattern /img* takes /imgxyz too, not only /img and what is below it"
    assert finding.mend == "Use the two patterns /img and /img/*."


@pytest.mark.parametrize("path", ["~/img/*", "~*", "~/img", "~*.js", "~/a?*", "/img/…"])
def test_a_path_with_a_boundary_or_none_meant_is_fine(path: str) -> None:
    assert of_kind(Kind.BOUNDARY, [a_rule("r", path)]) == []


def test_methods_that_go_elsewhere_are_told_with_where() -> None:
    rules = [
        a_rule("mono"),
        a_rule("read", conditions=asks("/posts/…", methods="GET")),
        a_rule("write", conditions=asks("/posts/…", methods="POST PUT")),
    ]
    assert [(finding.rule, finding.message) for finding in of_kind(Kind.METHOD_GAP, rules)] == [
        ("read", "/posts/… takes GET but not HEAD, which goes to mono"),
        ("read", "/posts/… takes GET but not PATCH, DELETE, OPTIONS, which go to mono"),
        ("read", "/posts/… takes GET but not POST, PUT, which go to write"),
        ("write", "/posts/… takes POST, PUT but not GET, which goes to read"),
        ("write", "/posts/… takes POST, PUT but not HEAD, PATCH, DELETE, OPTIONS, which go to mono"),
    ]


def test_methods_that_nobody_takes_go_unanswered() -> None:
    rules = [a_rule("r", conditions=asks("/a", methods="GET POST PUT PATCH DELETE OPTIONS"))]
    (finding,) = of_kind(Kind.METHOD_GAP, rules)
    assert finding.message.startswith("/a exactly takes GET, POST, PUT, PATCH, DELETE, OPTIONS but not HEAD, ")
    assert finding.message.endswith("which goes unanswered")
    assert finding.mend == "Add the method HEAD."


def test_methods_that_go_to_the_same_place_are_no_gap() -> None:
    rules = [a_rule("a", conditions=asks("/a", methods="GET"), action=to("g")), a_rule("b", action=to("g"))]
    assert of_kind(Kind.METHOD_GAP, rules) == []


def test_the_share_of_an_empty_group_fails() -> None:
    action = to(WeightedGroup("full", 3), WeightedGroup("empty", 1), WeightedGroup("unused", 0))
    rules = [a_rule("r", action=action), a_rule("closed", "/a", action=FixedResponse(503))]
    (finding,) = lint(rules, Order.SPECIFIC, frozenset({"empty", "unused"}))
    assert (finding.kind, finding.rule) == (Kind.EMPTY_GROUP, "r")
    assert finding.message == "target group empty has no targets: 25 % of its requests fail"


@given(rules=rule_lists(), order=orders, request=requests)
def test_no_request_reaches_an_unreachable_rule(rules: list[Rule], order: Order, request: Request) -> None:
    single = [rule for rule in rules if len(rule.conditions.paths) < 2]
    unreachable = {finding.rule for finding in of_kind(Kind.UNREACHABLE, single, order)}
    winner = explain(single, order, request, {}).winner
    assert winner is None or winner.rule.id not in unreachable


def test_ten_thousand_routes_are_linted_in_seconds() -> None:
    rules = [
        a_rule("mono"),
        *(a_rule(f"r{place}", f"/team-{place % 100}/service-{place}/…") for place in range(10_000)),
    ]
    started = time.perf_counter()
    assert lint(rules, Order.SPECIFIC) == []
    assert time.perf_counter() - started < 20
