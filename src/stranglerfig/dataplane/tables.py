"""A listener's rules as the three maps that HAProxy asks (pure).

``routes`` (``map_beg``, see ``regions``) answers most requests at once. Where method or other conditions decide,
its value is ``!n|NODE|GENERATION``. Then ``nodes`` has the winner for the method and that value, else for ``*`` and
that value; and, if there is a generation, ``patterns`` (``map_reg``, see ``conditions``) has the first complex rule
that matches. In that case both end in ``|rank``, and the lower rank wins.

Nodes and generations are named by what they hold, so that old and new ones stand side by side while a change is made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from stranglerfig.core.routing.precedence import Alternative, ordered
from stranglerfig.core.routing.rules import Order, PathExact, PathTemplate, Rule
from stranglerfig.dataplane.actions import NO_RULE, as_spec, value_of
from stranglerfig.dataplane.conditions import alternative_regex
from stranglerfig.dataplane.regions import SLASH_END, Region, is_simple, regions
from stranglerfig.errors import UsageError

ANY_METHOD = "*"
#: with its value it has to fit into one command; see ``master_socket.PAYLOAD_LIMIT``
LONGEST_PATTERN = 12_000


@dataclass(frozen=True, slots=True)
class Place:
    """One map entry whose value is a rule's action. ``rank`` is appended unless None."""

    table: str
    key: str
    drop_slash: bool
    rank: int | None = None

    def value(self, rule: Rule) -> str:
        value = value_of(rule, drop_slash=self.drop_slash)
        if self.table == "routes":
            return value
        return as_spec(value) if self.rank is None else f"{as_spec(value)}|{self.rank}"


@dataclass(slots=True)
class Tables:
    """The maps, key to value; ``patterns`` in order of evaluation. It knows where each rule's action stands."""

    routes: dict[str, str] = field(default_factory=dict)
    nodes: dict[str, str] = field(default_factory=dict)
    patterns: dict[str, str] = field(default_factory=dict)
    _places: dict[str, dict[tuple[str, str], Place]] = field(default_factory=dict)
    _owners: dict[tuple[str, str], str] = field(default_factory=dict)

    def map_named(self, table: str) -> dict[str, str]:
        return {"routes": self.routes, "nodes": self.nodes, "patterns": self.patterns}[table]

    def put(self, place: Place, rule: Rule) -> None:
        self._put(place, rule.id, place.value(rule))

    def places_of(self, rule: str) -> list[Place]:
        return list(self._places.get(rule, {}).values())

    def take_regions(self, source: Tables, starts: tuple[str, ...]) -> tuple[Tables, set[str]]:
        """All regions whose key begins with one of ``starts`` become as in ``source``; their nodes come along.

        Returns the entries that were added or changed, and the keys of ``routes`` that are gone.
        """
        gone = {key for key in self.routes if key.startswith(starts) and key not in source.routes}
        for key in gone:
            self.drop("routes", key)
        within = {key: value for key, value in source.routes.items() if key.startswith(starts)}
        values = set(within.values())
        nodes = {key: value for key, value in source.nodes.items() if key[key.rindex("!n|") :] in values}
        taken = Tables(self._differing("routes", within), self._differing("nodes", nodes))
        # those of equal value come along too: another rule may stand behind it
        for table, keys in (("routes", within), ("nodes", nodes)):
            for key in keys:
                self._copy(table, key, source)
        return taken, gone

    def _differing(self, table: str, entries: dict[str, str]) -> dict[str, str]:
        held = self.map_named(table)
        return {key: value for key, value in entries.items() if held.get(key) != value}

    def drop_unused_nodes(self) -> set[str]:
        """The keys of nodes that no region refers to any more."""
        used = {value for value in self.routes.values() if value.startswith("!n|")}
        unused = {key for key in self.nodes if key[key.rindex("!n|") :] not in used}
        for key in unused:
            self.drop("nodes", key)
        return unused

    def drop(self, table: str, key: str) -> None:
        del self.map_named(table)[key]
        if owner := self._owners.pop((table, key), None):
            del self._places[owner][table, key]

    def _copy(self, table: str, key: str, source: Tables) -> None:
        if key in self.map_named(table):
            self.drop(table, key)
        owner = source._owners.get((table, key))
        if owner is None:
            self.map_named(table)[key] = source.map_named(table)[key]
        else:
            self._put(source._places[owner][table, key], owner, source.map_named(table)[key])

    def _put(self, place: Place, rule: str, value: str) -> None:
        self.map_named(place.table)[place.key] = value
        self._places.setdefault(rule, {})[place.table, place.key] = place
        self._owners[place.table, place.key] = rule


def compile_tables(rules: Sequence[Rule], order: Order) -> Tables:
    """All of a listener's rules; every path falls into some region, so no look-up of a path ever finds nothing."""
    alternatives = ordered(rules, order)
    tables = Tables()
    complex_ranks = [rank for rank, alternative in enumerate(alternatives) if not is_simple(alternative)]
    generation = _put_patterns(tables, alternatives, complex_ranks)
    for region in regions(alternatives):
        _put_region(tables, alternatives, region, generation)
    return tables


def _put_patterns(tables: Tables, alternatives: Sequence[Alternative], ranks: Sequence[int]) -> str:
    """The generation is a digest of everything that the order depends on, ranks included."""
    if not ranks:
        return ""
    content = repr([(rank, alternatives[rank].rule.conditions, alternatives[rank].path) for rank in ranks])
    generation = f"c{_digest(content)}"
    for rank in ranks:
        alternative = alternatives[rank]
        key = alternative_regex(generation, alternative)
        if len(key) > LONGEST_PATTERN:
            raise UsageError(
                f"rule {alternative.rule.id} has conditions of {len(key)} characters once they are one expression: "
                f"HAProxy takes {LONGEST_PATTERN}",
                hint="Make several routes of it, each with some of the values.",
            )
        if key not in tables.patterns:
            tables.put(Place("patterns", key, _ends_exactly(alternative), rank), alternative.rule)
    return generation


def _put_region(tables: Tables, alternatives: Sequence[Alternative], region: Region, generation: str) -> None:
    winners = _winners(alternatives, region)
    everyone = winners.get(ANY_METHOD)
    open_to_patterns = region.first_complex is not None and (everyone is None or region.first_complex < everyone)
    if len(winners) == 1 and everyone is not None and not open_to_patterns:
        rule = alternatives[everyone].rule
        tables.put(Place("routes", region.key, _drops_slash(alternatives[everyone], region.key)), rule)
    elif not winners and not open_to_patterns:
        tables.routes[region.key] = NO_RULE
    else:
        held_by = generation if open_to_patterns else ""
        tables.routes[region.key] = _put_node(tables, alternatives, winners, region.key, held_by)


def _winners(alternatives: Sequence[Alternative], region: Region) -> dict[str, int]:
    """Method to rank; ``*`` for all that are not named. A rule for all methods ends the search."""
    winners: dict[str, int] = {}
    for rank in region.simple:
        methods = alternatives[rank].rule.conditions.methods
        if not methods:
            winners[ANY_METHOD] = rank
            break
        for method in methods:
            winners.setdefault(method, rank)
    return winners


def _put_node(
    tables: Tables, alternatives: Sequence[Alternative], winners: dict[str, int], key: str, generation: str
) -> str:
    """The value for ``routes``. Ranks change with every rule that comes or goes, so only open regions have them."""
    places = {
        method: Place("nodes", method, _drops_slash(alternatives[rank], key), rank if generation else None)
        for method, rank in winners.items()
    }
    content = [(place, alternatives[winners[method]].rule.id) for method, place in places.items()]
    value = f"!n|n{_digest(repr(content))}|{generation}"
    for method, place in places.items():
        named = replace(place, key=f"{method}{value}")
        if named.key not in tables.nodes:
            tables.put(named, alternatives[winners[method]].rule)
    return value


def _ends_exactly(alternative: Alternative) -> bool:
    path = alternative.path
    return isinstance(path, PathExact) or (isinstance(path, PathTemplate) and not path.children)


def _drops_slash(alternative: Alternative, key: str) -> bool:
    return key.endswith(SLASH_END) and key != SLASH_END and _ends_exactly(alternative)


def _digest(text: str) -> str:
    return hashlib.blake2s(text.encode(), digest_size=6).hexdigest()
