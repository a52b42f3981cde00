"""Trees with branches in wrong places: the same promise, for what comes after the parser."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stranglerfig.manifest.build_model import build_model
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.load import Loaded, Loading, Request
from stranglerfig.manifest.problems import MOST, Fault
from stranglerfig.manifest.render import render_manifest
from stranglerfig.manifest.source import read_source
from tests.manifest.fuzz_seeds import ENVIRON
from tests.manifest.test_fuzz_texts import BATCH, STEADY
from tests.manifest.tree_mutations import broken_tree

LAST_LINE = 20


@pytest.mark.torture
@STEADY
@given(number=st.integers(0, 2**32))
def test_a_broken_tree_is_read_or_refused_with_lines(number: int) -> None:
    chance = Random(number)
    for _ in range(BATCH):
        env = chance.choice((None, "test", "prod"))
        request = Request("m.yml", KINDS, "shop", env, ENVIRON, is_lenient=chance.random() < 0.3)
        loading = Loading(request, [])
        loaded = loading.load(broken_tree(chance))
        errors = [fault for fault in loading.faults if not fault.is_warning]

        assert all(1 <= fault.place.line <= LAST_LINE for fault in loading.faults)
        assert all(is_brief(fault) for fault in errors)
        assert loaded is not None or errors
        # a warning may say that the base alone is not a manifest yet
        if loaded is not None and not loading.faults:
            check_rendering(loaded)
            build_model(loaded)


def is_brief(fault: Fault) -> bool:
    return fault.message.isprintable() and len(fault.message) < 10 * MOST


def check_rendering(loaded: Loaded) -> None:
    """What is shown reads as the same values, but for texts that look like variables: those are filled in already."""
    text = render_manifest(loaded.body, loaded.kind.section)
    filled = replace(loaded.kind, is_interpolated=False)
    again = Loading(Request("m.yml", {filled.name: filled}, kind=filled.name), [])
    tree, faults = read_source(text.encode(), "shown")
    assert not faults
    reread = again.load(tree)

    assert [fault for fault in again.faults if not fault.is_warning] == [], text
    assert reread is not None
    assert reread.body == loaded.body, text
