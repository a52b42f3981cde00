"""Lists of stacks, events and resources in pages."""

from __future__ import annotations

import pytest

from stranglerfig.core.cloudformation.stacks.paging import MOST, page
from stranglerfig.core.faults import Fault


def test_pages_hold_everything_once_and_the_last_has_no_token() -> None:
    names = [f"item-{number}" for number in range(2 * MOST + 1)]
    seen: list[str] = []
    token = None
    for _ in range(3):
        shown, token = page(names, str, token)
        seen += shown

    assert seen == names
    assert token is None


def test_what_comes_before_between_two_pages_repeats_nothing() -> None:
    names = [f"event-{number}" for number in range(MOST + 2)]
    _, token = page(names, str, None)

    shown, _ = page(["newer", *names], str, token)

    assert shown == names[MOST:]


@pytest.mark.parametrize("token", ["?", "bm90aGluZw==", "\u00e9"])
def test_a_token_of_somewhere_else_is_refused(token: str) -> None:
    with pytest.raises(Fault, match="NextToken"):
        page(["one"], str, token)
