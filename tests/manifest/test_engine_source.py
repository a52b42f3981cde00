"""Text to nodes: what is read, what is refused, and where the refusal points."""

from __future__ import annotations

import pytest

from tests.manifest.engine_builders import HEAD, bytes_problems, load, problems


def test_words_that_older_yaml_took_for_booleans_are_texts_where_a_text_is_wanted() -> None:
    body = load("variables: {A: on, B: yes, C: n, D: 010, E: 1.50, F: true, G: 2024-01-01}\n").body

    assert body["variables"] == {
        "A": "on",
        "B": "yes",
        "C": "n",
        "D": "010",
        "E": "1.50",
        "F": "true",
        "G": "2024-01-01",
    }


@pytest.mark.parametrize(
    ("word", "wanted"), [("on", True), ("yes", True), ("true", True), ("off", False), ("N", False)]
)
def test_and_are_booleans_where_a_boolean_is_wanted(word: str, wanted: bool) -> None:
    assert load(f"exec: {word}\n").body["exec"] is wanted


def test_a_key_called_on_stays_a_text() -> None:
    assert problems("on: {}\n")[0].startswith("3: on: is not a known field")


def test_values_that_nothing_declares_are_read_by_yaml_1_2() -> None:
    body = load(
        "policy: {a: 1, b: 0x10, c: 0o17, d: 1.5, e: true, f: yes, g: ~, h: '1', i: [2], j: 012, k: 1_000}\n"
    ).body

    assert body["policy"] == {
        "a": 1,
        "b": 16,
        "c": 15,
        "d": 1.5,
        "e": True,
        "f": "yes",
        "g": None,
        "h": "1",
        "i": [2],
        "j": "012",
        "k": 1000,
    }


def test_null_is_absent() -> None:
    loaded = load("exec:\nimage: ~\nvariables: {A: null, B: ''}\n")

    assert loaded.body == {"name": "api", "type": "Tiny Service", "count": 1, "variables": {"B": ""}}
    assert "exec" not in loaded.given


def test_an_alias_stands_for_its_anchor() -> None:
    body = load("variables: &v {A: &a x, B: *a}\nsidecars: {nginx: {image: *a}}\npolicy: *v\n").body

    assert body["variables"] == {"A": "x", "B": "x"}
    assert body["policy"] == {"A": "x", "B": "x"}


def test_merge_keys_fill_in_what_a_mapping_has_not_itself_and_the_first_wins() -> None:
    body = load("policy: &p {a: 1, b: 2}\nvariables: {<<: [*p, {b: 3, c: 4}], a: 5}\n").body

    assert body["variables"] == {"a": "5", "b": "2", "c": "4"}


def test_a_tag_may_make_a_text_of_a_number() -> None:
    assert load("policy: !!str 12\n").body["policy"] == "12"


def test_lines_end_as_on_any_machine_and_a_byte_order_mark_is_no_text() -> None:
    text = "\ufeff" + HEAD.replace("\n", "\r\n") + "exec: maybe\r\n"

    assert bytes_problems(text.encode()) == ["3: exec: must be true or false, but is text: 'maybe'"]


def test_a_fault_points_to_the_key_even_if_its_value_begins_later() -> None:
    assert problems("exec:\n  - 1\n") == ["3: exec: must be true or false, but is a list"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (b"", "1: the file is empty"),
        (b"# nothing\n", "1: the file is empty"),
        (b"---\n", "2: the file is empty"),
        (b"- a\n", "1: must be a mapping, but is a list"),
        (b"hello", "1: must be a mapping, but is text"),
        (b"a: 1\n---\nb: 2\n", "2: a second document begins here (Only one document may stand in a file.)"),
        (b"a: 1\nb: caf\xe9\n", "2: the file is not UTF-8 (Save the file as UTF-8.)"),
        ("a: 1".encode("utf-16"), "1: the file is not UTF-8 (Save the file as UTF-8.)"),
        (b"a: 1\nb: \x07\n", "2: a character that YAML does not allow: '\\x07'"),
        (b"a:\n\tb: 1\n", "2: the line begins with a tab (YAML is indented with spaces.)"),
        (b'a: "\\ud800"\n', "1: an escape in this text stands for half a character"),
        (b"a: *b\n", "1: the alias *b stands for nothing before it"),
        (b"a: &a [*a]\n", "1: the alias *a stands for nothing before it"),
        (b"a: 1\n? [b]\n: 2\n", "2: a key must be a text"),
        (b"a: b: c\n", "1: this is not YAML: mapping values are not allowed here"),
        (b"a: 'b\n", "2: this is not YAML: found unexpected end of stream"),
        (b'a: "\\U99999999"', "1: this is not YAML: "),
        (b"%YAML 1." + b"9" * 5000 + b"\n---\na: 1", "1: this is not YAML: "),
        (b"!%FF%FE x", "1: this is not YAML: "),
    ],
)
def test_what_is_no_manifest_is_told_with_its_line(text: bytes, wanted: str) -> None:
    (found,) = bytes_problems(text)

    assert found.startswith(wanted)


def test_a_key_that_is_there_twice_names_both_lines_and_hides_nothing_else() -> None:
    assert problems("image:\n  port: 1\n  location: x\n  port: 2\nexec: 3\n") == [
        "6: image.port: is here twice; the first is in line 4",
        "7: exec: must be true or false, but is a whole number: 3",
    ]


def test_a_tag_of_another_language_is_told() -> None:
    assert problems("variables: {A: !Ref B}\n") == ["3: variables.A: the tag !Ref means nothing here"]


def test_a_merge_key_takes_mappings_only() -> None:
    assert problems("policy: {<<: 1}\n") == ["3: policy.<<: must be a mapping or a list of mappings"]
