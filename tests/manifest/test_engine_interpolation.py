"""Variables in texts: each row of Copilot's rules, and what fig allows beyond them."""

from __future__ import annotations

import pytest

from tests.manifest.engine_builders import load, problems

OUTSIDE = {"NAME": "value", "EMPTY": "", "N": "3", "YES": "true", "SHOP": "shop", "LIST": '["x", "y"]', "NOTHING": "[]"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("${NAME}", "value"),
        ("a-${NAME}-${SHOP}", "a-value-shop"),
        ("${NAME}${EMPTY}", "value"),
        ("${EMPTY}", ""),
        ("${COPILOT_APPLICATION_NAME}", "shop"),
        ("${COPILOT_ENVIRONMENT_NAME}", "test"),
        (r"\${NAME}", "${NAME}"),
        (r"\${MISSING} ${NAME}", "${MISSING} value"),
        (r"\\${NAME}", r"\${NAME}"),
        ("${0x}", "${0x}"),
        ("${a-b}", "${a-b}"),
        ("${}", "${}"),
        ("$NAME", "$NAME"),
        ("$${NAME}", "$value"),
        ("${N}", "3"),
    ],
)
def test_a_text_has_its_variables_filled_in(text: str, wanted: str) -> None:
    assert load(f"policy: '{text}'\n", "test", environ=OUTSIDE).body["policy"] == wanted


def test_keys_comments_and_numbers_are_left_alone() -> None:
    loaded = load("policy: {'${NAME}': 1} # ${MISSING}\n", "test", environ=OUTSIDE)

    assert loaded.body["policy"] == {"${NAME}": 1}


def test_a_variable_that_is_not_defined_is_told_with_its_line_and_the_nearest_name() -> None:
    assert problems("exec: true\npolicy: a ${NAMES}\nimage: {location: '${WHO}'}\n", "test", environ=OUTSIDE) == [
        "4: policy: the variable NAMES is not defined (did you mean ${NAME}?)",
        "5: image.location: the variable WHO is not defined (set it first, as in `export WHO=…`)",
    ]


def test_one_that_only_another_environment_needs_blocks_nothing() -> None:
    """aws/copilot-cli, issue 3415."""
    body = "environments:\n  prod: {count: '${MISSING}', image: {location: '${MISSING}'}}\n  test: {count: 2}\n"

    loaded = load(body, "test")

    assert loaded.body["count"] == 2
    assert [problem.line for problem in loaded.warnings] == [4, 4]
    assert "MISSING is not defined, so this override is left unchecked" in loaded.warnings[0].message


def test_but_blocks_that_environment() -> None:
    assert problems("environments:\n  prod: {count: '${MISSING}'}\n", "prod")[0].startswith(
        "4: environments.prod.count: the variable MISSING is not defined"
    )


def test_the_overrides_of_an_environment_see_its_name() -> None:
    body = "environments:\n  prod: {policy: '${COPILOT_ENVIRONMENT_NAME}'}\n"

    assert load(body, "prod").body["policy"] == "prod"


def test_without_an_environment_its_name_stays_as_it_is_written() -> None:
    assert load("policy: a.${COPILOT_ENVIRONMENT_NAME}\n").body["policy"] == "a.${COPILOT_ENVIRONMENT_NAME}"


def test_a_name_that_copilot_defines_may_be_defined_outside_only_as_the_same() -> None:
    body = "policy: ${COPILOT_APPLICATION_NAME}\n"

    assert load(body, "test", environ={"COPILOT_APPLICATION_NAME": "shop"}).body["policy"] == "shop"
    assert problems(body, "test", environ={"COPILOT_APPLICATION_NAME": "other"}) == [
        "3: policy: the variable COPILOT_APPLICATION_NAME is defined as 'other' outside, but is 'shop' here "
        "(unset it first, as in `unset COPILOT_APPLICATION_NAME`)"
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("${LIST}", ["x", "y"]),
        ("'[\"a\"]'", ["a"]),
        ('\' ["a", "${NAME}"] \'', ["a", "value"]),
        ("${NOTHING}", "[]"),
        ("'[1]'", "[1]"),
        ("'[\"a\", 1]'", '["a", 1]'),
        ("'[\"a\"'", '["a"'),
        ('|-\n  ["a"]', '["a"]'),
        ('>-\n  ["a"]', ["a"]),
    ],
)
def test_a_json_array_of_texts_becomes_a_list(text: str, wanted: object) -> None:
    assert load(f"policy: {text}\n", "test", environ=OUTSIDE).body["policy"] == wanted


def test_such_an_array_stays_a_text_where_only_a_text_is_possible() -> None:
    assert load("variables: {A: '${LIST}'}\n", "test", environ=OUTSIDE).body["variables"] == {"A": '["x", "y"]'}
    assert load("entrypoint: '${LIST}'\n", "test", environ=OUTSIDE).body["entrypoint"] == ["x", "y"]


def test_numbers_and_booleans_may_come_from_variables() -> None:
    body = load("count: ${N}\nexec: '${YES}'\nimage: {location: x, port: '${N}000'}\n", "test", environ=OUTSIDE).body

    assert (body["count"], body["exec"], body["image"]) == (3, True, {"location": "x", "port": 3000})


def test_but_not_from_texts_in_quotes() -> None:
    assert problems("exec: 'true'\nimage: {location: x, port: '80'}\n") == [
        "3: exec: must be true or false, but is text: 'true' (take the quotes away)",
        "4: image.port: must be a whole number, but is text: '80' (take the quotes away)",
    ]


def test_a_kind_without_variables_keeps_what_looks_like_one() -> None:
    assert load("name: ${A}\nversion: 1\n", head="").body["name"] == "${A}"
