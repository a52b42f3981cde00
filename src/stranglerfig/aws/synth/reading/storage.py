"""``storage``: scratch, and file systems that outlive tasks. Pure."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from stranglerfig.aws.synth.reading.outside import text_or_export
from stranglerfig.aws.synth.template import Value
from stranglerfig.manifest.rules.given import Body, has, number, section, sections, text, value
from stranglerfig.manifest.rules.storage import is_managed

#: of every task
SCRATCH_GIB = 20


@dataclass(frozen=True, slots=True)
class OwnFileSystem:
    """One that exists already; ``id`` may be from another stack."""

    id: Value
    root: str = "/"
    by_role: bool = False
    access_point: str | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """User and group of the folder in the file system that the environment has."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Volume:
    """Scratch where it is neither managed nor a file system of the user's own."""

    name: str
    managed: Owner | None = None
    own: OwnFileSystem | None = None


def scratch_gib(body: Body) -> int | None:
    """None for as much as every task has."""
    found = number(body, "storage", "ephemeral")
    return None if found == SCRATCH_GIB else found


def read_volumes(body: Body) -> tuple[Volume, ...]:
    name = text(body, "name") or ""
    return tuple(
        Volume(volume, _owner(given, name) if is_managed(given) else None, _own(given))
        for volume, given in sections(body, "storage", "volumes")
    )


def managed_owner(body: Body) -> Owner | None:
    return next((volume.managed for volume in read_volumes(body) if volume.managed), None)


def _owner(volume: Body, workload: str) -> Owner:
    """Without one in the manifest a number that is the workload's own."""
    number_of_name = zlib.crc32(workload.encode())
    said = number(volume, "efs", "uid"), number(volume, "efs", "gid")
    return Owner(*(number_of_name if found is None else found for found in said))


def _own(volume: Body) -> OwnFileSystem | None:
    if not has(volume, "efs", "id"):
        return None
    efs = section(volume, "efs")
    return OwnFileSystem(
        id=text_or_export(efs["id"]),
        root=text(efs, "root_dir") or "/",
        by_role=value(efs, "auth", "iam") is True,
        access_point=text(efs, "auth", "access_point_id"),
    )
