"""Broken texts: each is read or refused with lines, never with a traceback. The same in every run, but for how many."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.load import Request, load_manifest
from stranglerfig.manifest.problems import ManifestInvalid, Problem
from stranglerfig.manifest.render import render_manifest
from tests.effort import amount
from tests.manifest.fuzz_seeds import ENVIRON, SEEDS
from tests.manifest.text_mutations import broken_text

MANIFESTS = amount(2_500, 10_000)
#: Of one example: drawing takes as long as reading.
BATCH = 20
STEADY = settings(
    max_examples=MANIFESTS // BATCH,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.torture
@STEADY
@given(number=st.integers(0, 2**32))
def test_a_broken_text_is_read_or_refused_with_lines(number: int) -> None:
    chance = Random(number)
    for _ in range(BATCH):
        text = broken_text(chance)
        problems = read(text, chance.choice((None, "test")))
        last = len(text.decode("utf-8", "replace").splitlines()) + 1

        assert all(1 <= problem.line <= last for problem in problems)
        assert all(str(problem).isprintable() for problem in problems)


def read(text: bytes, env: str | None) -> tuple[Problem, ...]:
    """What is wrong with it. What is right can be shown."""
    try:
        loaded = load_manifest(text, Request("m.yml", KINDS, "shop", env, ENVIRON))
    except ManifestInvalid as invalid:
        return invalid.problems
    render_manifest(loaded.body, loaded.kind.section).encode()
    return ()


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_broken_was_right_before(seed: bytes) -> None:
    assert read(seed, None) == ()
