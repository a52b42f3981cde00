"""Stacks whose names are what another's would be, too: tags say whose they are."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from stranglerfig.aws.stacks.owners import belongs, refuse_others
from stranglerfig.aws.stacks.values import Stack
from stranglerfig.errors import Conflict

ENV = {"copilot-application": "app", "copilot-environment": "test-eu"}
API = {**ENV, "copilot-service": "api"}


def stack(tags: Mapping[str, str]) -> Stack:
    return Stack("arn:stack", "app-test-eu-api", "CREATE_COMPLETE", tags=tags)


@pytest.mark.parametrize(
    ("tags", "wanted", "is_theirs"),
    [
        (API, {**API, "team": "a"}, True),
        ({**API, "team": "a"}, API, True),
        # made by hand
        ({"team": "a"}, API, True),
        (ENV, API, False),
        (API, ENV, False),
        (API, {**ENV, "copilot-environment": "test", "copilot-service": "eu-api"}, False),
        (API, {**API, "fig-proxy": "api"}, False),
        ({"copilot-application": "app"}, ENV, False),
    ],
)
def test_a_stack_belongs_to_whom_its_tags_name(
    tags: Mapping[str, str], wanted: Mapping[str, str], is_theirs: bool
) -> None:
    assert belongs(stack(tags), wanted) is is_theirs


def test_whose_it_is_and_whose_it_is_not_is_said() -> None:
    said = (
        "stack app-test-eu-api is that of workload api of environment test-eu of application app,"
        " not of workload eu-api of environment test of application app"
    )
    with pytest.raises(Conflict, match=said):
        refuse_others(stack(API), {**ENV, "copilot-environment": "test", "copilot-service": "eu-api"})
