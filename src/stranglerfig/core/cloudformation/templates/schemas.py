"""Shapes of properties and attributes, and the short writing of them in resource_tables (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

TOKEN = re.compile(r"\s*([A-Za-z0-9_.]+!?:|[a-z\[\]<>{}])")


@dataclass(frozen=True, slots=True)
class Shape:
    """``kind``: s, i, n, b as the table writes them; ``[`` a list, ``<`` one whose order says nothing, ``{`` an object;
    j for whatever JSON can say."""

    kind: str
    item: Shape | None = None
    members: Mapping[str, Shape] = field(default_factory=dict)
    required: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Schema:
    """Paths are dotted. The object is that of the properties."""

    create_only: frozenset[str]
    conditional_create_only: frozenset[str]
    attributes: Mapping[str, Shape]
    properties: Shape


def read_table(text: str) -> dict[str, Schema]:
    """By name of type."""
    return {block.partition("\n")[0]: _schema(block) for block in re.split(r"\n(?=\S)", text.strip())}


def read_members(text: str) -> Shape:
    """Members of an object, without its braces."""
    return _object(iter([*TOKEN.findall(text), "}"]))


def _schema(block: str) -> Schema:
    fields = dict(re.findall(r"^  (\S+) (.*(?:\n    .*)*)", block, re.MULTILINE))
    return Schema(
        create_only=frozenset(fields.get("create-only", "").split()),
        conditional_create_only=frozenset(fields.get("conditional", "").split()),
        attributes=read_members(fields.get("attributes", "")).members,
        properties=read_members(fields.get("properties", "")),
    )


def _object(tokens: Iterator[str]) -> Shape:
    members: dict[str, Shape] = {}
    required: set[str] = set()
    for token in tokens:
        if token == "}":
            break
        name = token.rstrip("!:")
        members[name] = _shape(tokens)
        if token.endswith("!:"):
            required.add(name)
    return Shape("{", members=members, required=frozenset(required))


def _shape(tokens: Iterator[str]) -> Shape:
    kind = next(tokens)
    if kind == "{":
        return _object(tokens)
    if kind in "[<":
        item = _shape(tokens)
        next(tokens)
        return Shape(kind, item)
    return Shape(kind)
