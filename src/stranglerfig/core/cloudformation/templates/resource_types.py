"""Types of resources that a stack may hold, and what their schemas say (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Kind(Enum):
    """REAL resources do something; a RECORD has the right shape and does nothing."""

    REAL = "real"
    RECORD = "record"


@dataclass(frozen=True, slots=True)
class ResourceType:
    """Paths are dotted, as ``UriPathRoute.SourcePath``. ``read_only`` are the attributes for GetAtt."""

    name: str
    kind: Kind
    properties: Mapping[str, Any]
    required: frozenset[str]
    create_only: frozenset[str]
    conditional_create_only: frozenset[str]
    read_only: frozenset[str]


@dataclass(frozen=True, slots=True)
class Difference:
    """``changed``: names of properties. ``replacement``: True, False or Conditional, as change sets spell it."""

    changed: tuple[str, ...]
    replacement: str


def find_type(name: str) -> ResourceType | None:
    """None: a type that fails the stack with its name."""
    raise NotImplementedError


def problems_of(type_: ResourceType, properties: Mapping[str, Any]) -> tuple[str, ...]:
    """What its schema has against evaluated properties; UNKNOWN passes for anything."""
    raise NotImplementedError


def changed_paths(type_: ResourceType, before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """UNKNOWN counts as changed, and what may or may not be replaced for it as Conditional."""
    raise NotImplementedError
