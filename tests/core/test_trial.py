"""Many requests, asked of tables of rules at once."""

from __future__ import annotations

from hypothesis import given

from stranglerfig.core.routing.explain import explain
from stranglerfig.core.routing.rules import Order, Request, Rule
from stranglerfig.core.routing.trial import Asked, Table, try_rules
from stranglerfig.core.topology import Listener
from tests.core.routing_builders import a_rule, get
from tests.core.routing_strategies import orders, requests, rule_lists


def a_listener(*rules: Rule, order: Order = Order.SPECIFIC) -> Listener:
    return Listener("shop", "127.0.0.1", 80, rules, order=order)


@given(rule_lists(), requests, orders)
def test_a_table_answers_as_an_explanation_does(rules: list[Rule], request: Request, order: Order) -> None:
    found, wanted = Table(a_listener(*rules, order=order)).outcome(request), explain(rules, order, request, {})

    assert (found.verdict, found.status, found.location) == (wanted.verdict, wanted.status, wanted.location)
    shares: dict[str, float] = {}
    for share in wanted.shares:
        shares[share.group] = shares.get(share.group, 0.0) + share.share
    assert dict(found.shares) == {group: round(share, 6) for group, share in shares.items() if share}


def test_what_changes_side_is_told_most_asked_first() -> None:
    before = a_listener(a_rule("mono"))
    after = a_listener(a_rule("mono"), a_rule("users", "/users/…"), a_rule("posts", "/posts/…"))
    asked = [Asked(get("/users/1"), 3), Asked(get("/orders/1"), 9), Asked(get("/posts/"), 5), Asked(get("/usersx"), 7)]
    trial = try_rules(before, after, asked)

    assert (trial.kinds, trial.requests) == (4, 24)
    assert [(change.asked.request.target, change.asked.times) for change in trial.changes] == [
        ("/posts/", 5),
        ("/users/1", 3),
    ]
