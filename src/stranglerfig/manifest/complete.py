"""What an effective manifest needs beyond right values: defaults, required fields, rules. Pure."""

from __future__ import annotations

import copy
from collections.abc import Iterator

from stranglerfig.manifest.forms import chosen, is_mapping, sections
from stranglerfig.manifest.paths import join
from stranglerfig.manifest.schema import Form, KindDeclaration, ListOf, MapOf, Section


def with_defaults(value: object, form: Form) -> object:
    """A copy in which absent fields have their defaults. A section that is absent stays so, unless it has a default."""
    form = chosen(value, form)
    if isinstance(form, Section) and is_mapping(value):
        return section_with_defaults(value, form)
    if isinstance(form, MapOf) and is_mapping(value):
        return {key: with_defaults(item, form.value) for key, item in value.items()}
    if isinstance(form, ListOf) and isinstance(value, list):
        return [with_defaults(item, form.item) for item in value]
    return value


def section_with_defaults(value: dict[str, object], section: Section) -> dict[str, object]:
    """Fields stand in the order of their declaration."""
    result: dict[str, object] = {}
    for field in section.fields:
        given = value.get(field.name)
        if given is None and field.default is not None:
            given = copy.deepcopy(field.default)
        if given is not None:
            result[field.name] = with_defaults(given, field.form)
    return result


def shortcomings(body: dict[str, object], kind: KindDeclaration) -> Iterator[tuple[str, str]]:
    """``(path, what is wrong)`` of required fields and of all rules, the sections' own and the kind's."""
    for path, section, value in sections(body, kind.section):
        for field in section.fields:
            if field.required and field.name not in value:
                yield join(path, field.name), "must be specified"
        for rule in section.rules:
            for below, message in rule(value):
                yield join(path, below), message
    for rule in kind.rules:
        yield from rule(body)
