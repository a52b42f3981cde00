"""What ``fig svc show`` makes of what the daemon says."""

from __future__ import annotations

import pytest

from stranglerfig.cli.svc.described import to_notes


@pytest.mark.parametrize(
    ("runtime", "variable", "is_noted"),
    [("docker", "COPILOT_LB_DNS", True), ("process", "COPILOT_LB_DNS", False), ("docker", "LEVEL", False)],
)
def test_a_container_that_is_given_the_balancers_address_is_noted(runtime: str, variable: str, is_noted: bool) -> None:
    described = {
        "configurations": [{"environment": "test", "runtime": runtime}],
        "variables": [{"name": variable, "container": "web", "environment": "test", "value": "127.0.0.1:8080"}],
    }
    notes = to_notes(described)

    assert [row["environment"] for row in notes] == ["test"] * is_noted
    assert all("COPILOT_LB_DNS" in row["note"] for row in notes)
