from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.cli.deploying.difference import render_difference
from stranglerfig.cli.deploying.groups import parse_names, to_groups, to_layers
from stranglerfig.cli.pipeline.stages import layers_of
from stranglerfig.errors import NotFound, UsageError
from stranglerfig.manifest.model import PipelineDeployment, PipelineStage
from stranglerfig.workspace.values import ManifestFile, Workspace


def test_the_lowest_priority_goes_first_and_what_has_none_last() -> None:
    wanted = parse_names(["web", "database/1", "cache/2", "users/1"])

    assert to_groups(wanted) == [["database", "users"], ["cache"], ["web"]]


@pytest.mark.parametrize("text", ["/1", "web/", "web/first", "web/-1"])
def test_what_is_no_name_with_a_priority_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="NAME/PRIORITY"):
        parse_names([text])


def test_a_publisher_goes_before_its_subscribers_and_the_rest_side_by_side() -> None:
    needs = {"mailer": ["orders", "elsewhere"], "audit": ["mailer"], "web": ["web"]}

    assert to_layers(["audit", "mailer", "orders", "web"], needs) == [["orders", "web"], ["mailer"], ["audit"]]


def test_a_circle_of_subscribers_is_deployed_all_the_same() -> None:
    assert to_layers(["a", "b", "c"], {"a": ["b"], "b": ["a"]}) == [["c"], ["a", "b"]]


names = st.sampled_from("abcdef")


@given(st.sets(names), st.dictionaries(names, st.lists(names)))
def test_every_name_stands_in_exactly_one_layer(wanted: set[str], needs: dict[str, list[str]]) -> None:
    layers = to_layers(sorted(wanted), needs)

    assert sorted(name for layer in layers for name in layer) == sorted(wanted)


def test_a_difference_names_what_is_new_gone_and_other() -> None:
    old = {"count": 1, "http": {"path": "a"}, "tags": ["x", "y"], "cpu": 256}
    new = {"count": 2, "http": {"path": "b"}, "tags": ["y", "z"], "memory": 512}

    assert render_difference(old, new) == [
        "~ count: 1 -> 2",
        "~ http:",
        "    ~ path: a -> b",
        "~ tags:",
        "    - x",
        "    + z",
        "    (1 unchanged item)",
        "- cpu: 256",
        "+ memory: 512",
    ]
    assert render_difference(old, old) == []


def test_a_stage_deploys_proxies_as_it_deploys_services() -> None:
    workspace = Workspace("/", "forum", (ManifestFile("users", "/u"),), (ManifestFile("shop", "/s"),))

    assert layers_of(PipelineStage("test"), workspace) == [["users", "shop"]]
    named = PipelineStage("test", deployments=(PipelineDeployment("shop", ("users",)), PipelineDeployment("users")))
    assert layers_of(named, workspace) == [["users"], ["shop"]]
    with pytest.raises(NotFound, match="deploys other"):
        layers_of(PipelineStage("test", deployments=(PipelineDeployment("other"),)), workspace)


def test_a_difference_goes_into_items_of_lists_and_lines_of_texts() -> None:
    old = {"containers": [{"name": "web", "port": 80}, {"name": "side"}], "text": "a: 1\nb: 2\n"}
    new = {"containers": [{"name": "web", "port": 90}, {"name": "side"}], "text": "a: 1\nb: 3\n"}

    assert render_difference(old, new) == [
        "~ containers:",
        "    ~ - (changed item)",
        "        ~ port: 80 -> 90",
        "    (1 unchanged item)",
        "~ text:",
        "    - b: 2",
        "    + b: 3",
    ]
