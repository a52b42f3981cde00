"""What a template declares, in the order of its text (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ParameterDeclaration:
    """Lengths and bounds are numbers, everything else is text as CloudFormation keeps it."""

    name: str
    type: str
    default: str | None = None
    allowed_values: tuple[str, ...] = ()
    allowed_pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_value: float | None = None
    max_value: float | None = None
    description: str | None = None
    constraint_description: str | None = None
    no_echo: bool = False


@dataclass(frozen=True, slots=True)
class ResourceDeclaration:
    """``properties`` are as written, functions and all."""

    name: str
    type: str
    properties: Mapping[str, Any]
    depends_on: tuple[str, ...] = ()
    condition: str | None = None
    deletion_policy: str = "Delete"
    update_replace_policy: str = "Delete"
    metadata: Any = None


@dataclass(frozen=True, slots=True)
class OutputDeclaration:
    name: str
    value: Any
    description: str | None = None
    export_name: Any = None
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """``mappings`` are map, then top-level key, then second-level key; ``conditions`` are as written."""

    description: str | None
    metadata: Any
    parameters: Mapping[str, ParameterDeclaration]
    mappings: Mapping[str, Mapping[str, Mapping[str, Any]]]
    conditions: Mapping[str, Any]
    resources: Mapping[str, ResourceDeclaration]
    outputs: Mapping[str, OutputDeclaration]
