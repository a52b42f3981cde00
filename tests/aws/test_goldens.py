"""Manifests, and the templates that are wanted of them. ``make golden`` writes those anew."""

from __future__ import annotations

import pytest

from tests.aws.goldens import GoldenCase, all_goldens


@pytest.mark.parametrize("case", all_goldens(), ids=lambda case: case.name)
def test_a_case_becomes_the_template_that_is_wanted(case: GoldenCase) -> None:
    assert case.tree() == case.wanted()


def test_every_case_is_about_something_of_its_own() -> None:
    inputs = [tuple(path.read_text() for path in case.inputs()) for case in all_goldens()]

    assert len(inputs) == len({*inputs})
