"""Every field of Copilot's language that can reach AWS occurs in some case."""

from __future__ import annotations

import re
from functools import cache

import pytest

from stranglerfig.manifest.kinds import WORKLOADS
from stranglerfig.manifest.kinds.environment import ENVIRONMENT_TYPE
from tests.aws.fields.derive import effects_of_fields
from tests.aws.fields.page import PAGE, REFUSED, TOLD, WHERE, becomes
from tests.aws.goldens import all_goldens
from tests.manifest.fields import copilot_paths, fields_given


@pytest.mark.parametrize("kind", [*WORKLOADS, ENVIRONMENT_TYPE])
def test_every_field_occurs_in_a_manifest_that_becomes_a_template(kind: str) -> None:
    """What several kinds of workload share is the same code, and may occur in any of them."""
    kinds = [kind] if kind == ENVIRONMENT_TYPE else [*WORKLOADS]
    covered = {path for one in kinds for path in fields_of_cases().get(one, ())}

    assert sorted(copilot_paths(kind) - covered - REFUSED.keys()) == []


def test_no_field_is_called_refused_that_occurs() -> None:
    assert {path for paths in fields_of_cases().values() for path in paths} & REFUSED.keys() == set()


@cache
def fields_of_cases() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for case in all_goldens():
        if case.input.name != "app.yml":
            kind, paths = fields_given(case.input.read_bytes(), case.name)
            found.setdefault(kind, set()).update(paths)
    return found


def test_the_page_says_of_every_field_what_it_becomes() -> None:
    """From what is told and what stands on the page, for it takes long to see all of it anew."""
    page = PAGE.read_text()
    rows = dict(re.findall(r"^\| `(\S+)` \| (.+) \|$", page, re.MULTILINE))
    wanted = {path for kinds in WHERE.values() for kind in kinds for path in copilot_paths(kind)}

    assert rows.keys() == wanted, "run `make docs`"
    assert {path: told for path, told in rows.items() if path in TOLD and told != TOLD[path]} == {}


#: Fields that are quick to see: what they become is what the page says.
SEEN = ("cpu", "exec", "http.deregistration_delay", "nlb.ssl_policy", "publish.topics[].name", "retries", "timeout")


def test_the_page_says_what_is_seen_when_a_field_is_left_out() -> None:
    seen, page = effects_of_fields(SEEN), PAGE.read_text()

    assert {path for path in SEEN if f"| `{path}` | {becomes(path, seen)} |" not in page} == set()
    assert becomes("cpu", seen) == "`ECS::TaskDefinition` `Cpu`"
