"""A change compiled by itself gives the same tables as compiling everything anew."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stranglerfig.core.routing.rules import (
    Conditions,
    Forward,
    HeaderCondition,
    Order,
    PathCondition,
    PathExact,
    PathPattern,
    PathPrefix,
    PathTemplate,
    Rule,
    WeightedGroup,
)
from stranglerfig.core.topology import Listener
from stranglerfig.dataplane.maps import AddEntries, DeleteEntry, ReplaceTable, SetEntry, Step
from stranglerfig.dataplane.rule_tables import RuleTables
from stranglerfig.dataplane.tables import Tables, compile_tables
from stranglerfig.errors import UsageError
from tests.effort import amount

parts = st.sampled_from(("a", "b", "ab", "c.d"))
paths = st.lists(parts, max_size=3).map(lambda found: "/" + "/".join(found))
path_conditions: st.SearchStrategy[PathCondition] = st.one_of(
    paths.map(PathPrefix),
    paths.map(PathPrefix),
    paths.map(PathExact),
    paths.map(PathPattern),
    paths.map(lambda path: PathPattern(f"{path}*")),
    paths.map(lambda path: PathTemplate(f"{path.rstrip('/')}/{{id}}")),
)
forwards = st.lists(st.integers(0, 3), min_size=2, max_size=2).map(
    lambda weights: Forward((WeightedGroup("new", weights[0] + 1), WeightedGroup("old", weights[1])))
)
methods = st.sampled_from(((), (), ("GET",), ("POST", "PUT")))


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    number = draw(st.integers(0, 9))
    conditions = Conditions(tuple(draw(st.lists(path_conditions, min_size=1, max_size=2))), draw(methods))
    return Rule(f"r{number}", conditions, draw(forwards), priority=number + 1)


tables_of_rules = st.lists(rules(), max_size=8, unique_by=lambda rule: rule.id).map(tuple)


def edited(before: tuple[Rule, ...], rule: Rule) -> tuple[Rule, ...]:
    """The rule in the place of its former self, or at the end; a rule that is there just so goes."""
    if rule in before:
        return tuple(one for one in before if one != rule)
    if any(one.id == rule.id for one in before):
        return tuple(rule if one.id == rule.id else one for one in before)
    return (*before, rule)


def carry_out(tables: Tables, steps: list[Step]) -> None:
    """What HAProxy does; it refuses to change what is not there, as a KeyError does here."""
    for step in steps:
        entries = tables.map_named(step.table)
        match step:
            case SetEntry(_, key, value):
                assert key in entries
                entries[key] = value
            case AddEntries(_, added):
                assert not entries.keys() & dict(added).keys()
                entries.update(added)
            case DeleteEntry(_, key):
                del entries[key]
            case ReplaceTable(_, wanted):
                entries.clear()
                entries.update(wanted)


@pytest.mark.torture
@given(tables_of_rules, st.lists(rules(), min_size=1, max_size=6), st.sampled_from(Order))
@settings(max_examples=amount(100, 400), deadline=None)
def test_a_chain_of_changes_ends_where_compiling_everything_would(
    first: tuple[Rule, ...], edits: list[Rule], order: Order
) -> None:
    kept = RuleTables()
    listener = Listener("l", "127.0.0.1", 80, first, order)
    kept.update(listener)
    haproxy = compile_tables(first, order)
    for rule in edits:
        listener = replace(listener, rules=edited(listener.rules, rule))
        carry_out(haproxy, kept.update(listener))
        wanted = compile_tables(listener.rules, order)
        for table in ("routes", "nodes", "patterns"):
            assert haproxy.map_named(table) == wanted.map_named(table)
            assert kept.tables("l").map_named(table) == wanted.map_named(table)
        for one in listener.rules:
            assert set(kept.tables("l").places_of(one.id)) == set(wanted.places_of(one.id))


def test_one_rule_among_many_is_compiled_with_its_neighbours_only() -> None:
    many = tuple(
        Rule(f"r{number}", Conditions((PathPrefix(f"/s{number}"),)), Forward((WeightedGroup("g"),)))
        for number in range(3_000)
    )
    kept = RuleTables()
    listener = Listener("l", "127.0.0.1", 80, many)
    kept.update(listener)
    new = Rule("new", Conditions((PathPrefix("/s7/below"),), ("GET",)), Forward((WeightedGroup("h"),)))
    steps = kept.update(replace(listener, rules=(*many, new)))
    assert [type(step) for step in steps] == [AddEntries, AddEntries]
    assert [step.table for step in steps] == ["nodes", "routes"]


def test_a_listener_that_comes_back_with_another_order_is_compiled_anew() -> None:
    wide = Rule("wide", Conditions((PathPrefix("/a"),)), Forward((WeightedGroup("g"),)), priority=1)
    narrow = Rule("narrow", Conditions((PathPrefix("/a/b"),)), Forward((WeightedGroup("h"),)), priority=2)
    kept = RuleTables()
    listener = Listener("l", "127.0.0.1", 80, (wide, narrow))
    kept.update(listener)
    assert kept.tables("l").routes["/a/b/"] == "g.h"
    kept.update(replace(listener, order=Order.PRIORITY))
    assert kept.tables("l").routes == compile_tables((wide, narrow), Order.PRIORITY).routes


def test_a_rule_whose_conditions_do_not_fit_into_one_command_is_refused() -> None:
    header = HeaderCondition("x-user", tuple(f"{number:0128}" for number in range(100)))
    rule = Rule("wordy", Conditions((PathPrefix("/"),), headers=(header,)), Forward((WeightedGroup("g"),)))
    with pytest.raises(UsageError, match="rule wordy has conditions of"):
        compile_tables((rule,), Order.SPECIFIC)
