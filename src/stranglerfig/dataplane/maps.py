"""From the maps that HAProxy holds to the ones it should hold, in an order that no request can notice (pure).

Nodes and patterns are named by content, so new ones are added first; then ``routes`` switches, by one command if one
key changed, else by a transaction; what nothing refers to any more is deleted last. Source: HAProxy management guide,
"prepare map", "commit map".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stranglerfig.dataplane.tables import Tables

TABLES = ("routes", "nodes", "patterns")


@dataclass(frozen=True, slots=True)
class SetEntry:
    """One key that exists gets another value, at once for all new requests."""

    table: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class AddEntries:
    """Keys that do not exist yet, in order."""

    table: str
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DeleteEntry:
    table: str
    key: str


@dataclass(frozen=True, slots=True)
class ReplaceTable:
    """A transaction: all entries at once."""

    table: str
    entries: tuple[tuple[str, str], ...]


Step = SetEntry | AddEntries | DeleteEntry | ReplaceTable


def plan_switch(old: Tables, new: Tables) -> list[Step]:
    """Empty when nothing differs."""
    steps: list[Step] = []
    for table in ("nodes", "patterns"):
        steps += additions(table, old.map_named(table), new.map_named(table))
    steps += _switch("routes", old.routes, new.routes)
    for table in ("nodes", "patterns"):
        steps += [DeleteEntry(table, key) for key in old.map_named(table) if key not in new.map_named(table)]
    return steps


def additions(table: str, old: Mapping[str, str], new: Mapping[str, str]) -> list[Step]:
    """What ``new`` has more or otherwise; what only ``old`` has stays."""
    steps: list[Step] = [SetEntry(table, key, value) for key, value in _changed(old, new)]
    added = tuple((key, value) for key, value in new.items() if key not in old)
    return [*steps, AddEntries(table, added)] if added else steps


def _switch(table: str, old: Mapping[str, str], new: Mapping[str, str]) -> list[Step]:
    changed = _changed(old, new)
    added = [(key, value) for key, value in new.items() if key not in old]
    removed = [key for key in old if key not in new]
    match len(changed) + len(added) + len(removed):
        case 0:
            return []
        case 1:
            sets: list[Step] = [SetEntry(table, key, value) for key, value in changed]
            adds: list[Step] = [AddEntries(table, tuple(added))] if added else []
            return [*sets, *adds, *(DeleteEntry(table, key) for key in removed)]
        case _:
            return [ReplaceTable(table, tuple(new.items()))]


def _changed(old: Mapping[str, str], new: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(key, value) for key, value in new.items() if key in old and old[key] != value]


def render_map(entries: Mapping[str, str]) -> str:
    """A map file: one ``key value`` a line."""
    return "".join(f"{key} {value}\n" for key, value in entries.items())


def parse_map(text: str) -> dict[str, str]:
    """The reverse of ``render_map``."""
    return dict(line.split(" ", 1) for line in text.splitlines() if line)


def set_command(path: str, key: str, value: str) -> str:
    return f"set map {path} {cli_word(key)} {cli_word(value)}"


def delete_command(path: str, key: str) -> str:
    return f"del map {path} {cli_word(key)}"


def cli_word(text: str) -> str:
    """One argument of HAProxy's command line, where a backslash takes away the next character's meaning."""
    return "".join(f"\\{character}" if character in "\\ ;\"'#" else character for character in text)
