"""Types of resources that a stack may hold, and what their schemas say (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

from stranglerfig.core.cloudformation.resource_tables import (
    connections,
    identities,
    networks,
    refactor_spaces,
    surroundings,
)
from stranglerfig.core.cloudformation.templates.differences import Difference, difference_of
from stranglerfig.core.cloudformation.templates.schemas import Schema, Shape, read_table
from stranglerfig.core.cloudformation.templates.scope import UNKNOWN

__all__ = ["Difference", "Kind", "ResourceType", "changed_paths", "find_type", "known_types", "problems_of"]

SPELT = {"s": "String", "i": "Integer", "n": "Number", "b": "Boolean", "[": "List", "<": "List", "{": "Map"}
REAL_PREFIX = "AWS::RefactorSpaces::"


class Kind(Enum):
    """REAL resources do something; a RECORD has the right shape and does nothing."""

    REAL = "real"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class ResourceType:
    """Paths are dotted, as ``UriPathRoute.SourcePath``."""

    name: str
    kind: Kind
    schema: Schema

    @property
    def properties(self) -> Mapping[str, Shape]:
        return self.schema.properties.members

    @property
    def required(self) -> frozenset[str]:
        return self.schema.properties.required

    @property
    def create_only(self) -> frozenset[str]:
        return self.schema.create_only

    @property
    def conditional_create_only(self) -> frozenset[str]:
        return self.schema.conditional_create_only

    @property
    def read_only(self) -> frozenset[str]:
        """Attributes for Fn::GetAtt."""
        return frozenset(self.schema.attributes)


def find_type(name: str) -> ResourceType | None:
    """None: a type that fails the stack with its name."""
    schema = _schemas().get(name)
    if schema is None:
        return None
    return ResourceType(name, Kind.REAL if name.startswith(REAL_PREFIX) else Kind.RECORD, schema)


def known_types() -> tuple[str, ...]:
    return tuple(sorted(_schemas()))


def problems_of(type_: ResourceType, properties: Mapping[str, Any]) -> tuple[str, ...]:
    """What its schema has against evaluated properties; UNKNOWN passes for anything."""
    return tuple(_problems(type_.schema.properties, properties, ""))


def changed_paths(type_: ResourceType, before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """Of properties as evaluated. UNKNOWN counts as changed, and where it may or may not mean a replacement, as
    Conditional."""
    return difference_of(type_.schema, before, after)


@cache
def _schemas() -> dict[str, Schema]:
    tables = (refactor_spaces, networks, connections, identities, surroundings)
    return {name: schema for table in tables for name, schema in read_table(table.TABLE).items()}


def _problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if value is UNKNOWN or shape.kind == "j":
        return
    if not _is_of(shape.kind, value):
        yield f"Value of property {path} must be of type {SPELT[shape.kind]}"
    elif shape.kind == "{":
        yield from _problems_of_object(shape, value, path)
    elif shape.item is not None:
        for number, inner in enumerate(value):
            yield from _problems(shape.item, inner, _below(path, str(number)))


def _problems_of_object(shape: Shape, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for key in value:
        if key not in shape.members:
            yield f"Encountered unsupported property {_below(path, key)}"
    for key in sorted(shape.required - set(value)):
        yield f"Property {_below(path, key)} is required"
    for key, inner in value.items():
        if key in shape.members:
            yield from _problems(shape.members[key], inner, _below(path, key))


def _is_of(kind: str, value: Any) -> bool:
    match kind:
        case "s":
            return isinstance(value, str)
        case "b":
            return isinstance(value, bool)
        case "i":
            return isinstance(value, int) and not isinstance(value, bool)
        case "n":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "{":
            return isinstance(value, dict)
    return isinstance(value, list)


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
