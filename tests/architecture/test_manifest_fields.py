"""Every field of Copilot's language is declared, and every declared one occurs in a case."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from stranglerfig.core.application import PROXY_TYPE
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.schema import Form, ListOf, MapOf, OneOf, Section
from tests.manifest.case import all_cases
from tests.manifest.fields import copilot_paths, declared_paths, fields_given, inside

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


@cache
def covered_paths() -> dict[str, set[str]]:
    """By kind, what the manifests of all cases give, environments' overrides included."""
    found: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for case in all_cases():
        kind, paths = fields_given(case.manifest, case.name)
        if kind in KINDS:
            found[kind] |= paths
    return found


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
