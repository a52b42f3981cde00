"""``sidecars``: containers beside the main one, in the same task. Pure."""

from __future__ import annotations

from stranglerfig.manifest.kinds.parts.container import (
    AWS,
    COMMAND,
    CREDENTIALS_DOC,
    DEPENDS_ON,
    ENTRYPOINT,
    ENV_FILE,
    HEALTHCHECK,
    LABELS,
    NAME_IN_TASK,
    SECRETS,
    VARIABLES,
)
from stranglerfig.manifest.kinds.parts.image import BUILD, EITHER, LOCATION
from stranglerfig.manifest.rules.texts import not_empty, wrong_path, wrong_sidecar_port
from stranglerfig.manifest.schema import Boolean, Field, ListOf, MapOf, OneOf, Section, Text

_MOUNT_POINT = Section(
    (
        Field("source_volume", Text(check=not_empty), required=True, doc="One of `storage.volumes`."),
        Field("path", Text(check=wrong_path), required=True, doc="Where the sidecar sees it."),
        Field("read_only", Boolean(), default=True, doc="Whether the sidecar may only read it."),
    )
)
_SIDECAR = Section(
    (
        Field(
            "image",
            OneOf((Text(check=not_empty), Section((BUILD, LOCATION), rules=(EITHER,)))),
            required=True,
            doc="An image, or how to build one.",
        ),
        Field("port", Text(check=wrong_sidecar_port), doc="The port it listens on, with `/udp` if it is not TCP."),
        Field("essential", Boolean(), default=True, doc="Whether its end ends the task."),
        Field("credentialsParameter", Text(), effect=AWS, doc=CREDENTIALS_DOC),
        VARIABLES,
        ENV_FILE,
        SECRETS,
        Field("mount_points", ListOf(_MOUNT_POINT), doc="Volumes of the task that it sees."),
        LABELS,
        DEPENDS_ON,
        HEALTHCHECK,
        ENTRYPOINT,
        COMMAND,
    )
)
SIDECARS = Field(
    "sidecars", MapOf(_SIDECAR, deep=True, key_pattern=NAME_IN_TASK), doc="Containers beside the main one, by name."
)
