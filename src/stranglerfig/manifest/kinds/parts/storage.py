"""``storage``: scratch volumes, file systems, the root's own. Pure."""

from __future__ import annotations

from stranglerfig.manifest.kinds.parts.container import AWS, NAME_IN_TASK, VARIABLE
from stranglerfig.manifest.rules.storage import access_point_alone, one_managed_volume, own_or_managed, user_and_group
from stranglerfig.manifest.rules.texts import wrong_path
from stranglerfig.manifest.schema import Boolean, Effect, Field, Integer, MapOf, OneOf, Section, Text

_LARGEST_ID = 2**32 - 1
_ID = Integer(least=0, most=_LARGEST_ID)
_OWN = ("id", "root_dir", "auth")
_AUTH = Section(
    (
        Field("iam", Boolean(), effect=AWS, doc="Whether the task's role decides about access."),
        Field("access_point_id", Text(), effect=AWS, doc="The access point to mount by."),
    )
)
_EFS = Section(
    (
        Field(
            "id",
            VARIABLE,
            effect=Effect.IN_PART,
            exclusive=("uid", "gid"),
            doc="A file system that exists already: its id, or the export of a stack that has it.",
        ),
        Field(
            "root_dir",
            Text(check=wrong_path),
            effect=AWS,
            exclusive=("uid", "gid"),
            doc="The file system's folder that is mounted.",
        ),
        Field("auth", _AUTH, effect=AWS, exclusive=("uid", "gid"), doc="How access is checked."),
        Field("uid", _ID, effect=Effect.IN_PART, exclusive=_OWN, doc="Owner of the managed file system's folder."),
        Field("gid", _ID, effect=Effect.IN_PART, exclusive=_OWN, doc="Group of the managed file system's folder."),
    ),
    rules=(own_or_managed, user_and_group, access_point_alone),
)
_VOLUME = Section(
    (
        Field("path", Text(check=wrong_path), required=True, doc="Where the main container sees it."),
        Field("read_only", Boolean(), default=True, doc="Whether the main container may only read it."),
        Field(
            "efs",
            OneOf((Boolean(), _EFS)),
            effect=Effect.IN_PART,
            doc="A file system that outlives tasks: `true` for a managed one. Here a named volume. Else scratch.",
        ),
    )
)
STORAGE = Field(
    "storage",
    Section(
        (
            Field("ephemeral", Integer(least=20, most=200), effect=AWS, doc="Size of the task's scratch, in GiB."),
            Field("readonly_fs", Boolean(), default=False, doc="Whether the main container may only read its root."),
            Field(
                "volumes",
                MapOf(_VOLUME, deep=True, key_pattern=NAME_IN_TASK),
                doc="Volumes by name, for the main container and sidecars.",
            ),
        ),
        rules=(one_managed_volume,),
    ),
    doc="Volumes and scratch of the task.",
)
