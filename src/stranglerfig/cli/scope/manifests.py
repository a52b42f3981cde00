"""Manifests of the workspace as values. What is odd but harmless in them is said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stranglerfig.cli.output import warn
from stranglerfig.manifest.nearest import nearest
from stranglerfig.manifest.problems import ManifestInvalid, Problem
from stranglerfig.workspace import read
from stranglerfig.workspace.find import environment_file

if TYPE_CHECKING:
    from stranglerfig.manifest.load import Loaded
    from stranglerfig.manifest.model import EnvironmentManifest, WorkloadManifest
    from stranglerfig.workspace.values import Workspace

AWS = "aws"
#: as it stands in a manifest of whatever kind, right or wrong
TARGET = re.compile(r"^target:\s*[\"']?(\w+)", re.MULTILINE)


def read_workload(workspace: Workspace, name: str, env: str, *, lenient: bool = False) -> WorkloadManifest:
    """As it is in force in ``env``."""
    return check_workload(workspace, name, env, lenient=lenient).manifest


def check_workload(
    workspace: Workspace, name: str, env: str, *, lenient: bool = False
) -> read.Checked[WorkloadManifest]:
    """The same, with its lines."""
    checked = read.read_workload(workspace, name, env, is_lenient=lenient)
    for problem in (*checked.warnings, *misnamed(workspace, checked.loaded)):
        warn(str(problem))
    return checked


def misnamed(workspace: Workspace, loaded: Loaded) -> Iterator[Problem]:
    """Overrides for environments that the workspace has not, though it has one of nearly that name."""
    known = [file.name for file in workspace.environments]
    for name in loaded.environments:
        near = nearest(name, known)
        if name not in known and near:
            hint = f"did you mean {near}? Known: {', '.join(known)}"
            told = f"this workspace has no environment {name}"
            problem = loaded.problem(f"environments.{name}", told, hint)
            yield replace(problem, is_warning=True)


def target_of(workspace: Workspace, env: str) -> str:
    """Where an environment is, whatever else is wrong with its manifest: who takes it away need not mend that."""
    try:
        return read_environment(workspace, env).target
    except ManifestInvalid:
        found = TARGET.search(read.read_bytes(Path(environment_file(workspace, env).path)).decode(errors="replace"))
        return found[1] if found else AWS


def read_environment(workspace: Workspace, name: str) -> EnvironmentManifest:
    """Leniently: what Copilot would drop in it does no harm here."""
    return read.read_environment(workspace, name, is_lenient=True).manifest
