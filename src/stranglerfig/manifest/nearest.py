"""What somebody may have meant by a name that does not exist, and where a misplaced one belongs. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from stranglerfig.manifest.paths import join
from stranglerfig.manifest.schema import Field, Form, ListOf, MapOf, OneOf, Section


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name with the same letters, else the most similar one, else None."""
    by_letters = {letters(known): known for known in names}
    found = by_letters.get(letters(name))
    if found is None:
        close = difflib.get_close_matches(letters(name)[:100], by_letters, n=1, cutoff=0.7)
        found = by_letters[close[0]] if close else None
    return found


def letters(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def hint_for_key(key: str, path: str, section: Section, root: Section) -> str | None:
    """What to do about a key that ``section`` at ``path`` does not know; ``root`` is the whole manifest."""
    near = nearest(key, field_names(section))
    if near is not None and near != key:
        return f"did you mean {near}?"
    homes = [home for home in homes_of(key, root) if home != join(path, key)]
    if homes:
        return f"this key belongs under {' or '.join(homes[:3])}"
    everywhere = nearest(key, {name for _, field in fields_below(root) for name in (field.name,)})
    if everywhere is not None and everywhere != key:
        return hint_for_home(everywhere, root)
    return None


def hint_for_home(name: str, root: Section) -> str:
    homes = homes_of(name, root)
    return f"did you mean {name}, which belongs under {' or '.join(homes[:3])}?"


def homes_of(key: str, root: Section) -> list[str]:
    """Sections that know the key, the shallowest first."""
    found = {path or "the top level": None for path, field in fields_below(root) if field.name == key}
    return sorted(found, key=lambda path: (path != "the top level", path.count("."), path))


def field_names(section: Section) -> list[str]:
    return [field.name for field in section.fields]


def fields_below(form: Form, path: str = "") -> Iterator[tuple[str, Field]]:
    """Every declared field with the path of its section; keys of the user's are ``*``, items ``[]``."""
    match form:
        case Section(fields=fields):
            for field in fields:
                yield path, field
                yield from fields_below(field.form, join(path, field.name))
        case ListOf(item=item):
            yield from fields_below(item, f"{path}[]")
        case MapOf(value=value):
            yield from fields_below(value, join(path, "*"))
        case OneOf(forms=forms):
            for alternative in forms:
                yield from fields_below(alternative, path)
        case _:
            return
