"""Writes first manifests into the workspace. What is there already is never touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from stranglerfig.errors import StateUnusable
from stranglerfig.manifest.build_model import build_model
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.load import Request, load_manifest
from stranglerfig.manifest.model import EnvironmentManifest
from stranglerfig.workspace.find import FOLDER, MANIFEST, check_name, check_workload_name
from stranglerfig.workspace.scaffold import Answers, StageAnswer, environment_text, pipeline_text, workload_text


@dataclass(frozen=True, slots=True)
class Written:
    """``is_new`` False: the file was there before, and is as it was."""

    path: Path
    is_new: bool


def write_workload(root: Path, answers: Answers) -> Written:
    name = check_workload_name(answers.name)
    return write_new(root / FOLDER / name / MANIFEST, workload_text(answers))


def write_environment(root: Path, name: str, *, runtime: str | None = None, port: int | None = None) -> Written:
    """On this machine."""
    text = environment_text(name, runtime=runtime, port=port)
    return write_environment_text(root, name, text)


def write_environment_on_aws(root: Path, name: str, settings: Mapping[str, object]) -> Written:
    """Raises ``ManifestInvalid`` for settings that no environment can have, and writes nothing then."""
    _, text = to_environment_on_aws(name, settings)
    return write_environment_text(root, name, text)


def to_environment_on_aws(name: str, settings: Mapping[str, object]) -> tuple[EnvironmentManifest, str]:
    """Its manifest, and that as text."""
    check_name(name, "environment")
    text = environment_text(name, target="aws", settings=settings)
    manifest = build_model(load_manifest(text.encode(), Request(MANIFEST, KINDS, env=name)))
    assert isinstance(manifest, EnvironmentManifest)
    return manifest, text


def write_environment_text(root: Path, name: str, text: str) -> Written:
    check_name(name, "environment")
    return write_new(root / FOLDER / "environments" / name / MANIFEST, text)


def write_pipeline(
    root: Path, name: str, stages: Iterable[StageAnswer], *, repository: str = "", branch: str = "main"
) -> Written:
    check_name(name, "pipeline")
    text = pipeline_text(name, stages, repository=repository, branch=branch)
    return write_new(root / FOLDER / "pipelines" / name / MANIFEST, text)


def write_new(path: Path, text: str) -> Written:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return Written(path, is_new=False)
    except OSError as error:
        raise StateUnusable(
            f"cannot write {path}: {error.strerror}", hint="Make the folder writable, and run the command again."
        ) from error
    return Written(path, is_new=True)
