"""Every kind of difference between two answers, and what is none."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.compare.answers import Answer, Kind
from stranglerfig.core.compare.comparing import LONGEST_DOCUMENT, MOST_LINES, compare
from stranglerfig.core.compare.rules import Rules, parse_rule

NO_RULES = Rules()
JSON_TYPE = ("content-type", "application/json")


def a_document(value: Any, status: int = 200, *headers: tuple[str, str]) -> Answer:
    return Answer(status, (JSON_TYPE, *headers), json.dumps(value).encode())


def found(legacy: Answer, candidate: Answer, *rules: str) -> list[tuple[str, str]]:
    known = Rules(tuple(map(parse_rule, rules)))
    return [(one.kind.value, one.place) for one in compare(legacy, candidate, known)]


def differ(legacy: Any, candidate: Any, *rules: str) -> list[tuple[str, str]]:
    return found(a_document(legacy), a_document(candidate), *rules)


@pytest.mark.parametrize(
    ("legacy", "candidate", "expected"),
    [
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, []),
        ({"a": 1}, {"a": 2}, [("changed", "$.a")]),
        ({"a": 1}, {"a": "1"}, [("type", "$.a")]),
        ({"a": 1}, {"a": True}, [("type", "$.a")]),
        ({"a": 0}, {"a": None}, [("type", "$.a")]),
        ({"a": None}, {}, [("missing", "$.a")]),
        ({}, {"a": None}, [("extra", "$.a")]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [2, 1]}}, [("order", "$.a.b")]),
        ([1, 2, 3], [1, 3], [("missing", "$[]")]),
        ([1, 3], [1, 2, 3], [("extra", "$[]")]),
        ([{"x": 1}, {"x": 2}], [{"x": 1}, {"x": 3}], [("changed", "$[].x")]),
        (
            [{"id": 1, "x": 1}, {"id": 2, "x": 2}],
            [{"id": 2, "x": 2}, {"id": 1, "x": 9}],
            [("order", "$"), ("changed", "$[].x")],
        ),
        ([{"id": 1}, {"id": 2}], [{"id": 1}, {"id": 2}, {"id": 3}], [("extra", "$[]")]),
        ("e\u0301", "\u00e9", [("changed", "$")]),
        ([[1, 2], [3]], [[3], [1, 2]], [("order", "$")]),
    ],
)
def test_documents_differ_by_structure(legacy: Any, candidate: Any, expected: list[tuple[str, str]]) -> None:
    assert differ(legacy, candidate) == expected


def test_a_place_is_named_once_however_many_members_differ() -> None:
    legacy = [{"id": number, "at": number} for number in range(50)]
    candidate = [{"id": number, "at": -1 - number} for number in range(50)]

    assert differ(legacy, candidate) == [("changed", "$[].at")]


@pytest.mark.parametrize(
    ("legacy", "candidate", "rule"),
    [
        ({"at": 1}, {"at": 2}, "ignore $.at"),
        ({"at": 1}, {}, "ignore $.at"),
        ({"meta": {"a": 1}}, {"meta": {"a": 2}}, "ignore $.meta"),
        ({"x": {"at": 1}}, {"x": {"at": 2}}, "ignore $.**.at"),
        ({"x": {"at": 1}}, {"x": {"at": 2}}, "ignore $.*.at"),
        ({"tags": ["a", "b"]}, {"tags": ["b", "a"]}, "unordered $.tags"),
        ([{"id": 1}, {"id": 2}], [{"id": 2}, {"id": 1}], "unordered $"),
        ({"price": 1.234}, {"price": 1.2341}, "round $.price 3"),
        ({"name": "Ann  Lee "}, {"name": "ann lee"}, "fold $.name"),
    ],
)
def test_rules_excuse_what_they_name(legacy: Any, candidate: Any, rule: str) -> None:
    assert differ(legacy, candidate) != []
    assert differ(legacy, candidate, rule) == []


def test_a_rule_excuses_nothing_else() -> None:
    assert differ({"at": 1, "b": 1}, {"at": 2, "b": 2}, "ignore $.at") == [("changed", "$.b")]
    assert differ({"tags": ["a", "b"]}, {"tags": ["b", "c"]}, "unordered $.tags") != []
    assert differ({"price": 1.2}, {"price": 1.3}, "round $.price 1") == [("changed", "$.price")]


def test_status_and_headers_that_matter() -> None:
    legacy = Answer(200, (("content-type", "text/html"), ("date", "now"), ("location", "http://old/a?b=1")))
    candidate = Answer(404, (("content-type", "text/plain"), ("date", "then"), ("location", "https://new:8443/a?b=1")))

    assert found(legacy, candidate) == [("status", "status"), ("header", "header content-type")]
    assert found(legacy, candidate, "ignore header Content-Type") == [("status", "status")]


def test_a_content_type_is_the_same_however_it_is_spelled() -> None:
    legacy = Answer(200, (("content-type", 'application/json; charset="utf-8"'),))
    candidate = Answer(200, (("content-type", "Application/JSON;charset=UTF-8"),))

    assert found(legacy, candidate) == []


def test_of_cookies_only_the_names_count() -> None:
    legacy = Answer(200, (("set-cookie", "sid=1; Path=/"), ("set-cookie", "lang=en")))

    assert found(legacy, Answer(200, (("set-cookie", "lang=en"), ("set-cookie", "sid=2")))) == []
    (one,) = compare(legacy, Answer(200, (("set-cookie", "sid=2"),)), NO_RULES)
    assert (one.place, one.legacy, one.candidate) == ("header set-cookie", "lang, sid", "sid")


@pytest.mark.parametrize("body", [b"[" * 5_000 + b"]" * 5_000, b" " * LONGEST_DOCUMENT + b"[1]"])
def test_what_is_too_deep_or_too_long_is_compared_as_text(body: bytes) -> None:
    legacy, candidate = Answer(200, (JSON_TYPE,), body), Answer(200, (JSON_TYPE,), body + b" \nx")

    assert [one.kind for one in compare(legacy, candidate, NO_RULES)] == [Kind.TEXT]


def test_anything_else_is_compared_as_bytes() -> None:
    (one,) = compare(Answer(200, (), b"\x00\x01"), Answer(200, (), b"\x00\x02"), NO_RULES)

    assert one.kind is Kind.BYTES
    assert one.legacy.startswith("2 bytes, sha256 ")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_nothing_differs_from_itself(value: Any) -> None:
    assert differ(value, value) == []


@given(VALUES, VALUES)
def test_what_differs_one_way_differs_the_other(legacy: Any, candidate: Any) -> None:
    assert bool(differ(legacy, candidate)) == bool(differ(candidate, legacy)) == (_plain(legacy) != _plain(candidate))


def _plain(value: Any) -> str:
    """Numbers by value, and truth apart from them."""
    if isinstance(value, dict):
        return f"object {sorted((name, _plain(one)) for name, one in value.items())}"
    if isinstance(value, list):
        return repr([_plain(one) for one in value])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return repr(value)
    return repr(int(value)) if float(value).is_integer() else repr(value)


def test_what_is_very_deep_is_compared_as_a_whole() -> None:
    deep: list[Any] = [1, 2]
    for number in (0, 1):
        for _ in range(60):
            deep[number] = {"a_long_name": deep[number]}
    ((kind, place),) = differ(deep[0], deep[1])

    assert kind == "changed"
    assert len(place) < 220


@pytest.mark.parametrize(
    ("candidate", "expected"),
    [
        ("a\nb\nc", []),
        ("a\nB\nC", [("body line 2", "b", "B"), ("body line 3", "c", "C")]),
        ("a\nb", [("body", "line 3: c", "line 3: ")]),
        ("a\nB", [("body", "line 2: b", "line 2: B")]),
        ("a\nb\nc\nd", [("body", "line 4: ", "line 4: d")]),
    ],
)
def test_texts_are_compared_line_by_line(candidate: str, expected: list[tuple[str, str, str]]) -> None:
    sides = [Answer(200, (("content-type", "text/html"),), text.encode()) for text in ("a\nb\nc", candidate)]
    differences = compare(sides[0], sides[1], NO_RULES)

    assert [(one.place, one.legacy, one.candidate) for one in differences] == expected
    assert compare(sides[0], sides[1], Rules((parse_rule("ignore body"),))) == ()


def test_only_so_many_lines_of_a_text_are_told() -> None:
    sides = [Answer(200, (("content-type", "text/plain"),), (text * 500).encode()) for text in ("a\n", "b\n")]

    assert len(compare(sides[0], sides[1], NO_RULES)) == MOST_LINES
