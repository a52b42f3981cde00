"""Which declared form a decoded value has, and the forms in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

from stranglerfig.manifest.paths import join
from stranglerfig.manifest.schema import (
    Anything,
    Boolean,
    Duration,
    Form,
    Integer,
    ListOf,
    MapOf,
    Number,
    OneOf,
    Section,
    Text,
)


def chosen(value: object, form: Form) -> Form:
    """The alternative that a decoded value has, if there are several; the form itself if there are none."""
    while isinstance(form, OneOf):
        form = next((option for option in form.forms if fits(value, option)), Anything())
    return form


def fits(value: object, form: Form) -> bool:
    match form:
        case Section(fields=fields):
            return is_mapping(value) and value.keys() <= {field.name for field in fields} and fields_fit(value, form)
        case MapOf(value=inner):
            return is_mapping(value) and all(fits(item, inner) for item in value.values())
        case ListOf(item=inner):
            return isinstance(value, list) and all(fits(item, inner) for item in value)
        case OneOf(forms=forms):
            return any(fits(value, option) for option in forms)
        case Anything():
            return True
        case _:
            return scalar_fits(value, form)


def fields_fit(value: dict[str, object], section: Section) -> bool:
    return all(fits(value[field.name], field.form) for field in section.fields if field.name in value)


def scalar_fits(value: object, form: Form) -> bool:
    match form:
        case Text():
            return isinstance(value, str)
        case Boolean():
            return isinstance(value, bool)
        case Integer():
            return isinstance(value, int) and not isinstance(value, bool)
        case _:
            return isinstance(value, float)


def is_mapping(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def sections(value: object, form: Form, path: str = "") -> Iterator[tuple[str, Section, dict[str, object]]]:
    """Every section that the value has, with its path and mapping, outermost first."""
    form = chosen(value, form)
    if isinstance(form, Section) and is_mapping(value):
        yield path, form, value
        for field in form.fields:
            if field.name in value:
                yield from sections(value[field.name], field.form, join(path, field.name))
    elif isinstance(form, MapOf) and is_mapping(value):
        for key, item in value.items():
            yield from sections(item, form.value, join(path, key))
    elif isinstance(form, ListOf) and isinstance(value, list):
        for at, item in enumerate(value):
            yield from sections(item, form.item, join(path, at))


def in_words(form: Form) -> list[str]:
    """``a list``, ``text``: each alternative once."""
    match form:
        case OneOf(forms=forms):
            return list(dict.fromkeys(word for option in forms for word in in_words(option)))
        case Section() | MapOf():
            return ["a mapping"]
        case ListOf():
            return ["a list"]
        case Integer():
            return ["a whole number"]
        case Number():
            return ["a number"]
        case Boolean():
            return ["true or false"]
        case Duration():
            return ["a duration such as 1m30s"]
        case _:
            return ["text"]


def listed(words: list[str], last: str = "or") -> str:
    """``a, b or c``."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)
