"""Reads what a workload is deployed from beside its manifest: Dockerfile, env files, the state of its files."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from stranglerfig.core.application import Kind, Runtime
from stranglerfig.errors import UsageError
from stranglerfig.manifest.model import ContainerSpec, LocalRun, Pairs, WorkloadManifest
from stranglerfig.workspace.collect import collect_files
from stranglerfig.workspace.dockerfile import find_dockerfile, read_dockerfile
from stranglerfig.workspace.find import FOLDER, SUMMARY
from stranglerfig.workspace.ignore import has_exceptions, to_ignored
from stranglerfig.workspace.process_run import Place, to_process
from stranglerfig.workspace.values import ImageFacts, Parts, ProcessRun, StaticRun
from stranglerfig.workspace.volumes import to_volume_folders

#: What tools leave behind and no program is made of.
LEFTOVERS = {
    *(".git", ".venv", "venv", "node_modules", "__pycache__"),
    *(".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", ".tox", ".nox"),
}
#: Larger files count by size and time alone, or a look at an unchanged service would take seconds.
READ_AT_MOST = 1_000_000
VENVS = (".venv", "venv")


def read_parts(root: Path, manifest: WorkloadManifest, runtime: Runtime, state: Path) -> Parts:
    """``root`` is the workspace's, ``state`` a folder of the environment's own for volumes and served files."""
    env_files = {
        spec.name: read_env_file(root / spec.env_file, spec.name) for spec in manifest.containers if spec.env_file
    }
    if manifest.kind is Kind.STATIC_SITE:
        folder, digest = collect_files(root, manifest.files, state / "sites" / manifest.name)
        serve = (sys.executable, "-m", "stranglerfig.static_site", str(folder))
        return Parts(static=StaticRun(str(folder), serve), env_files=env_files, digest=digest)
    if runtime is not Runtime.PROCESS:
        return Parts(env_files=env_files)
    process, context = read_process(root, manifest, state)
    return Parts(process=process, env_files=env_files, digest=read_digest(context))


def read_process(root: Path, manifest: WorkloadManifest, state: Path) -> tuple[ProcessRun, Path]:
    """And the build context that it runs in."""
    main = manifest.containers[0]
    facts, context = read_image(root, main, manifest.local)
    folders = to_volume_folders(manifest, facts, str(state))
    place = to_place(root, context, folders.by_path)
    return replace(to_process(facts, main, manifest.local, place), mounts=folders.by_volume), context


def read_image(root: Path, spec: ContainerSpec, local: LocalRun) -> tuple[ImageFacts, Path]:
    build, has_command = spec.image.build, local.command is not None
    if build is None:
        if has_command:
            return ImageFacts(), root
        raise UsageError(
            f"{spec.name} cannot run without Docker: what the image {spec.image.location} runs is only known to Docker",
            hint=f"Write a command {local.place}, or {local.in_docker}.",
        )
    dockerfile, context = find_dockerfile(root, build)
    if has_command and not dockerfile.is_file():
        return ImageFacts(), context if context.is_dir() else root
    return read_dockerfile(dockerfile, context=context, target=build.target, args=dict(build.args)), context.absolute()


def to_place(root: Path, context: Path, volumes: Pairs) -> Place:
    """With the context's own virtual environment, the workspace's, or, for want of both, fig's."""
    candidates = [folder / name for folder in (context, root) for name in VENVS]
    own = next((venv for venv in candidates if (venv / "bin" / "python").exists()), None)
    python = str(own / "bin" / "python") if own else sys.executable
    return Place(
        context=str(context),
        is_there=os.path.exists,
        which=lambda program, path: shutil.which(program, path=path),
        bin=str(Path(python).parent),
        python=python,
        path=os.environ.get("PATH", os.defpath),
        volumes=volumes,
    )


def read_env_file(path: Path, name: str) -> Pairs:
    """Lines ``K=V``, all after the first ``=`` as it stands: neither quotes nor ``$`` mean anything."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"cannot read the env_file of {name}, {path}: {error}",
            hint="Write the file, or take `env_file` out of the manifest.",
        ) from error
    pairs = (line.strip().partition("=") for line in lines if line.strip() and not line.lstrip().startswith("#"))
    return tuple((key.strip(), value) for key, equals, value in pairs if equals and key.strip())


def read_digest(context: Path) -> str:
    """Of the files that count, by their content: a checkout that changes times alone deploys nothing anew."""
    digest = hashlib.sha256()
    for path in context_files(context):
        try:
            entry = path.stat()
            content = path.read_bytes() if entry.st_size <= READ_AT_MOST else str(entry.st_mtime_ns).encode()
        except FileNotFoundError:  # it went away since it was listed
            continue
        digest.update(f"{path.relative_to(context)}\0{entry.st_mode & 0o111}\0{entry.st_size}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def context_files(context: Path) -> Iterator[Path]:
    """Readable regular files that the build would be sent, folder by folder, sorted."""
    ignore_file = context / ".dockerignore"
    text = ignore_file.read_text(encoding="utf-8", errors="replace") if ignore_file.is_file() else ""
    ignored, looks_in = to_ignored(text), has_exceptions(text)
    start = len(str(context)) + 1
    for folder, folders, files in os.walk(context):
        inner = f"{folder[start:]}/" if folder[start:] else ""
        folders[:] = sorted(
            name
            for name in folders
            if name not in LEFTOVERS and not is_workspace(folder, name) and (looks_in or not ignored(inner + name))
        )
        for name in sorted(files):
            path = f"{folder}/{name}"
            if not ignored(inner + name) and os.path.isfile(path) and os.access(path, os.R_OK):
                yield Path(path)


def is_workspace(folder: str, name: str) -> bool:
    """``copilot/`` itself: another service's manifest is no part of this one, though its context be the whole tree."""
    return name == FOLDER and os.path.exists(f"{folder}/{name}/{SUMMARY}")
