"""Rules compiled to maps, looked up as HAProxy does, and switched from any tables to any others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from stranglerfig.core.routing.explain import explain
from stranglerfig.core.routing.rules import Order, Request, Rule
from stranglerfig.core.topology import Listener
from stranglerfig.dataplane.actions import NO_RULE
from stranglerfig.dataplane.maps import (
    AddEntries,
    DeleteEntry,
    ReplaceTable,
    SetEntry,
    Step,
    parse_map,
    plan_switch,
    render_map,
)
from stranglerfig.dataplane.rule_tables import RuleTables
from stranglerfig.dataplane.tables import compile_tables
from tests.core.routing_builders import a_rule, asks, to
from tests.dataplane.facade import split_rule
from tests.dataplane.map_lookup import Maps
from tests.dataplane.rule_strategies import requests, rule_tables

quick = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # shrinking takes minutes here, and the message of a failure tells the request
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
)


@st.composite
def named_rules(draw: st.DrawFn) -> tuple[tuple[Rule, ...], Order]:
    """Each rule forwards to a target group of its own name, so that a value tells whose it is."""
    rules, order = draw(rule_tables())
    return tuple(replace(rule, action=to(rule.id)) for rule in rules), order


def winner(value: str | None) -> str | None:
    """The rule that a map value is of; None for no rule. A look-up that finds nothing is a fault."""
    assert value is not None
    if value == NO_RULE:
        return None
    return next(part for part in value.replace("~", "|").split("|") if part.startswith("g."))[2:]


def explained(rules: Sequence[Rule], order: Order, request: Request) -> str | None:
    found = explain(rules, order, request, {}).winner
    return found.rule.id if found else None


def asked_for(data: st.DataObject, rules: tuple[Rule, ...], count: int) -> list[tuple[Request, str]]:
    """Requests that are not refused, with their canonical paths."""
    drawn = data.draw(st.lists(requests(rules), min_size=count, max_size=count))
    paths = [(request, explain((), Order.SPECIFIC, request, {}).canonical_path) for request in drawn]
    return [(request, path) for request, path in paths if path is not None and path != "*"]


@given(data=st.data())
@quick
def test_the_tables_have_the_rule_that_explain_names(data: st.DataObject) -> None:
    rules, order = data.draw(named_rules())
    maps = Maps.holding(compile_tables(rules, order))
    for request, path in asked_for(data, rules, 8):
        assert winner(maps.value(request, path)) == explained(rules, order, request), (request, path)


def test_a_pattern_that_no_canonical_path_has_does_not_take_the_root() -> None:
    rules = (a_rule("twice", "~///*", action=to("new")), a_rule("rest", "/…", action=to("old")))
    maps = Maps.holding(compile_tables(rules, Order.SPECIFIC))
    assert winner(maps.value(Request("GET", "/"), "/")) == "old"


@given(data=st.data())
@quick
def test_while_a_switch_goes_on_every_request_has_its_old_rule_or_its_new_one(data: st.DataObject) -> None:
    before, order = data.draw(named_rules())
    after, other = data.draw(named_rules())
    assume(order is other)
    kept = before[: data.draw(st.integers(0, len(before)))]
    after = tuple({rule.id: rule for rule in (*after, *kept)}.values())
    old, new = compile_tables(before, order), compile_tables(after, order)
    asked = asked_for(data, (*before, *after), 4)
    allowed = [{explained(before, order, request), explained(after, order, request)} for request, _ in asked]
    maps = Maps.holding(old)
    for step in one_by_one(plan_switch(old, new)):
        maps.carry_out(step)
        for (request, path), either in zip(asked, allowed, strict=True):
            assert winner(maps.value(request, path)) in either, (step, request)
    wanted = Maps.holding(new)
    assert {name: dict(entries) for name, entries in maps.tables.items()} == wanted.tables


def one_by_one(steps: Sequence[Step]) -> list[Step]:
    """HAProxy adds the entries of one command one after the other."""
    single: list[Step] = []
    for step in steps:
        if isinstance(step, AddEntries):
            single += [AddEntries(step.table, (entry,)) for entry in step.entries]
        else:
            single.append(step)
    return single


@given(rules=named_rules())
@quick
def test_what_is_added_comes_before_the_switch_and_what_goes_after_it(rules: tuple[tuple[Rule, ...], Order]) -> None:
    made, order = rules
    old, new = compile_tables(made[:1], order), compile_tables(made, order)
    kinds = {SetEntry: 1, AddEntries: 1, ReplaceTable: 2, DeleteEntry: 3}
    stages = [2 if step.table == "routes" else kinds[type(step)] for step in plan_switch(old, new)]
    assert stages == sorted(stages)
    assert plan_switch(new, new) == []


@given(rules=named_rules())
@quick
def test_a_map_file_reads_back_as_it_was(rules: tuple[tuple[Rule, ...], Order]) -> None:
    tables = compile_tables(*rules)
    for table in ("routes", "nodes", "patterns"):
        entries = tables.map_named(table)
        assert parse_map(render_map(entries)) == entries
        assert not any(character.isspace() for key in entries for character in key)


def test_a_changed_weight_is_one_command_on_the_key_that_exists() -> None:
    held = RuleTables()
    others = tuple(a_rule(f"r{number}", f"/r{number}/…") for number in range(50))
    before, after = (split_rule(weight, "new", "old", path="/api") for weight in (100, 200))
    listener = Listener("l", "127.0.0.1", 1, (*others, before))
    assert held.update(listener) == []
    steps = held.update(replace(listener, rules=(*others, after)))
    assert [(type(step), step.table) for step in steps] == [(SetEntry, "routes")]
    assert held.update(replace(listener, rules=(*others, after))) == []


def test_a_rule_at_several_keys_changes_them_in_one_transaction() -> None:
    held = RuleTables()
    rule = a_rule("r", "/a", "/b/…", action=to("one"))
    listener = Listener("l", "127.0.0.1", 1, (rule,))
    held.update(listener)
    steps = held.update(replace(listener, rules=(replace(rule, action=to("two")),)))
    assert [type(step) for step in steps] == [ReplaceTable]


def test_plain_prefixes_live_in_one_map_and_conditions_only_where_they_can_hold() -> None:
    plain = (a_rule("a", "/a/…"), a_rule("b", "/b/…"), a_rule("root", "/…"))
    assert not compile_tables(plain, Order.SPECIFIC).nodes
    with_host = (*plain, a_rule("h", conditions=asks("/a/x/…", host="*.test.org")))
    tables = compile_tables(with_host, Order.SPECIFIC)
    assert {key for key, value in tables.routes.items() if value.startswith("!n|")} == {"/a/x/"}
    assert len(tables.patterns) == 1


@given(first=named_rules(), second=named_rules())
@quick
def test_rules_kept_between_changes_are_what_a_new_start_would_compile(
    first: tuple[tuple[Rule, ...], Order], second: tuple[tuple[Rule, ...], Order]
) -> None:
    held = RuleTables()
    (before, order), (after, other) = first, second
    assume(order is other)
    held.update(Listener("l", "127.0.0.1", 1, before, order))
    changed = tuple(
        replace(rule, action=after[position % len(after)].action) if after and position % 2 else rule
        for position, rule in enumerate(before)
    )
    held.update(Listener("l", "127.0.0.1", 1, changed, order))
    wanted = compile_tables(changed, order)
    for table in ("routes", "nodes", "patterns"):
        assert held.tables("l").map_named(table) == wanted.map_named(table)
