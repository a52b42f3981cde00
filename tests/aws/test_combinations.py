"""Sections of all cases' manifests, put together by chance: what is a manifest becomes a template, or is refused."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest

from stranglerfig.aws.synth.facts import ImportedBalancer, Release
from stranglerfig.aws.synth.template import to_tree
from stranglerfig.aws.synth.workload import parameter_values, workload_template
from stranglerfig.errors import UsageError
from stranglerfig.manifest.build_model import build_workload
from stranglerfig.manifest.kinds import KINDS, WORKLOADS
from stranglerfig.manifest.load import Loading, Request
from stranglerfig.manifest.model import WorkloadManifest
from stranglerfig.manifest.nodes import Entry, MapNode, ScalarNode
from stranglerfig.manifest.source import read_source
from tests.aws.goldens import APP, ENV, MANIFEST, all_goldens, dump_yaml, env_facts
from tests.aws.test_lint import is_allowed, lint
from tests.effort import amount

TRIES, LINTED_ONE_IN = amount(500, 20_000), 50
DOMAIN = {"domain": "example.com", "hosted_zone": "Z0HOSTEDZONE", "own_zone": "Z0APPZONE"}
SHARED = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:{}/app/shared/50dc6c495c0c9188"
BALANCER = ImportedBalancer(
    SHARED.format("loadbalancer"),
    "shared-1.eu-west-1.elb.amazonaws.com",
    "Z32O12XQLNTSW2",
    {"HTTP": f"{SHARED.format('listener')}/f2f7dc8efc522ab2"},
)


@pytest.mark.torture
def test_any_combination_of_sections_becomes_a_template_or_is_refused() -> None:
    made = refused = 0
    for number in range(TRIES):
        chance = Random(number)
        manifest = combination(chance)
        if manifest is None:
            continue
        release = somewhere(manifest, chance)
        try:
            tree = to_tree(workload_template(release))
        except UsageError:
            refused += 1
            continue
        check(tree, release)
        made += 1
        if made % LINTED_ONE_IN == 0:
            found = [remark for remark in lint(dump_yaml(tree)) if not is_allowed(*remark)]
            assert found == [], release.text

    assert made > refused > 0


def check(tree: dict[str, object], release: Release) -> None:
    declared, values = tree["Parameters"], parameter_values(release)
    assert isinstance(declared, dict)
    assert values.keys() <= declared.keys(), release.text
    assert {name for name, one in declared.items() if "Default" not in one} <= values.keys(), release.text


def combination(chance: Random) -> WorkloadManifest | None:
    """None if it is no manifest."""
    sections = pool()[chance.choice(sorted(pool()))]
    likely = {"name": 1.0, "type": 1.0, "image": 0.95, "http": 0.8, "on": 0.95}
    entries = [
        chance.choice(found) for name, found in sorted(sections.items()) if chance.random() < likely.get(name, 0.35)
    ]
    loading = Loading(Request("manifest.yml", KINDS, APP, ENV), [])
    loaded = loading.load(MapNode(tuple(entries), 1, 1))
    if loaded is None or any(not fault.is_warning for fault in loading.faults):
        return None
    return build_workload(loaded)


def somewhere(manifest: WorkloadManifest, chance: Random) -> Release:
    env = {"public_certificates": chance.random() < 0.2, "private_certificates": chance.random() < 0.5}
    facts = env_facts({"app": DOMAIN if chance.random() < 0.5 else {}, "env": env})
    return Release(
        facts,
        manifest,
        str(manifest.body),
        balancer=BALANCER if chance.random() < 0.2 else None,
        subnets=("subnet-0123456789abcdef0",),
        certificate="arn:aws:acm:us-east-1:111122223333:certificate/0d2bf6c1-3d0e-4c31-9e2d-9a3b5f2a7c11",
    )


@cache
def pool() -> dict[str, dict[str, list[Entry]]]:
    """By kind and name, every section that some case gives."""
    found: dict[str, dict[str, list[Entry]]] = {}
    for case in all_goldens():
        if case.input.name != MANIFEST:
            continue
        root, _ = read_source(case.input.read_bytes(), case.name)
        assert isinstance(root, MapNode)
        kind = next(entry.value for entry in root.entries if entry.key == "type")
        assert isinstance(kind, ScalarNode)
        assert kind.text in WORKLOADS
        for entry in root.entries:
            found.setdefault(kind.text, {}).setdefault(entry.key, []).append(entry)
    return found
