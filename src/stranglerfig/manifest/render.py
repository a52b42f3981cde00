"""An effective manifest back to text: YAML 1.2 that reads as the same values. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stranglerfig.manifest.durations import render_duration
from stranglerfig.manifest.forms import chosen, is_mapping
from stranglerfig.manifest.nodes import NO, YES, ListNode, MapNode, Node, ScalarNode, plain_value, to_value
from stranglerfig.manifest.schema import Anything, Duration, Form, ListOf, MapOf, Section

#: A text that no reader of YAML takes for anything else.
PLAIN = re.compile(r"[A-Za-z0-9_/.]([\w./@+-]|:(?=[\w/]))*( [A-Za-z0-9_/.]([\w./@+-]|:(?=[\w/]))*)*", re.ASCII)
#: Dates, octal numbers and numbers to the base of sixty are such things to older readers.
NUMERIC = re.compile(r"[0-9:_.-]+")
ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


class Bare(str):
    """A text that is to stand without quotes: what it is depends on what is wanted where it stands."""


def as_it_stood(node: Node) -> object:
    """Like ``to_value``, but words and numbers of no certain meaning are left as they were: `yes` may stand for a
    boolean, and what a variable is filled with for a number."""
    match node:
        case MapNode():
            return {entry.key: as_it_stood(entry.value) for entry in node.entries}
        case ListNode():
            return [as_it_stood(item) for item in node.items]
        case ScalarNode() if node.may_be_plain and is_uncertain(node.text):
            return Bare(node.text)
        case _:
            return to_value(node)


def is_uncertain(text: str) -> bool:
    return text in YES | NO or (bool(PLAIN.fullmatch(text)) and not isinstance(plain_value(text), str))


def written(value: object, form: Form) -> object:
    """The value as a manifest has it: durations are texts again."""
    form = chosen(value, form)
    if isinstance(form, Section) and is_mapping(value):
        forms = {field.name: field.form for field in form.fields}
        return {key: written(item, forms.get(key, Anything())) for key, item in value.items()}
    if isinstance(form, MapOf) and is_mapping(value):
        return {key: written(item, form.value) for key, item in value.items()}
    if isinstance(form, ListOf) and isinstance(value, list):
        return [written(item, form.item) for item in value]
    return render_duration(value) if isinstance(form, Duration) and isinstance(value, float) else value


def render_manifest(body: dict[str, object], section: Section) -> str:
    value = written(body, section)
    return render_tree(value) if body else "{}\n"


def render_tree(value: object) -> str:
    """Any tree of plain values."""
    return "".join(f"{line}\n" for line in block(value))


def block(value: object) -> Iterator[str]:
    """Lines of a mapping or list that is not empty; anything else is one line."""
    if is_mapping(value) and value:
        for key, item in value.items():
            yield from entry(f"{quoted(key)}:", item, "  ")
    elif isinstance(value, list) and value:
        for item in value:
            yield from item_lines(item)
    else:
        yield scalar(value)


def entry(head: str, value: object, indent: str) -> Iterator[str]:
    if isinstance(value, dict | list) and value:
        yield head
        yield from (f"{indent}{line}" for line in block(value))
    else:
        yield f"{head} {scalar(value)}"


def item_lines(value: object) -> Iterator[str]:
    """The first line after the dash, the others below it."""
    for at, line in enumerate(block(value)):
        yield f"- {line}" if at == 0 else f"  {line}"


def scalar(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case Bare():
            return value
        case str():
            return quoted(value)
        case dict():
            return "{}"
        case list():
            return "[]"
        case _:
            return repr(value)


def quoted(text: str) -> str:
    is_certain = PLAIN.fullmatch(text) and not NUMERIC.fullmatch(text) and text not in YES | NO
    if is_certain and isinstance(plain_value(text), str):
        return text
    return f'"{"".join(map(escaped, text))}"'


def escaped(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    return character if character.isprintable() else f"\\U{ord(character):08x}"
