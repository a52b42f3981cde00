"""A kind's declaration as JSON Schema (2020-12), for editors. Pure.

It says what a field may hold, not what several fields must be together: that is what the rules are for.
"""

from __future__ import annotations

from typing import Any

from stranglerfig.manifest.schema import (
    Boolean,
    Duration,
    Field,
    Form,
    Integer,
    KindDeclaration,
    ListOf,
    MapOf,
    Number,
    OneOf,
    Section,
    Text,
)

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: What stands where a number, a boolean or one of several words is wanted may come from a variable.
VARIABLE = {"type": "string", "pattern": r"\$\{[_a-zA-Z][_a-zA-Z0-9]*\}"}
VARIABLE_REF = {"$ref": "#/$defs/variable"}
#: What Copilot's own manifests write; editors take them for texts.
OLDER_BOOLEANS = ["on", "off", "yes", "no"]
DURATION = r"^[-+]?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$"


def to_json_schema(kind: KindDeclaration) -> Schema:
    whole = section_schema(kind.section, is_override=False)
    definitions: Schema = {"variable": VARIABLE}
    if kind.has_environments:
        fields = tuple(field for field in kind.section.fields if field.name not in kind.fixed)
        definitions["override"] = section_schema(Section(fields), is_override=True)
        whole["properties"]["environments"] = {
            "description": "Overrides by environment.",
            "type": ["object", "null"],
            "additionalProperties": {"anyOf": [{"$ref": "#/$defs/override"}, {"type": "null"}]},
        }
    if "type" in whole["properties"]:
        whole["properties"]["type"]["const"] = kind.name
    return {"$schema": DIALECT, "title": kind.name, **whole, "$defs": definitions}


def section_schema(section: Section, *, is_override: bool) -> Schema:
    """No field of an override is required."""
    properties: Schema = {}
    required = []
    for field in section.fields:
        properties[field.name] = field_schema(field, is_override=is_override)
        if field.spelt is not None:
            properties[field.spelt] = {**properties[field.name], "deprecated": True}
        elif field.required and not is_override:
            required.append(field.name)
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": required} if required else schema


def field_schema(field: Field, *, is_override: bool) -> Schema:
    schema = dict(form_schema(field.form, is_override=is_override))
    if field.doc:
        schema["description"] = field.doc
    if field.default is not None:
        schema["default"] = field.default
    return schema


def form_schema(form: Form, *, is_override: bool) -> Schema:
    match form:
        case Section():
            return section_schema(form, is_override=is_override)
        case ListOf(item=item):
            return {"type": "array", "items": form_schema(item, is_override=is_override)}
        case MapOf(value=value, key_pattern=pattern):
            schema: Schema = {"type": "object", "additionalProperties": form_schema(value, is_override=is_override)}
            return {**schema, "propertyNames": {"pattern": whole_text(pattern)}} if pattern else schema
        case OneOf(forms=forms):
            return {"anyOf": [form_schema(option, is_override=is_override) for option in forms]}
        case _:
            return scalar_schema(form)


def scalar_schema(form: Form) -> Schema:
    match form:
        case Text():
            return text_schema(form)
        case Integer(least=least, most=most):
            return or_variable({"type": "integer", **bounds(least, most)})
        case Number(least=least, most=most):
            return or_variable({"type": "number", **bounds(least, most)})
        case Boolean():
            return {"anyOf": [{"type": "boolean"}, {"enum": OLDER_BOOLEANS}, VARIABLE_REF]}
        case Duration():
            return or_variable({"type": "string", "pattern": DURATION})
        case _:
            return {}


def text_schema(form: Text) -> Schema:
    """A number or boolean where a text is wanted is read as it is written."""
    if form.choices and form.any_case:
        return or_variable({"type": "string", "pattern": f"^({'|'.join(map(in_any_case, form.choices))})$"})
    if form.choices:
        return or_variable({"enum": list(form.choices)})
    if form.pattern:
        return or_variable({"type": ["string", "number", "boolean"], "pattern": whole_text(form.pattern)})
    return {"type": ["string", "number", "boolean"]}


def or_variable(schema: Schema) -> Schema:
    return {"anyOf": [schema, VARIABLE_REF]}


def bounds(least: float | None, most: float | None) -> Schema:
    limits = {"minimum": least, "maximum": most}
    return {name: limit for name, limit in limits.items() if limit is not None}


def whole_text(pattern: str) -> str:
    return f"^(?:{pattern})$"


def in_any_case(word: str) -> str:
    """JSON Schema's expressions know no flag for this."""
    return "".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else escape(c) for c in word)


def escape(character: str) -> str:
    return character if character.isalnum() or character in "-_ " else f"\\{character}"
