"""An environment's overrides merged over the base, by the declaration of each field. Pure.

Scalars win, empty ones too; lists are replaced whole; sections merge by field; mappings of the user's unite; another
form of a value replaces it, and a field clears those that exclude it. Nothing can be unset.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from stranglerfig.manifest.forms import fits, is_mapping
from stranglerfig.manifest.paths import join, upwards
from stranglerfig.manifest.reading import Places
from stranglerfig.manifest.schema import Field, Form, MapOf, OneOf, Section


@dataclass(slots=True)
class Merged:
    """``body`` is new; ``replaced`` are paths whose base is gone; ``clashes`` are pairs that an override may not have.

    A clash is (section's path, one field, the other field).
    """

    body: dict[str, object]
    replaced: list[str] = field(default_factory=list)
    clashes: list[tuple[str, str, str]] = field(default_factory=list)

    def places(self, base: Places, override: Places) -> Places:
        replaced = set(self.replaced)
        kept = {path: place for path, place in base.items() if replaced.isdisjoint(upwards(path))}
        return kept | override | {"": base[""]}


def merge(base: dict[str, object], override: dict[str, object], section: Section) -> Merged:
    """Neither argument is changed; parts of both may be shared by the result."""
    merged = Merged({})
    merged.body = merge_section(base, override, section, "", merged)
    return merged


def merge_section(
    base: dict[str, object], override: dict[str, object], section: Section, path: str, merged: Merged
) -> dict[str, object]:
    result = dict(base)
    for known in section.fields:
        if known.name not in override or counts_as_absent(override[known.name], known):
            continue
        clear_excluded(known, override, result, path, merged)
        below = join(path, known.name)
        if known.name in result:
            result[known.name] = merge_value(result[known.name], override[known.name], known.form, below, merged)
        else:
            result[known.name] = override[known.name]
    return result


def counts_as_absent(value: object, known: Field) -> bool:
    return not known.empty_overrides and value in ("", 0, False)


def clear_excluded(
    known: Field, override: dict[str, object], result: dict[str, object], path: str, merged: Merged
) -> None:
    for sibling in known.exclusive:
        if sibling in override:
            if (path, sibling, known.name) not in merged.clashes:
                merged.clashes.append((path, known.name, sibling))
        elif result.pop(sibling, None) is not None:
            merged.replaced.append(join(path, sibling))


def merge_value(base: object, override: object, form: Form, path: str, merged: Merged) -> object:
    shared = same_form(base, override, form)
    if isinstance(shared, Section) and is_mapping(base) and is_mapping(override):
        return merge_section(base, override, shared, path, merged)
    if isinstance(shared, MapOf) and is_mapping(base) and is_mapping(override):
        return merge_map(base, override, shared, path, merged)
    merged.replaced.append(path)
    return override


def merge_map(
    base: dict[str, object], override: dict[str, object], form: MapOf, path: str, merged: Merged
) -> dict[str, object]:
    result = dict(base)
    for key, value in override.items():
        below = join(path, key)
        if key in base and form.deep:
            result[key] = merge_value(base[key], value, form.value, below, merged)
        else:
            merged.replaced.append(below)
            result[key] = value
    return result


def same_form(base: object, override: object, form: Form) -> Form | None:
    """The alternative that both have, None if each has another."""
    while isinstance(form, OneOf):
        shared = chosen_of(base, form)
        if shared is not chosen_of(override, form):
            return None
        form = shared
    return form


def chosen_of(value: object, form: OneOf) -> Form:

    return next((option for option in form.forms if fits(value, option)), form.forms[0])
