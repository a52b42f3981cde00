from __future__ import annotations

import pytest

from stranglerfig.core.compare.rules import FieldRule, Way, parse_rule, rules_of
from stranglerfig.errors import UsageError


@pytest.mark.parametrize(
    "text",
    [
        "ignore $.a.b[]",
        "ignore header x-build",
        "ignore status",
        "unordered $.items",
        "round $.price 2",
        "fold $.users[].name",
        "ignore $",
    ],
)
def test_a_rule_is_written_as_it_was_read(text: str) -> None:
    assert parse_rule(text).text == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a rule is empty"),
        ("forget $.a", "'forget' is none of ignore"),
        ("ignore", "ignore wants one field"),
        ("ignore a.b", "'a.b' is no field"),
        ("ignore $.a b", "ignore wants one field"),
        ("ignore header", "it names no header"),
        ("ignore header a b", "it names no header"),
        ("round $.a", "a field and a number of digits"),
        ("round $.a x", "'x' is no number of digits"),
        ("round $.a 99", "'99' is no number of digits"),
        ("unordered header x", "unordered wants one field"),
    ],
)
def test_what_is_no_rule_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_rule(text)

    assert message in caught.value.message
    assert caught.value.hint


def test_a_rule_holds_for_its_endpoint() -> None:
    everywhere, here = FieldRule(Way.IGNORE, "$.a"), FieldRule(Way.IGNORE, "$.b", endpoint="/api/users/{id}")

    assert rules_of("/api/users/{id}", [everywhere, here]).rules == (everywhere, here)
    assert rules_of("/api/posts", [everywhere, here]).rules == (everywhere,)
