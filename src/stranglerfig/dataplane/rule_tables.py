"""The tables of all listeners, kept between changes so that a change costs what it changes (pure)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from stranglerfig.core.routing.rules import Rule
from stranglerfig.core.topology import Listener
from stranglerfig.dataplane.maps import DeleteEntry, ReplaceTable, SetEntry, Step, additions, plan_switch
from stranglerfig.dataplane.neighbourhood import Neighbourhood, boundary_keys, is_local
from stranglerfig.dataplane.tables import Tables, compile_tables

#: up to this many entries a transaction is quick enough for every change that touches several keys
_TRANSACTION_LIMIT = 2_000
#: more rules than this at once are compiled with all the others
_LOCAL_LIMIT = 50


@dataclass(slots=True)
class _Held:
    listener: Listener
    tables: Tables
    #: made when first needed, and only while all rules are simple
    neighbourhood: Neighbourhood | None = None


class RuleTables:
    """By listener name, the rules and what they were compiled to."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}

    def tables(self, listener: str) -> Tables:
        return self._held[listener].tables

    def update(self, listener: Listener) -> list[Step]:
        """The steps from what was held to this; for a new listener there are none, as HAProxy reads its files."""
        held = self._held.get(listener.name)
        if held is None:
            self._held[listener.name] = _Held(listener, compile_tables(listener.rules, listener.order))
            return []
        if held.listener.order is not listener.order:
            # a proxy that was deleted and made anew
            return self._recompile(held, listener)
        if held.listener.rules is listener.rules:
            return []
        changes = _changes(held.listener.rules, listener.rules)
        if changes is None or len(changes) > _LOCAL_LIMIT:
            return self._recompile(held, listener)
        if all(old and new and _same_but_action(old, new) for old, new in changes):
            held.listener = listener
            return _with_actions(held.tables, [new for _, new in changes if new])
        if held.tables.patterns or not all(is_local(rule) for pair in changes for rule in pair if rule):
            return self._recompile(held, listener)
        return _change_locally(held, listener, changes)

    def keep_only(self, listeners: Collection[str]) -> None:
        self._held = {name: held for name, held in self._held.items() if name in listeners}

    def _recompile(self, held: _Held, listener: Listener) -> list[Step]:
        wanted = compile_tables(listener.rules, listener.order)
        self._held[listener.name] = _Held(listener, wanted)
        return plan_switch(held.tables, wanted)


def _changes(before: Sequence[Rule], after: Sequence[Rule]) -> list[tuple[Rule | None, Rule | None]] | None:
    """Old and new of every rule that differs; None when rules that stay have changed places, which breaks ties."""
    old = {rule.id: rule for rule in before}
    new = {rule.id: rule for rule in after}
    if [name for name in old if name in new] != [name for name in new if name in old]:
        return None
    gone: list[tuple[Rule | None, Rule | None]] = [(rule, None) for name, rule in old.items() if name not in new]
    # Equal ones may be other objects: the default rule is made anew with every change.
    return gone + [(old.get(name), rule) for name, rule in new.items() if not _is_same(old.get(name), rule)]


def _is_same(old: Rule | None, new: Rule) -> bool:
    return old is new or old == new


def _same_but_action(old: Rule, new: Rule) -> bool:
    return (old.conditions, old.priority) == (new.conditions, new.priority)


def _change_locally(held: _Held, listener: Listener, changes: Sequence[tuple[Rule | None, Rule | None]]) -> list[Step]:
    """Compile the neighbours of what changed, and take from that the regions which can differ."""
    if held.neighbourhood is None:
        held.neighbourhood = Neighbourhood(held.listener.rules)
    touched = {key for pair in changes for rule in pair if rule for key in boundary_keys(rule)}
    for old, new in changes:
        held.neighbourhood.replace(old, new)
    around = held.neighbourhood.around(touched)
    near = compile_tables([rule for rule in listener.rules if rule.id in around], listener.order)
    before = {table: dict(held.tables.map_named(table)) for table in ("nodes", "routes")}
    taken, gone = held.tables.take_regions(near, tuple(touched))
    held.listener = listener
    steps = [step for table, known in before.items() for step in additions(table, known, taken.map_named(table))]
    steps += [DeleteEntry("routes", key) for key in gone]
    steps += [DeleteEntry("nodes", key) for key in held.tables.drop_unused_nodes()]
    return _in_one_go(held.tables, steps)


def _with_actions(tables: Tables, rules: list[Rule]) -> list[Step]:
    steps: list[Step] = []
    for rule in rules:
        for place in tables.places_of(rule.id):
            entries, value = tables.map_named(place.table), place.value(rule)
            if entries[place.key] != value:
                entries[place.key] = value
                steps.append(SetEntry(place.table, place.key, value))
    return _in_one_go(tables, steps)


def _in_one_go(tables: Tables, steps: list[Step]) -> list[Step]:
    """Several changes of ``routes`` as one transaction, unless the table is large: then one after the other."""
    in_routes = [step for step in steps if step.table == "routes"]
    if len(in_routes) < 2 or len(tables.routes) > _TRANSACTION_LIMIT:
        return steps
    before = [step for step in steps if step.table != "routes" and not isinstance(step, DeleteEntry)]
    after = [step for step in steps if step.table != "routes" and isinstance(step, DeleteEntry)]
    return [*before, ReplaceTable("routes", tuple(tables.routes.items())), *after]
