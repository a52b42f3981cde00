"""Fields of Copilot's language: which there are, and which a manifest gives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from stranglerfig.manifest.decode import could_be
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.nodes import ListNode, MapNode, Node, ScalarNode
from stranglerfig.manifest.schema import Form, ListOf, MapOf, OneOf, Section
from stranglerfig.manifest.source import read_source
from tests.manifest.case import read_json

#: keys and numbers on the way to a field
Place = tuple[str | int, ...]
Given = tuple[str, Place]
FIELDS = Path(__file__).parent / "copilot_fields.json"


def copilot_paths(kind: str) -> set[str]:
    found = read_json(FIELDS)[kind]
    assert isinstance(found, list)
    return {*found}


def declared_paths(kind: str) -> set[str]:
    return {*below(KINDS[kind].section, "")}


def kind_of(root: MapNode) -> str:
    said = root.get("type")
    if said is None:
        return next((name for name, kind in KINDS.items() if any(root.get(key) for key in kind.known_by)), "")
    return said.value.text if isinstance(said.value, ScalarNode) else ""


def overridden(root: MapNode, section: Section) -> Iterator[Given]:
    environments = root.get("environments")
    if environments is not None and isinstance(environments.value, MapNode):
        for environment in environments.value.entries:
            yield from given(environment.value, section, "", ("environments", environment.key))


def below(form: Form, path: str) -> Iterator[str]:
    """Paths of the fields in a form, as Copilot's list writes them."""
    match form:
        case Section(fields=fields):
            for field in fields:
                for name in filter(None, (field.name, field.spelt)):
                    yield inside(path, name)
                yield from below(field.form, inside(path, field.name))
        case ListOf(item=item):
            yield from below(item, f"{path}[]")
        case MapOf(value=value):
            yield from below(value, inside(path, "<key>"))
        case OneOf(forms=forms):
            for option in forms:
                yield from below(option, path)
        case _:
            return


def given(node: Node, form: Form, path: str, place: Place = ()) -> Iterator[Given]:
    """Paths of the fields that a manifest gives, and where it does."""
    match form:
        case Section() if isinstance(node, MapNode):
            yield from given_fields(node, form, path, place)
        case ListOf(item=item) if isinstance(node, ListNode):
            for at, each in enumerate(node.items):
                yield from given(each, item, f"{path}[]", (*place, at))
        case MapOf(value=value) if isinstance(node, MapNode):
            for entry in node.entries:
                yield from given(entry.value, value, inside(path, "<key>"), (*place, entry.key))
        case OneOf(forms=forms):
            for option in forms:
                if could_be(node, option):
                    yield from given(node, option, path, place)
        case _:
            return


def given_fields(node: MapNode, section: Section, path: str, place: Place) -> Iterator[Given]:
    known = {name: field for field in section.fields for name in (field.name, field.spelt) if name}
    for entry in node.entries:
        if entry.key in known:
            field = known[entry.key]
            yield inside(path, entry.key), (*place, entry.key)
            yield from given(entry.value, field.form, inside(path, field.name), (*place, entry.key))


def inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def fields_given(manifest: bytes, file: str) -> tuple[str, set[str]]:
    """The kind, and the paths of the fields that are given, by environments' overrides too."""
    root, _ = read_source(manifest, file)
    kind = kind_of(root) if isinstance(root, MapNode) else ""
    if not isinstance(root, MapNode) or kind not in KINDS:
        return kind, set()
    return kind, {path for path, _ in places_given(root, KINDS[kind].section)}


def places_given(root: MapNode, section: Section) -> Iterator[Given]:
    yield from given(root, section, "")
    yield from overridden(root, section)
