"""``logging``: where logs go, by FireLens, on AWS. Pure."""

from __future__ import annotations

from dataclasses import replace

from stranglerfig.manifest.kinds.parts.container import AWS, ENV_FILE, SECRETS, VARIABLES
from stranglerfig.manifest.schema import Boolean, Field, Integer, MapOf, Section, Text

LOGGING = Field(
    "logging",
    Section(
        (
            Field("retention", Integer(least=1), effect=AWS, default=30, doc="Days that logs are kept."),
            Field("image", Text(), effect=AWS, doc="The image of Fluent Bit."),
            Field("destination", MapOf(Text()), effect=AWS, doc="Options of the log driver."),
            Field("enableMetadata", Boolean(), effect=AWS, doc="Whether ECS's metadata is added; it is, if absent."),
            Field("secretOptions", SECRETS.form, effect=AWS, doc="Secrets for the log driver's options."),
            Field("configFilePath", Text(), effect=AWS, doc="A configuration of one's own in a custom image."),
            *(replace(field, effect=AWS) for field in (VARIABLES, SECRETS, ENV_FILE)),
        )
    ),
    effect=AWS,
    doc="Where logs go on AWS. Here fig keeps them itself.",
)
