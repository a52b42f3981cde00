"""Every field of Copilot's language that can reach AWS occurs in some case."""

from __future__ import annotations

from functools import cache

import pytest

from stranglerfig.manifest.kinds import WORKLOADS
from stranglerfig.manifest.kinds.environment import ENVIRONMENT_TYPE
from tests.aws.goldens import all_goldens
from tests.manifest.fields import copilot_paths, fields_given

#: What Copilot lists, for its types share structures, and neither it nor we take where it would stand; with the reason.
REFUSED = {
    "nlb.additional_listeners[].healthcheck.grace_period": "a service has one, which the main listener says",
    "nlb.alias[].hosted_zone": "a network balancer's names are below the application's domain",
    "http.private.security_groups.ingress.restrict_to": "it restricts who comes from outside",
    "http.private.security_groups.ingress.restrict_to.cdn": "it restricts who comes from outside",
    "http.private.security_groups.ingress.restrict_to.source_ips": "it restricts who comes from outside",
    "http.public.security_groups.ingress.from_vpc": "it lets in who is inside",
}


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
