"""CloudFormation templates as values, turned into a tree once and never pasted from text. Pure.

Sections and functions are those of the CloudFormation User Guide ("Template sections", "Intrinsic function reference").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, TypeVar, Union

DESCRIPTION = "aws:copilot:description"
VERSION = "2010-09-09"


@dataclass(frozen=True, slots=True)
class Ref:
    name: str


@dataclass(frozen=True, slots=True)
class GetAtt:
    """``attribute`` may have dots: ``Outputs.Name``."""

    name: str
    attribute: str


@dataclass(frozen=True, slots=True)
class Sub:
    """``${Name}`` and ``${Name.Attribute}`` stand for what is in ``values``, else for parameters and resources."""

    text: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """Any other function: ``name`` with its prefix, as in ``Fn::Join``."""

    name: str
    argument: Value


Value: TypeAlias = Union[
    "str", "int", "float", "bool", "Ref", "GetAtt", "Sub", "Call", "Sequence[Value]", "Mapping[str, Value]"
]
Tree = dict[str, object]


def literal(text: str) -> str:
    """A text of somebody else's inside that of a ``Sub``: nothing in it stands for something."""
    return text.replace("${", "${!")


def join(separator: str, *parts: Value) -> Call:
    return Call("Fn::Join", [separator, parts])


def select(at: int, values: Value) -> Call:
    return Call("Fn::Select", [at, values])


def split(separator: str, text: Value) -> Call:
    return Call("Fn::Split", [separator, text])


def import_value(name: Value) -> Call:
    return Call("Fn::ImportValue", name)


def either(condition: str, then: Value, otherwise: Value) -> Call:
    return Call("Fn::If", [condition, then, otherwise])


def equals(one: Value, other: Value) -> Call:
    return Call("Fn::Equals", [one, other])


def negation(condition: Value) -> Call:
    return Call("Fn::Not", [condition])


def conjunction(*conditions: Value) -> Call:
    """Of two to ten."""
    return Call("Fn::And", conditions)


def disjunction(*conditions: Value) -> Call:
    """Of two to ten."""
    return Call("Fn::Or", conditions)


def named(condition: str) -> Call:
    """Another condition inside a condition."""
    return Call("Condition", condition)


NO_VALUE = Ref("AWS::NoValue")
ACCOUNT, PARTITION, REGION = Ref("AWS::AccountId"), Ref("AWS::Partition"), Ref("AWS::Region")
STACK_NAME, URL_SUFFIX = Ref("AWS::StackName"), Ref("AWS::URLSuffix")


@dataclass(frozen=True, slots=True)
class Parameter:
    type: str = "String"
    default: str | None = None
    description: str | None = None
    allowed: tuple[str, ...] = ()
    no_echo: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """``description`` is what progress shows of it; a resource without one is not shown."""

    type: str
    properties: Mapping[str, Value] = field(default_factory=dict)
    description: str = ""
    condition: str | None = None
    depends_on: tuple[str, ...] = ()
    deletion_policy: str | None = None
    update_replace_policy: str | None = None
    metadata: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Output:
    value: Value
    export: Value | None = None
    condition: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part of a template, its entries by logical id."""

    resources: Mapping[str, Resource] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    conditions: Mapping[str, Value] = field(default_factory=dict)
    outputs: Mapping[str, Output] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Template:
    description: str
    body: Fragment
    metadata: Mapping[str, Value] = field(default_factory=dict)


E = TypeVar("E")


def assemble(*fragments: Fragment) -> Fragment:
    """One of many. Raises ``ValueError`` where two define the same logical id differently."""
    return Fragment(
        resources=_merged(fragment.resources for fragment in fragments),
        parameters=_merged(fragment.parameters for fragment in fragments),
        conditions=_merged(fragment.conditions for fragment in fragments),
        outputs=_merged(fragment.outputs for fragment in fragments),
    )


def _merged(parts: Iterator[Mapping[str, E]]) -> dict[str, E]:
    found: dict[str, E] = {}
    for part in parts:
        for name, entry in part.items():
            if found.setdefault(name, entry) != entry:
                raise ValueError(f"two parts of the template define {name}")
    return found


def to_tree(template: Template) -> Tree:
    """As JSON has it, in a stable order; empty sections and properties that are absent do not occur."""
    body = template.body
    sections: Tree = {
        "AWSTemplateFormatVersion": VERSION,
        "Description": template.description,
        "Metadata": to_value(template.metadata),
        "Parameters": {name: _parameter(one) for name, one in body.parameters.items()},
        "Conditions": to_value(body.conditions),
        "Resources": {name: _resource(one) for name, one in body.resources.items()},
        "Outputs": {name: _output(one) for name, one in body.outputs.items()},
    }
    return {name: section for name, section in sections.items() if section}


def to_value(value: Value) -> object:
    """With functions in their long form. The same for any part of a template."""
    match value:
        case Ref(name):
            return {"Ref": name}
        case GetAtt(name, attribute):
            return {"Fn::GetAtt": [name, attribute]}
        case Sub(text, values):
            return {"Fn::Sub": [text, to_value(values)] if values else text}
        case Call(name, argument):
            return {name: to_value(argument)}
        case str() | int() | float():
            return value
        case Mapping():
            return {name: to_value(one) for name, one in value.items()}
        case _:
            return [to_value(one) for one in value]


def present(**properties: Value | None) -> dict[str, Value]:
    """Those that are not None."""
    return {name: value for name, value in properties.items() if value is not None}


def tags(pairs: Mapping[str, Value]) -> list[Value]:
    """As most types have them."""
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def _parameter(one: Parameter) -> Tree:
    found: Tree = {"Type": one.type}
    if one.description is not None:
        found["Description"] = one.description
    if one.default is not None:
        found["Default"] = one.default
    if one.allowed:
        found["AllowedValues"] = list(one.allowed)
    if one.no_echo:
        found["NoEcho"] = True
    return found


def _resource(one: Resource) -> Tree:
    metadata = {**({DESCRIPTION: one.description} if one.description else {}), **one.metadata}
    found: Tree = {
        "Metadata": to_value(metadata),
        "Type": one.type,
        "Condition": one.condition,
        "DependsOn": list(one.depends_on),
        "DeletionPolicy": one.deletion_policy,
        "UpdateReplacePolicy": one.update_replace_policy,
        "Properties": to_value(one.properties),
    }
    return {name: value for name, value in found.items() if value}


def _output(one: Output) -> Tree:
    found: Tree = {"Description": one.description, "Condition": one.condition, "Value": to_value(one.value)}
    if one.export is not None:
        found["Export"] = {"Name": to_value(one.export)}
    return {name: value for name, value in found.items() if value is not None}
