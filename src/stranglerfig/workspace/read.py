"""Reads the workspace's manifests: text, checks, values. Problems come as they are raised, all of a file at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from stranglerfig.errors import NotFound, UsageError
from stranglerfig.manifest.build_model import build_model
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.kinds.pipeline import PIPELINE_TYPE
from stranglerfig.manifest.load import Loaded, Request, filled_text, load_manifest
from stranglerfig.manifest.model import EnvironmentManifest, PipelineManifest, ProxyManifest, WorkloadManifest
from stranglerfig.manifest.problems import ManifestInvalid, Problem, brief
from stranglerfig.workspace.find import environment_file, pipeline_file, proxy_file, workload_file
from stranglerfig.workspace.values import ManifestFile, Workspace

M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Checked(Generic[M]):
    """``loaded`` knows its lines. ``warnings`` are of what does no harm, or of all that is wrong when it was to be
    lenient."""

    manifest: M
    loaded: Loaded
    warnings: tuple[Problem, ...] = ()


def read_workload(
    workspace: Workspace,
    name: str,
    environment: str,
    *,
    environ: Mapping[str, str] | None = None,
    is_lenient: bool = False,
) -> Checked[WorkloadManifest]:
    """As it is in force in ``environment``. ``environ`` None: this process's own variables."""
    loaded = load(workspace, workload_file(workspace, name), environment, environ, is_lenient)
    found = checked(loaded, WorkloadManifest, "service or job")
    require_name(loaded, name)
    return found


def read_proxy(
    workspace: Workspace,
    name: str,
    environment: str,
    *,
    environ: Mapping[str, str] | None = None,
    is_lenient: bool = False,
) -> Checked[ProxyManifest]:
    """As it is in force in ``environment``."""
    loaded = load(workspace, proxy_file(workspace, name), environment, environ, is_lenient)
    found = checked(loaded, ProxyManifest, "proxy")
    require_name(loaded, name)
    return found


def read_environment(
    workspace: Workspace, name: str, *, environ: Mapping[str, str] | None = None, is_lenient: bool = False
) -> Checked[EnvironmentManifest]:
    loaded = load(workspace, environment_file(workspace, name), name, environ, is_lenient)
    found = checked(loaded, EnvironmentManifest, "environment")
    require_name(loaded, name)
    return found


def read_pipeline(
    workspace: Workspace, name: str, *, environ: Mapping[str, str] | None = None, is_lenient: bool = False
) -> Checked[PipelineManifest]:
    loaded = load(workspace, pipeline_file(workspace, name), None, environ, is_lenient, PIPELINE_TYPE)
    return checked(loaded, PipelineManifest, "pipeline")


def filled_workload(workspace: Workspace, name: str, environment: str) -> str:
    """Its text with variables filled in, as stacks on AWS keep it."""
    file = workload_file(workspace, name)
    return filled_text(read_bytes(Path(file.path)), to_request(workspace, file, environment))


def filled_environment(workspace: Workspace, name: str) -> str:
    file = environment_file(workspace, name)
    return filled_text(read_bytes(Path(file.path)), to_request(workspace, file, name))


def load(
    workspace: Workspace,
    file: ManifestFile,
    environment: str | None,
    environ: Mapping[str, str] | None,
    is_lenient: bool,
    kind: str | None = None,
) -> Loaded:
    """The effective manifest before it becomes values, with the places of everything in it."""
    request = to_request(workspace, file, environment, environ, is_lenient=is_lenient, kind=kind)
    return load_manifest(read_bytes(Path(file.path)), request)


def to_request(
    workspace: Workspace,
    file: ManifestFile,
    environment: str | None,
    environ: Mapping[str, str] | None = None,
    *,
    is_lenient: bool = False,
    kind: str | None = None,
) -> Request:
    return Request(
        file=shown(Path(file.path), Path(workspace.root)),
        kinds=KINDS,
        app=workspace.app,
        env=environment,
        environ=os.environ if environ is None else environ,
        is_lenient=is_lenient,
        kind=kind,
    )


def require_name(loaded: Loaded, folder: str) -> None:
    """Commands go by the folder, the daemon by the name: where they differ, something else would be deployed."""
    name = loaded.body.get("name")
    if name != folder:
        problem = loaded.problem(
            "name",
            f"is {brief(str(name))!r}, but the manifest's folder is {folder!r}",
            f"Write `name: {folder}`, or rename the folder.",
        )
        raise ManifestInvalid([*loaded.warnings, problem])


def checked(loaded: Loaded, kind: type[M], what: str) -> Checked[M]:
    manifest = build_model(loaded)
    if not isinstance(manifest, kind):
        raise UsageError(
            f"{loaded.file} is no manifest of a {what}, but of type {loaded.kind.name}",
            hint="Mend its `type`, or move it to the folder for its kind.",
        )
    return Checked(manifest, loaded, loaded.warnings)


def read_bytes(path: Path) -> bytes:
    # A pipe with no writer would be waited for without end.
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is not a file", hint="Put the manifest there as a file.")
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFound(
            f"there is no {path}", hint="Write it with `fig init`, or name a manifest that is there."
        ) from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="Make it a file that you may read.") from error


def shown(path: Path, root: Path) -> str:
    """As the reader would type it in the workspace."""
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
