"""Releases of manifests that stand in the test."""

from __future__ import annotations

from textwrap import dedent
from typing import Any

from stranglerfig.aws.synth.facts import Release
from stranglerfig.manifest.build_model import build_workload
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.load import Request, load_manifest
from tests.aws.goldens import APP, ENV, env_facts


def a_release(manifest: str, **facts: Any) -> Release:
    """``facts`` as in a case's ``facts.yml``."""
    written = dedent(manifest)
    loaded = load_manifest(written.encode(), Request("manifest.yml", KINDS, app=APP, env=ENV))
    return Release(env_facts(facts), build_workload(loaded), written)
