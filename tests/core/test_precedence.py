from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.routing.match import matches
from stranglerfig.core.routing.precedence import expand, ordered, specificity
from stranglerfig.core.routing.reasons import why_before
from stranglerfig.core.routing.rules import (
    Conditions,
    HeaderCondition,
    HostCondition,
    Order,
    PathRegex,
    QueryCondition,
    QueryPair,
    Request,
    Rule,
)
from tests.core.routing_builders import a_rule, asks
from tests.core.routing_strategies import orders, requests, rule_lists

_HEADER = (HeaderCondition("x", ("1",)),)
_QUERY = (QueryCondition((QueryPair("1"),)),)


def names(rules: list[Rule], order: Order) -> list[str]:
    return [alternative.rule.id for alternative in ordered(rules, order)]


@pytest.mark.parametrize(
    "in_order",
    [
        # literal, parameter, end, pattern, below, any path
        [
            asks("/u/me"),
            asks("/u/{id}/o"),
            asks("/u/{id}"),
            asks("/u/{id}/…"),
            asks("/u"),
            asks("~/u/*"),
            asks("/u/…"),
            asks("/…"),
            asks(),
        ],
        [asks("/a/b/…"), asks("/a/…"), asks("~/a*"), asks("~/*"), asks("/…")],
        [asks("/{a}/b"), asks("/{a}/{b}")],
        [asks("~/a/"), asks("/a")],
        [asks("/…"), asks()],
        [Conditions(paths=(PathRegex("^/a/b$"),)), asks("/…")],
        # host before path
        [
            asks("/…", host="www.example.com"),
            asks("/…", host="a.com"),
            asks("/a", host="*.example.com"),
            asks("/a/b", host="*.com"),
            Conditions(host=HostCondition(regexes=("com$",))),
            asks("/a/b/c"),
        ],
        # a rule of several names ranks by its widest
        [asks(host="a.com"), asks(host="very.long.name *.com")],
        [asks("/a", methods="GET"), asks("/a", headers=_HEADER, queries=_QUERY)],
        [asks("/a", headers=_HEADER, queries=_QUERY), asks("/a", headers=_HEADER), asks("/a")],
        [asks("/a", source="::/0"), asks("/a")],
    ],
)
def test_the_more_specific_rule_comes_first(in_order: list[Conditions]) -> None:
    rules = [a_rule(f"r{place}", conditions=conditions) for place, conditions in enumerate(in_order)]
    wanted = [rule.id for rule in rules]
    assert names(rules[::-1], Order.SPECIFIC) == wanted
    random.Random(3).shuffle(rules)
    assert names(rules, Order.SPECIFIC) == wanted


def test_position_breaks_a_tie() -> None:
    rules = [a_rule("b", "/a"), a_rule("a", "/a")]
    assert names(rules, Order.SPECIFIC) == ["b", "a"]


def test_each_path_of_a_rule_ranks_by_itself() -> None:
    rules = [a_rule("two", "/…", "/a/b"), a_rule("one", "/a/…")]
    assert names(rules, Order.SPECIFIC) == ["two", "one", "two"]


def test_priorities_go_by_number_and_the_default_rule_comes_last() -> None:
    rules = [a_rule("default"), a_rule("late", "/a", priority=20), a_rule("early", "/…", priority=3)]
    assert names(rules, Order.PRIORITY) == ["early", "late", "default"]


@given(rules=rule_lists(), order=orders)
def test_ordering_loses_nothing_and_repeats_itself(rules: list[Rule], order: Order) -> None:
    once = ordered(rules, order)
    assert once == ordered(rules, order)
    assert sorted(map(repr, once)) == sorted(map(repr, expand(rules)))


@given(rules=rule_lists(), order=orders, seed=st.randoms())
def test_only_equal_ranks_depend_on_position(rules: list[Rule], order: Order, seed: random.Random) -> None:
    def rank(rules: list[Rule]) -> list[object]:
        if order is Order.PRIORITY:
            return [alternative.rule.priority for alternative in ordered(rules, order)]
        return [specificity(alternative) for alternative in ordered(rules, order)]

    shuffled = list(rules)
    seed.shuffle(shuffled)
    assert rank(shuffled) == rank(rules)


@given(rules=rule_lists(), order=orders, request=requests)
def test_every_place_in_the_order_has_a_reason(rules: list[Rule], order: Order, request: Request) -> None:
    path = request.target.partition("?")[0]
    hits = [alternative for alternative in ordered(rules, order) if matches(alternative, request, path) is None]
    for first, second in pairwise(hits):
        reason = why_before(first, second, order)
        by_position = "nothing else tells them apart" in reason
        if order is Order.SPECIFIC:
            assert by_position is (specificity(first) == specificity(second))
        else:
            assert by_position is (first.rule.priority == second.rule.priority)
