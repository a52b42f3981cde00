"""The tables of all listeners, kept between changes so that a changed weight costs what it changes (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from stranglerfig.core.routing.rules import Rule
from stranglerfig.core.topology import Listener
from stranglerfig.dataplane.maps import ReplaceTable, SetEntry, Step, plan_switch
from stranglerfig.dataplane.tables import Tables, compile_tables

#: up to this many entries a transaction is quick enough for every change that touches several keys
_TRANSACTION_LIMIT = 2_000


class RuleTables:
    """By listener name, the rules and what they were compiled to."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[Listener, Tables]] = {}

    def tables(self, listener: str) -> Tables:
        return self._held[listener][1]

    def update(self, listener: Listener) -> list[Step]:
        """The steps from what was held to this; for a new listener there are none, as HAProxy reads its files."""
        held = self._held.get(listener.name)
        if held is None:
            self._held[listener.name] = (listener, compile_tables(listener.rules, listener.order))
            return []
        before, tables = held
        if before.rules is listener.rules:
            return []
        changed = _changed_actions(before, listener)
        if changed is None:
            wanted = compile_tables(listener.rules, listener.order)
            self._held[listener.name] = (listener, wanted)
            return plan_switch(tables, wanted)
        self._held[listener.name] = (listener, tables)
        return _with_actions(tables, changed)

    def keep_only(self, listeners: Mapping[str, Listener]) -> None:
        self._held = {name: held for name, held in self._held.items() if name in listeners}


def _changed_actions(before: Listener, after: Listener) -> list[Rule] | None:
    """The rules that differ in their action only; None when anything else differs."""
    if len(before.rules) != len(after.rules) or before.order is not after.order:
        return None
    changed = [new for old, new in zip(before.rules, after.rules, strict=True) if old is not new]
    known = {rule.id: rule for rule in before.rules} if changed else {}
    for rule in changed:
        old = known.get(rule.id)
        if old is None or (old.conditions, old.priority) != (rule.conditions, rule.priority):
            return None
    order_kept = all(old.id == new.id for old, new in zip(before.rules, after.rules, strict=True))
    return changed if order_kept else None


def _with_actions(tables: Tables, rules: list[Rule]) -> list[Step]:
    steps: list[Step] = []
    for rule in rules:
        for place in tables.places.get(rule.id, []):
            entries, value = tables.map_named(place.table), place.value(rule)
            if entries[place.key] != value:
                entries[place.key] = value
                steps.append(SetEntry(place.table, place.key, value))
    in_routes = sum(isinstance(step, SetEntry) and step.table == "routes" for step in steps)
    if in_routes > 1 and len(tables.routes) <= _TRANSACTION_LIMIT:
        others = [step for step in steps if not (isinstance(step, SetEntry) and step.table == "routes")]
        return [*others, ReplaceTable("routes", tuple(tables.routes.items()))]
    return steps
