"""An effective manifest as text: YAML that any reader takes for the same values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.load import Request, filled_text, load_manifest
from stranglerfig.manifest.nodes import to_value
from stranglerfig.manifest.render import render_manifest, written
from stranglerfig.manifest.schema import Anything, Field, Section
from stranglerfig.manifest.source import SURROGATE, read_source
from tests.manifest.engine_builders import TINY, load

ANY = Section((Field("value", Anything()),))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_what_is_rendered_reads_as_the_same(value: object) -> None:
    node, faults = read_source(render_manifest({"value": value}, ANY).encode(), "shown")

    assert faults == []
    assert to_value(node) == {"value": value}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a", "a"),
        ("Load Balanced Web Service", "Load Balanced Web Service"),
        ("nginx:latest", "nginx:latest"),
        ("/api/*", '"/api/*"'),
        ("10s", "10s"),
        ("1-10", '"1-10"'),
        ("2024-01-01", '"2024-01-01"'),
        ("yes", '"yes"'),
        ("n", '"n"'),
        ("null", '"null"'),
        ("1e3", '"1e3"'),
        ("0x1f", '"0x1f"'),
        ("", '""'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("- a", '"- a"'),
        ("a ", '"a "'),
        ('say "x"\n', '"say \\"x\\"\\n"'),
        ("\x1b[2J", '"\\U0000001b[2J"'),
        ("<<", '"<<"'),
    ],
)
def test_a_text_is_quoted_if_any_reader_of_yaml_might_misread_it(text: str, shown: str) -> None:
    assert render_manifest({"value": text}, ANY) == f"value: {shown}\n"


def test_durations_are_texts_again_and_sections_keep_their_order() -> None:
    loaded = load("http: {path: /, healthcheck: {interval: 90s}}\nentrypoint: [a]\ntopics: [{name: t}]\n")

    assert render_manifest(loaded.body, TINY.section).splitlines() == [
        "name: api",
        "type: Tiny Service",
        "http:",
        "  path: /",
        "  healthcheck:",
        "    path: /",
        "    interval: 1m30s",
        "count: 1",
        "entrypoint:",
        "  - a",
        "topics:",
        "  - name: t",
    ]
    assert written({"wait": 5.0}, TINY.section) == {"wait": "5s"}


def test_nothing_is_an_empty_mapping() -> None:
    assert render_manifest({}, ANY) == "{}\n"


def test_halves_of_characters_are_known() -> None:
    assert SURROGATE.search("\udc00")


@pytest.mark.parametrize("said", ["yes", "on", "${ON}", "true"])
def test_a_manifest_with_its_variables_filled_in_says_the_same(said: str) -> None:
    text = f"name: test\ntype: Environment\nobservability:\n  container_insights: {said}\n".encode()
    request = Request("manifest.yml", KINDS, app="a", env="test", environ={"ON": "true"})

    filled = load_manifest(filled_text(text, request).encode(), request)

    assert filled.body == load_manifest(text, request).body
