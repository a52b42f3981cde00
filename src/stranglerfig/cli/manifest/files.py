"""Which manifests a command is about: a file, a workspace's, or one of them by name."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stranglerfig.errors import NotFound, UsageError
from stranglerfig.manifest.kinds import KINDS
from stranglerfig.manifest.kinds.pipeline import PIPELINE_TYPE
from stranglerfig.manifest.load import Loaded, Request, load_manifest
from stranglerfig.workspace.find import MANIFEST, find_root, find_workspace

if TYPE_CHECKING:
    from stranglerfig.workspace.values import Workspace


@dataclass(frozen=True, slots=True)
class ManifestOnDisk:
    """``app`` None: it is in no workspace."""

    path: Path
    app: str | None

    @property
    def shown(self) -> str:
        """As a reader who stands here would type it."""
        here = Path.cwd()
        full = self.path.absolute()
        return str(full.relative_to(here)) if full.is_relative_to(here) else str(full)

    def load(self, env: str | None, *, is_lenient: bool) -> Loaded:
        # A pipeline's manifest does not say that it is one; its folder does.
        is_pipeline = self.path.absolute().parent.parent.name == "pipelines"
        request = Request(
            file=self.shown,
            kinds=KINDS,
            app=self.app,
            env=env,
            environ=os.environ,
            is_lenient=is_lenient,
            kind=PIPELINE_TYPE if is_pipeline else None,
        )
        return load_manifest(read_text(self.path), request)


def read_text(path: Path) -> bytes:
    # A pipe with no writer would be waited for without end.
    if path.exists() and not path.is_file():
        raise UsageError(f"{path} is not a file", hint="Name a file that is there.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="Name a file that is there.") from error


def manifests_at(path: str | None) -> list[ManifestOnDisk]:
    """Of a file, itself; of a folder with a manifest, that one; of any other folder, all of its workspace."""
    place = Path(path) if path is not None else Path.cwd()
    if path is not None and not place.exists():
        raise NotFound(f"there is no file {path}", hint="Without a path, the manifests of the workspace are meant.")
    if (place / MANIFEST).is_file():
        place = place / MANIFEST
    if not place.is_dir():
        return [ManifestOnDisk(place, app_of(place))]
    workspace = find_workspace(place)
    found = [ManifestOnDisk(Path(path), workspace.app) for _, path in names_in(workspace)]
    if not found:
        raise NotFound(f"the workspace {workspace.root} has no manifest", hint="Run `fig svc init` to write one.")
    return found


def manifest_of(name_or_path: str) -> ManifestOnDisk:
    if os.sep in name_or_path or Path(name_or_path).is_file():
        found = manifests_at(name_or_path)
        if len(found) == 1:
            return found[0]
        raise UsageError(f"{name_or_path} is a folder with several manifests", hint="Name one of them.")
    workspace = find_workspace(Path.cwd())
    known = dict(reversed(list(names_in(workspace))))
    if name_or_path not in known:
        near = difflib.get_close_matches(name_or_path, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"The manifests are: {', '.join(sorted(known)) or 'none'}."
        raise NotFound(f"no manifest of {workspace.app} is called {name_or_path}", hint=hint)
    return ManifestOnDisk(Path(known[name_or_path]), workspace.app)


def names_in(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Names and paths; where an environment has a workload's name, the workload comes first."""
    for found in (*workspace.workloads, *workspace.environments, *workspace.pipelines):
        yield found.name, found.path


def app_of(path: Path) -> str | None:
    folder = path.absolute().parent
    return find_workspace(folder).app if find_root(folder) is not None else None
