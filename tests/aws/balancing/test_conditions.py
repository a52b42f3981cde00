"""What the balancer is told is what the routing of this machine means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.aws.synth.balancing.conditions import path_values, routing_conditions
from stranglerfig.aws.synth.balancing.hosts import Hosts
from stranglerfig.core.routing import glob
from stranglerfig.core.routing.paths import path_matches
from stranglerfig.manifest.model import HttpRule
from stranglerfig.workspace.compile.ingress import to_paths

paths = st.lists(st.sampled_from(["a", "b", "ab", ""]), max_size=3).map(lambda parts: "/" + "/".join(parts))


@given(paths.filter(lambda path: "//" not in path), paths.filter(lambda path: "//" not in path))
def test_a_path_takes_the_same_requests_as_here(written: str, asked: str) -> None:
    here = to_paths(written)
    there = any(glob.matches(pattern, asked) for pattern in path_values(written))

    assert there == (not here or any(path_matches(one, asked) for one in here))


@pytest.mark.parametrize(
    ("written", "wanted"),
    [("/", ("/*",)), ("/x", ("/x", "/x/*")), ("/x/", ("/x", "/x/*")), ("/a*/b", ("/a*/b", "/a*/b/*"))],
)
def test_a_path_ends_where_a_segment_ends(written: str, wanted: tuple[str, ...]) -> None:
    assert path_values(written) == wanted


def test_a_rule_without_hosts_and_networks_asks_for_its_path_alone() -> None:
    asked = routing_conditions(HttpRule("/x", "web", 80), Hosts())

    assert (asked.host, asked.source, len(asked.paths)) == (None, None, 1)
