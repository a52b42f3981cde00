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
from stranglerfig.workspace.find import FOLDER, MANIFEST, find_root, find_workspace, require_names
from stranglerfig.workspace.read import require_name

if TYPE_CHECKING:
    from stranglerfig.workspace.values import Workspace


@dataclass(frozen=True, slots=True)
class ManifestOnDisk:
    """``app`` None: it is in no workspace. ``environments`` are the workspace's."""

    path: Path
    app: str | None
    environments: tuple[str, ...] = ()

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
        loaded = load_manifest(read_text(self.path), request)
        if not is_pipeline and self.is_deployed:
            require_name(loaded, self.path.absolute().parent.name)
        return loaded

    @property
    def is_deployed(self) -> bool:
        """Whether it stands where a deploy would read it, by the name of its folder."""
        above = self.path.absolute().parent.parent
        home = above.parent if above.name == "environments" else above
        return self.app is not None and self.path.name == MANIFEST and home.name == FOLDER


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
        return [alone(place)]
    workspace = find_workspace(place)
    require_names(workspace)
    found = [in_workspace(workspace, Path(path)) for _, path in names_in(workspace)]
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
    return in_workspace(workspace, Path(known[name_or_path]))


def names_in(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Names and paths; where an environment has a workload's name, the workload comes first."""
    for found in (*workspace.workloads, *workspace.proxies, *workspace.environments, *workspace.pipelines):
        yield found.name, found.path


def alone(path: Path) -> ManifestOnDisk:
    folder = path.absolute().parent
    return in_workspace(find_workspace(folder), path) if find_root(folder) is not None else ManifestOnDisk(path, None)


def in_workspace(workspace: Workspace, path: Path) -> ManifestOnDisk:
    return ManifestOnDisk(path, workspace.app, tuple(one.name for one in workspace.environments))
