"""Notices which services' files have changed, by looking again and again.

Looking needs no library and no limit of watches in the kernel, and is the same in containers and on network disks. How
often adapts to how long a look takes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading

    from stranglerfig.manifest.model import WorkloadManifest
    from stranglerfig.workspace.values import Workspace

PAUSE_S = 0.3
#: A look may take a twentieth of the time.
PAUSE_PER_LOOK = 20
#: Time of change and size, by path.
Stamps = dict[str, tuple[int, int]]


def watched_files(workspace: Workspace, manifest: WorkloadManifest) -> Iterator[Path]:
    """What a service is made of: its manifest, and what its builds would be sent, or the site's files."""
    from stranglerfig.workspace.gather import context_files

    root = Path(workspace.root)
    yield root / "copilot" / manifest.name / "manifest.yml"
    for folder in source_folders(root, manifest):
        if folder.is_file():
            yield folder
        for path in context_files(folder) if folder.is_dir() else ():
            if not is_noise(path, folder, root):
                yield path


def source_folders(root: Path, manifest: WorkloadManifest) -> Iterator[Path]:
    from stranglerfig.workspace.dockerfile import find_dockerfile

    for spec in manifest.containers:
        if spec.image.build is not None:
            dockerfile, context = find_dockerfile(root, spec.image.build)
            yield context
            yield dockerfile
        if spec.env_file:
            yield root / spec.env_file
    yield from (root / source.source for source in manifest.files)


def is_noise(path: Path, folder: Path, root: Path) -> bool:
    """Hidden files and all of copilot/: a build in the workspace's root has the manifests of others in it."""
    parts = path.relative_to(folder).parts
    return any(part.startswith(".") for part in parts) or path.is_relative_to(root / "copilot")


def look(workspace: Workspace, manifests: Mapping[str, WorkloadManifest]) -> dict[str, Stamps]:
    """By service."""
    return {name: stamps(watched_files(workspace, manifest)) for name, manifest in manifests.items()}


def stamps(paths: Iterator[Path]) -> Stamps:
    found = {}
    for path in paths:
        try:
            entry = os.stat(path)
        except OSError:  # it went away between being listed and being looked at
            continue
        found[str(path)] = (entry.st_mtime_ns, entry.st_size)
    return found


def wait_for_changes(
    workspace: Workspace, manifests: Mapping[str, WorkloadManifest], before: dict[str, Stamps], stop: threading.Event
) -> dict[str, Stamps]:
    """How it looks once something has changed and nothing changes any more: an editor writes more than one file. When
    ``stop`` is set it is given back as it was."""
    seen, took = before, 0.0
    while not stop.wait(max(PAUSE_S, took * PAUSE_PER_LOOK)):
        began = time.monotonic()
        latest = look(workspace, manifests)
        took = time.monotonic() - began
        if latest == seen and latest != before:
            return latest
        seen = latest
    return before


def differing(before: Mapping[str, Stamps], after: Mapping[str, Stamps]) -> list[str]:
    return sorted(name for name in after if after[name] != before.get(name))
