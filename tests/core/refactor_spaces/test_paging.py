"""Pages of lists that change meanwhile."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.core.faults import Fault
from stranglerfig.core.refactor_spaces.paging import page
from stranglerfig.core.refactor_spaces.resources import Environment, Facts


def an_environment(number: int) -> Environment:
    return Environment(
        Facts(f"env-{number:010}", "0" * 12, "0" * 12, float(number // 3), 0.0), f"name {number}", "NONE"
    )


@given(st.integers(0, 40), st.integers(1, 15), st.sets(st.integers(0, 40)))
def test_pages_together_hold_each_resource_that_stays_once(count: int, size: int, leaving: set[int]) -> None:
    everything = [an_environment(number) for number in range(count)]
    seen: list[Environment] = []
    shown, token = page(everything, size, None)
    seen += shown
    staying = [one for number, one in enumerate(everything) if number not in leaving]
    while token is not None:
        shown, token = page(staying, size, token)
        seen += shown
    assert len(seen) == len(set(seen))
    assert set(staying) <= set(seen)


def test_without_a_size_a_page_has_a_hundred() -> None:
    shown, token = page([an_environment(number) for number in range(101)], None, None)
    assert (len(shown), token is not None) == (100, True)


@pytest.mark.parametrize("token", ["AAAA", "no token", "====", "eA=="])
def test_a_token_that_was_never_given_out_is_refused(token: str) -> None:
    with pytest.raises(Fault, match="NextToken"):
        page([], None, token)
