"""Where a workload's volumes are on this machine when it runs without Docker. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

from stranglerfig.manifest.model import Pairs, WorkloadManifest
from stranglerfig.workspace.values import ImageFacts


@dataclass(frozen=True, slots=True)
class VolumeFolders:
    """``by_path`` has the paths of the image, the deeper ones first; ``by_volume`` the manifest's names."""

    by_path: Pairs = ()
    by_volume: Pairs = ()


def to_volume_folders(manifest: WorkloadManifest, facts: ImageFacts, state: str) -> VolumeFolders:
    """Folders below ``state``: one for each volume of the manifest, and for each VOLUME of the image that has none."""
    main = manifest.containers[0]
    folders = {
        volume.name: posixpath.join(state, "volumes", volume_key(manifest, volume.name)) for volume in manifest.volumes
    }
    by_path = {mount.path.rstrip("/") or "/": folders[mount.volume] for mount in main.mounts if mount.volume in folders}
    for path in facts.volumes:
        by_path.setdefault(
            path.rstrip("/") or "/", posixpath.join(state, "volumes", f"{manifest.name}.image.{to_word(path)}")
        )
    by_depth = sorted(by_path.items(), key=lambda pair: -pair[0].count("/"))
    return VolumeFolders(tuple(by_depth), tuple(folders.items()))


def volume_key(manifest: WorkloadManifest, volume: str) -> str:
    """The id of its file system, which services share by naming it; else the workload's own."""
    return f"efs.{to_word(shared)}" if (shared := file_system(manifest, volume)) else f"{manifest.name}.{volume}"


def file_system(manifest: WorkloadManifest, volume: str) -> str | None:
    found: object = manifest.body
    for step in ("storage", "volumes", volume, "efs", "id"):
        found = found.get(step) if isinstance(found, Mapping) else None
    if isinstance(found, Mapping):
        found = found.get("from_cfn")
    return found if isinstance(found, str) and found else None


def to_word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "root"
