"""What a value of a template refers to (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from stranglerfig.core.cloudformation.templates.calls import (
    LOGIC,
    attribute_parts,
    call_of,
    sub_parts,
    unsupported,
    variables_of,
)
from stranglerfig.core.cloudformation.templates.declarations import Template
from stranglerfig.core.cloudformation.templates.tree import invalid

#: Every template has them.
PSEUDO_PARAMETERS = frozenset(
    f"AWS::{name}"
    for name in ("AccountId", "NoValue", "NotificationARNs", "Partition", "Region", "StackId", "StackName", "URLSuffix")
)


class Of(Enum):
    """What kind of thing a name stands for. NAME: a parameter, pseudo parameter or resource."""

    NAME = "name"
    ATTRIBUTE = "attribute"
    CONDITION = "condition"
    MAPPING = "mapping"
    EXPORT = "export"
    ZONES = "zones"


@dataclass(frozen=True, slots=True)
class Reference:
    """``attribute`` is None where it is not known before a Ref is evaluated; of an export, nothing is known."""

    of: Of
    name: str
    attribute: str | None = None


def references_in(value: Any) -> Iterator[Reference]:
    """Of a value outside of Conditions. ``Fault`` for functions that are malformed or do not belong there."""
    call = call_of(value)
    if call is not None:
        name, argument = call
        if name in LOGIC:
            raise unsupported(name)
        yield from _of_call(name, argument)
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from references_in(inner)


def references_in_condition(value: Any) -> Iterator[Reference]:
    """Of a condition or an operand of one, which must be either a function of logic or another condition's name."""
    if isinstance(value, dict) and list(value) == ["Condition"] and isinstance(value["Condition"], str):
        yield Reference(Of.CONDITION, value["Condition"])
        return
    call = call_of(value)
    if call is None or call[0] not in LOGIC:
        raise invalid(
            "Template format error: Conditions can only be boolean operations on parameters and other conditions"
        )
    name, operands = call
    for operand in operands:
        yield from references_in(operand) if name == "Fn::Equals" else references_in_condition(operand)


def dependencies(template: Template) -> dict[str, frozenset[str]]:
    """Of each resource on others, by DependsOn, Ref, GetAtt and Sub, whichever way conditions go."""
    return {
        name: frozenset(
            (
                *resource.depends_on,
                *(
                    found.name
                    for found in references_in(resource.properties)
                    if found.of in (Of.NAME, Of.ATTRIBUTE) and found.name in template.resources
                ),
            )
        )
        for name, resource in template.resources.items()
    }


def _of_call(name: str, argument: Any) -> Iterator[Reference]:
    match name:
        case "Ref":
            yield Reference(Of.NAME, argument)
        case "Fn::GetAtt":
            resource, attribute = attribute_parts(argument)
            yield Reference(Of.ATTRIBUTE, resource, attribute if isinstance(attribute, str) else None)
            yield from references_in(attribute)
        case "Fn::Sub":
            yield from _of_sub(argument)
        case "Fn::If":
            yield Reference(Of.CONDITION, argument[0])
            yield from references_in(argument[1:])
        case "Fn::FindInMap":
            if isinstance(argument[0], str):
                yield Reference(Of.MAPPING, argument[0])
            yield from references_in(argument)
        case "Fn::ImportValue":
            _check_import(argument)
            yield Reference(Of.EXPORT, "")
            yield from references_in(argument)
        case "Fn::GetAZs":
            yield Reference(Of.ZONES, "")
            yield from references_in(argument)
        case _:
            yield from references_in(argument)


def _of_sub(argument: Any) -> Iterator[Reference]:
    text, own = sub_parts(argument)
    for name in variables_of(text):
        if name in own:
            continue
        resource, dot, attribute = name.partition(".")
        yield Reference(Of.ATTRIBUTE, resource, attribute) if dot else Reference(Of.NAME, name)
    for value in own.values():
        yield from references_in(value)


def _check_import(argument: Any) -> None:
    if any(found.of in (Of.ATTRIBUTE, Of.EXPORT, Of.ZONES) for found in references_in(argument)):
        raise invalid(
            "Template error: the attribute in Fn::ImportValue must not depend on any resources, imported values, "
            "or Fn::GetAZs"
        )
