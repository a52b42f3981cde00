"""Manifests of the workspace as values. What is odd but harmless in them is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stranglerfig.cli.output import warn
from stranglerfig.workspace import read

if TYPE_CHECKING:
    from stranglerfig.manifest.model import EnvironmentManifest, WorkloadManifest
    from stranglerfig.workspace.values import Workspace


def read_workload(workspace: Workspace, name: str, env: str, *, lenient: bool = False) -> WorkloadManifest:
    """As it is in force in ``env``."""
    checked = read.read_workload(workspace, name, env, is_lenient=lenient)
    for problem in checked.warnings:
        warn(str(problem))
    return checked.manifest


def read_environment(workspace: Workspace, name: str) -> EnvironmentManifest:
    """Leniently: what Copilot would drop in it does no harm here."""
    return read.read_environment(workspace, name, is_lenient=True).manifest
