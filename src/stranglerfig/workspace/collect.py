"""Collects a Static Site's files into the folder that is served."""

from __future__ import annotations

import fnmatch
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from stranglerfig.errors import StateUnusable, UsageError
from stranglerfig.manifest.model import StaticSource

#: A site's last collections; tasks of an earlier revision are still there while they drain.
KEPT = 3


@dataclass(frozen=True, slots=True)
class Asset:
    """``key`` is its path on the site."""

    path: Path
    key: str


def collect_files(root: Path, sources: tuple[StaticSource, ...], folder: Path) -> tuple[Path, str]:
    """The folder that holds them and their digest. The same files have the same folder below ``folder``, and what is
    there is never changed: tasks of an earlier revision still serve theirs."""
    assets = {asset.key: asset.path for source in sources for asset in find_assets(root, source)}
    if not assets:
        raise UsageError("there are no files to serve", hint="Name some in the manifest's `files`.")
    try:
        digest = to_digest(assets)
        target = folder / digest[:16]
        if not target.is_dir():
            copy_all(assets, target)
        remove_old(folder, target)
    except OSError as error:
        raise StateUnusable(
            f"cannot collect the site's files in {folder}: {error}", hint="Make room there, and run the command again."
        ) from error
    return target, digest


def find_assets(root: Path, source: StaticSource) -> Iterator[Asset]:
    start = root / source.source
    destination = PurePosixPath("/") / source.destination
    if start.is_file():
        # A destination that ends with a slash, or none, is the folder; else it is the file's new name.
        key = destination if source.destination and not source.destination.endswith("/") else destination / start.name
        yield Asset(start, to_key(key))
        return
    if not start.is_dir():
        raise UsageError(
            f"there is no {source.source} in {root}", hint="Mend `files` in the manifest: paths start at the workspace."
        )
    for path in files_below(start, recursive=source.recursive):
        inner = path.relative_to(start).as_posix()
        if is_taken(inner, source):
            yield Asset(path, to_key(destination / inner))


def files_below(folder: Path, *, recursive: bool) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        folders[:] = sorted(folders) if recursive else []
        yield from (Path(here) / name for name in sorted(files))


def is_taken(path: str, source: StaticSource) -> bool:
    if not any(matches(path, pattern) for pattern in source.exclude):
        return True
    return any(matches(path, pattern) for pattern in source.reinclude)


def matches(path: str, pattern: str) -> bool:
    """As the AWS CLI has it: ``*`` takes slashes too."""
    return re.match(fnmatch.translate(pattern), path) is not None


def to_key(path: PurePosixPath) -> str:
    if ".." in path.parts:
        raise UsageError(f"the destination {path} leaves the site", hint="Mend `files.destination` in the manifest.")
    return str(path).lstrip("/")


def to_digest(assets: dict[str, Path]) -> str:
    digest = hashlib.sha256()
    for key, path in sorted(assets.items()):
        content = path.read_bytes()
        digest.update(f"{key}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def remove_old(folder: Path, target: Path) -> None:
    """All but the youngest: what is still being served is among them, unless one deploys faster than tasks drain."""
    os.utime(target)
    by_age = sorted((path for path in folder.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime_ns)
    for path in by_age[:-KEPT]:
        shutil.rmtree(path, ignore_errors=True)


def copy_all(assets: dict[str, Path], target: Path) -> None:
    """Under another name first, so that a folder that is there is whole."""
    half = target.with_name(f"{target.name}.{os.getpid()}.part")
    shutil.rmtree(half, ignore_errors=True)
    for key, path in assets.items():
        place = half / key
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    try:
        half.rename(target)
    except OSError:
        shutil.rmtree(half, ignore_errors=True)
        if not target.is_dir():
            raise
