"""Every field of Copilot's language is declared, and every declared one occurs in a case."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from stranglerfig.core.application import PROXY_TYPE
from stranglerfig.manifest.decode import could_be
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.nodes import ListNode, MapNode, Node, ScalarNode
from stranglerfig.manifest.schema import Form, ListOf, MapOf, OneOf, Section
from stranglerfig.manifest.source import read_source
from tests.architecture.source import ROOT
from tests.manifest.case import all_cases, read_json

#: What we add to the language.
OURS = ("local", "target")
OUR_KINDS = (PROXY_TYPE,)
COPILOTS = [kind for kind in KINDS if kind not in OUR_KINDS]
#: What Copilot's list leaves out: the forms of a health check, and a name that only its scaffold knows.
UNLISTED = ("http.healthcheck.", "http.additional_rules[].healthcheck.", "http.private.ingress.from_vpc")


@pytest.mark.parametrize("kind", COPILOTS)
def test_every_field_of_copilot_is_declared(kind: str) -> None:
    assert copilot_paths(kind) - declared_paths(kind) == set()


@pytest.mark.parametrize("kind", COPILOTS)
def test_every_declared_field_is_copilots_or_known_to_be_ours(kind: str) -> None:
    extra = declared_paths(kind) - copilot_paths(kind)

    assert {path for path in extra if path.split(".")[0] not in OURS and not path.startswith(UNLISTED)} == set()


@pytest.mark.parametrize("kind", COPILOTS)
def test_every_field_of_copilot_is_covered_by_a_case(kind: str) -> None:
    assert copilot_paths(kind) - covered_paths()[kind] == set()


@pytest.mark.parametrize("kind", KINDS)
def test_every_declared_field_is_covered_by_a_case(kind: str) -> None:
    assert declared_paths(kind) - covered_paths()[kind] == set()


def test_every_declared_field_says_what_it_is_for() -> None:
    silent = {path for kind in KINDS.values() for path, doc in docs(kind.section) if not doc.endswith((".", "`"))}

    assert silent == set()


def copilot_paths(kind: str) -> set[str]:
    found = read_json(ROOT / "tests" / "manifest" / "copilot_fields.json")[kind]
    assert isinstance(found, list)
    return {*found}


def declared_paths(kind: str) -> set[str]:
    return {*below(KINDS[kind].section, "")}


@cache
def covered_paths() -> dict[str, set[str]]:
    """By kind, what the manifests of all cases give, environments' overrides included."""
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for case in all_cases():
        root, _ = read_source(case.manifest, case.name)
        if not isinstance(root, MapNode):
            continue
        kind = kind_of(root)
        if kind in KINDS:
            found[kind] |= {*given(root, KINDS[kind].section, ""), *overridden(root, KINDS[kind].section)}
    return found


def kind_of(root: MapNode) -> str:
    said = root.get("type")
    if said is None:
        return next((name for name, kind in KINDS.items() if any(root.get(key) for key in kind.known_by)), "")
    return said.value.text if isinstance(said.value, ScalarNode) else ""


def overridden(root: MapNode, section: Section) -> Iterator[str]:
    environments = root.get("environments")
    if environments is not None and isinstance(environments.value, MapNode):
        for environment in environments.value.entries:
            yield from given(environment.value, section, "")


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


def given(node: Node, form: Form, path: str) -> Iterator[str]:
    """Paths of the fields that a manifest gives."""
    match form:
        case Section() if isinstance(node, MapNode):
            yield from given_fields(node, form, path)
        case ListOf(item=item) if isinstance(node, ListNode):
            for each in node.items:
                yield from given(each, item, f"{path}[]")
        case MapOf(value=value) if isinstance(node, MapNode):
            for entry in node.entries:
                yield from given(entry.value, value, inside(path, "<key>"))
        case OneOf(forms=forms):
            for option in forms:
                if could_be(node, option):
                    yield from given(node, option, path)
        case _:
            return


def given_fields(node: MapNode, section: Section, path: str) -> Iterator[str]:
    known = {name: field for field in section.fields for name in (field.name, field.spelt) if name}
    for entry in node.entries:
        if entry.key in known:
            field = known[entry.key]
            yield inside(path, entry.key)
            yield from given(entry.value, field.form, inside(path, field.name))


def inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def docs(form: Form, path: str = "") -> Iterator[tuple[str, str]]:
    match form:
        case Section(fields=fields):
            for field in fields:
                yield inside(path, field.name), field.doc
                yield from docs(field.form, inside(path, field.name))
        case ListOf(item=inner) | MapOf(value=inner):
            yield from docs(inner, path)
        case OneOf(forms=forms):
            for option in forms:
                yield from docs(option, path)
        case _:
            return
