from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.api.aws.cloudformation.text import read_text
from stranglerfig.core.faults import Fault


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("!Ref A", {"Ref": "A"}),
        ("!Ref 012", {"Ref": "012"}),
        ("!Condition A", {"Condition": "A"}),
        ("!GetAtt A.B", {"Fn::GetAtt": ["A", "B"]}),
        ("!GetAtt A.B.C", {"Fn::GetAtt": ["A", "B.C"]}),
        ("!GetAtt [A, B]", {"Fn::GetAtt": ["A", "B"]}),
        ("!Sub 'a ${B}'", {"Fn::Sub": "a ${B}"}),
        ("!GetAZs ''", {"Fn::GetAZs": ""}),
        ("!If [A, !Ref B, !Sub '${C}']", {"Fn::If": ["A", {"Ref": "B"}, {"Fn::Sub": "${C}"}]}),
        ("!Join\n  - ','\n  - [!Ref A, !GetAtt B.C]", {"Fn::Join": [",", [{"Ref": "A"}, {"Fn::GetAtt": ["B", "C"]}]]}),
        ("!Base64\n  Fn::Sub: x", {"Fn::Base64": {"Fn::Sub": "x"}}),
        ("!Select [0, !GetAZs '']", {"Fn::Select": [0, {"Fn::GetAZs": ""}]}),
        ("!Not [!Equals [a, b]]", {"Fn::Not": [{"Fn::Equals": ["a", "b"]}]}),
    ],
)
def test_a_short_form_comes_out_long(written: str, meant: Any) -> None:
    assert read_text(f"a: {written}") == {"a": meant}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2012-10-17", "2012-10-17"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ("yes", True),
        ("Off", False),
        ("'yes'", "yes"),
        ("y", "y"),
        ("!!str yes", "yes"),
        ("12", 12),
        ("-3", -3),
        ("1_000", 1000),
        ("0x1F", 31),
        ("!!int '12'", 12),
        ("6.0", 6.0),
        (".5", 0.5),
        ("1.5e+3", 1500.0),
        ("1e3", "1e3"),
        ("012345678901", "012345678901"),
        ("0644", "0644"),
        ("22:22", "22:22"),
        (".inf", ".inf"),
        ("", None),
        ("~", None),
        ("=", "="),
        ("|\n  12\n", "12\n"),
    ],
)
def test_a_plain_value_is_what_cloudformation_makes_of_it(written: str, meant: Any) -> None:
    found = read_text(f"a: {written}")["a"]

    assert (found, type(found)) == (meant, type(meant))


def test_keys_are_text_whatever_they_look_like() -> None:
    assert read_text("on: 1\n443: 2\n2012-10-17: 3") == {"on": 1, "443": 2, "2012-10-17": 3}


def test_the_last_of_two_equal_keys_wins() -> None:
    assert read_text("a: 1\nb: 2\na: 3") == {"a": 3, "b": 2}
    assert read_text('{"a": 1, "a": 2}') == {"a": 2}


def test_anchors_are_written_out() -> None:
    assert read_text("a: &x [1, !Ref B]\nb: *x") == {"a": [1, {"Ref": "B"}], "b": [1, {"Ref": "B"}]}


def test_json_may_hold_tabs_and_yaml_may_begin_with_a_brace() -> None:
    assert read_text('{\n\t"a": [1.5, true, null]}') == {"a": [1.5, True, None]}
    assert read_text("{a: !Ref b}") == {"a": {"Ref": "b"}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:\n  b: 1\n c: 2", "YAML not well-formed. (line 3, column 2)"),
        ("a: !Base64 !Sub x", "YAML not well-formed. (line 1, column 12)"),
        ("a: *b", "YAML not well-formed. (line 1, column 4)"),
        ("a: b\n\tc: d", "YAML not well-formed. (line 2, column 1)"),
        ("a: 1\n---\nb: 2", "YAML not well-formed. (line 2, column 1)"),
        ('a: "\\UFFFFFFFF"', "YAML not well-formed."),
        ("a: \x01", "YAML not well-formed: a character that YAML does not allow. (line 1, column 4)"),
        ('{"a": 1,\n "b": 2,,}', "JSON not well-formed. (line 2, column 9)"),
        ('{"a": NaN}', "JSON not well-formed: NaN is no JSON value"),
        ("a: &x {b: 1}\nc:\n  <<: *x", "YAML's merge key << is not supported in templates. (line 3, column 3)"),
        ("? [a]\n: b", "a key must be a text. (line 1, column 3)"),
        ("a: !Foo b", "Unknown tag !Foo. (line 1, column 4)"),
        ("a: !!binary b", "Unknown tag !!binary. (line 1, column 4)"),
        ("a: !!set {b}", "Unknown tag !!set. (line 1, column 4)"),
        ("a: &x [*x]", "more than 64 levels deep. (line 1, column 4)"),
        ("[" * 3000, "more than 64 levels deep. (line 1, column 1)"),
        ('{"a":' * 200 + "1" + "}" * 200, "more than 64 levels deep. (line 1, column 1)"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "more than 64 levels deep. (line 1, column 1)"),
        ('a: "\\ud800"', "an escape stands for half a character. (line 1, column 4)"),
        ('{"a": "\\ud800"}', "an escape stands for half a character."),
        ("", "unsupported structure."),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, said: str) -> None:
    with pytest.raises(Fault) as refused:
        read_text(text)

    assert (refused.value.code, refused.value.message) == ("ValidationError", f"Template format error: {said}")


def test_a_text_may_be_as_large_as_with_aws() -> None:
    assert read_text("a: " + "b" * 51_197) == {"a": "b" * 51_197}
    with pytest.raises(Fault, match="Member must have length less than or equal to 51200"):
        read_text("a: " + "é" * 25_599)


def test_aliases_cannot_make_a_small_text_large() -> None:
    lines = ["a0: &a0 [" + "x," * 50 + "]"]
    lines += [f"a{n}: &a{n} [" + f"*a{n - 1}," * 50 + "]" for n in range(1, 9)]

    with pytest.raises(Fault, match="too large with its aliases written out"):
        read_text("\n".join(lines))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_json_is_read_as_it_was_written(tree: dict[str, Any]) -> None:
    assert read_text(json.dumps(tree)) == tree
    assert read_text(json.dumps(tree, ensure_ascii=False)) == tree


@given(st.text() | st.text(alphabet="ab:-[]{}!&*#'\"|>%\n ,?<=.01"))
def test_no_text_raises_anything_but_a_fault(text: str) -> None:
    assert refusal(text) in (None, "ValidationError")


def refusal(text: str) -> str | None:
    try:
        read_text(text)
    except Fault as refused:
        return refused.code
    return None
