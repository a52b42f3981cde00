"""Where a container's image comes from: built of a Dockerfile, or pulled. Pure."""

from __future__ import annotations

from dataclasses import replace

from stranglerfig.manifest.kinds.parts.container import AWS, CREDENTIALS_DOC, DEPENDS_ON, HEALTHCHECK, LABELS
from stranglerfig.manifest.rules.forms import exactly_one
from stranglerfig.manifest.rules.texts import not_an_ecr_image, not_empty
from stranglerfig.manifest.schema import Field, Integer, ListOf, MapOf, OneOf, Section, Text

BUILD = Field(
    "build",
    OneOf(
        (
            Text(check=not_empty),
            Section(
                (
                    Field("dockerfile", Text(), doc="The Dockerfile, below the workspace's root."),
                    Field("context", Text(), doc="The folder that is sent to the build; else the Dockerfile's own."),
                    Field("target", Text(), doc="The stage to build of a Dockerfile with several."),
                    Field("args", MapOf(Text()), doc="Values for the Dockerfile's ARG lines."),
                    Field("cache_from", ListOf(Text()), doc="Images whose layers may be used instead of building."),
                )
            ),
        )
    ),
    exclusive=("location",),
    doc="How to build the image: a Dockerfile, or a mapping that says more.",
)
LOCATION = Field("location", Text(check=not_empty), exclusive=("build",), doc="An image that exists already.")
EITHER = exactly_one("build", "location")
PORT_RANGE = Integer(least=1, most=65535)
PORT = Field("port", PORT_RANGE, doc="The port that the container listens on.")
_OTHERS = (
    Field("credentials", Text(), effect=AWS, doc=CREDENTIALS_DOC),
    LABELS,
    DEPENDS_ON,
)


def main_image(*ports: Field) -> Field:
    """The section ``image`` of a workload that runs as containers."""
    fields = (BUILD, LOCATION, *_OTHERS, *ports, HEALTHCHECK)
    return Field("image", Section(fields, rules=(EITHER,)), required=True, doc="The main container's image.")


REQUIRED_PORT = replace(PORT, required=True)
#: App Runner reads ECR alone, and neither labels nor dependencies.
APP_RUNNER_IMAGE = Field(
    "image",
    Section(
        (
            BUILD,
            replace(LOCATION, form=Text(check=not_an_ecr_image)),
            *(replace(field, effect=AWS) for field in _OTHERS),
            REQUIRED_PORT,
        ),
        rules=(EITHER,),
    ),
    required=True,
    doc="The service's image, built or pulled from ECR.",
)
