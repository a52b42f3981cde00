"""What `env package` writes can be deployed as it is, and is what fig would deploy."""

from __future__ import annotations

import json

import pytest

from stranglerfig.aws.stacks.change_sets import LARGEST_BODY
from stranglerfig.aws.stacks.values import to_order
from stranglerfig.aws.synth.template import Tree
from stranglerfig.cli.aws.packaging import to_file, to_lines
from tests.aws.goldens import ENVIRONMENT, GoldenCase, all_goldens, load_yaml

#: Has more than anybody's, rules of a balancer by the dozen among it: that is told, and wants a bucket.
LONGER = {"env-everything"}
CASES = tuple(case for case in all_goldens() if case.input.name == ENVIRONMENT)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_template_is_short_enough_to_be_sent_along(case: GoldenCase) -> None:
    written = to_file(to_order("forum-test", case.tree()))

    assert len(written.encode()) <= LARGEST_BODY or case.name in LONGER
    assert load_yaml(written) == load_yaml(json.dumps(case.tree()))


def test_each_resource_has_a_line_of_its_own() -> None:
    tree: Tree = {"Description": "one", "Resources": {"A": {"Type": "x"}, "B": {"Type": "y"}}}

    assert to_lines(tree).splitlines() == [
        "{",
        '"Description":"one",',
        '"Resources":{',
        '"A":{"Type":"x"},',
        '"B":{"Type":"y"}',
        "}",
        "}",
    ]
