"""Request-Driven Web Service: App Runner, with an address of its own. Pure."""

from __future__ import annotations

from stranglerfig.core.application import Kind
from stranglerfig.manifest.kinds.parts.container import AWS, SECRETS, VARIABLES
from stranglerfig.manifest.kinds.parts.deployment import OBSERVABILITY
from stranglerfig.manifest.kinds.parts.http_rules import thresholds
from stranglerfig.manifest.kinds.parts.image import APP_RUNNER_IMAGE, PORT_RANGE
from stranglerfig.manifest.kinds.parts.network import APP_RUNNER_NETWORK
from stranglerfig.manifest.kinds.parts.publish import PUBLISH
from stranglerfig.manifest.kinds.parts.task import LOCAL, PLATFORM, identity, size
from stranglerfig.manifest.rules.platform import app_runner_platform
from stranglerfig.manifest.rules.texts import not_empty, short_name, wrong_codes, wrong_line
from stranglerfig.manifest.schema import Boolean, Duration, Effect, Field, KindDeclaration, MapOf, OneOf, Section, Text

_HEALTHCHECK = Section(
    (
        Field("path", Text(), default="/", doc="The path that is asked for."),
        *thresholds(5.0, 2.0, healthy=3, unhealthy=3),
        Field("port", PORT_RANGE, effect=AWS, doc="Read, but used by nobody."),
        Field("success_codes", Text(check=wrong_codes), effect=AWS, doc="Read, but used by nobody."),
        Field("grace_period", Duration(least_s=0), effect=AWS, doc="Read, but used by nobody."),
    )
)
_PRIVATE = Section((Field("endpoint", Text(check=not_empty), effect=AWS, doc="A VPC endpoint that exists already."),))
HTTP = Field(
    "http",
    Section(
        (
            Field(
                "healthcheck",
                OneOf((Text(), _HEALTHCHECK)),
                doc="How tasks are checked: a path, or a mapping. If absent, by opening a connection.",
            ),
            Field("alias", Text(check=not_empty), effect=Effect.IN_PART, doc="A host below the application's domain."),
            Field(
                "private",
                OneOf((Boolean(), _PRIVATE)),
                effect=Effect.IN_PART,
                doc="Whether the service is reached from inside the environment alone.",
            ),
        )
    ),
    doc="How the service is reached and checked.",
)
REQUEST_DRIVEN = KindDeclaration(
    Kind.REQUEST_DRIVEN.value,
    Section(
        (
            *identity(Kind.REQUEST_DRIVEN.value),
            APP_RUNNER_IMAGE,
            HTTP,
            *size(1024, 2048),
            PLATFORM,
            VARIABLES,
            SECRETS,
            Field("command", Text(check=wrong_line), doc="Instead of the image's CMD: a line with a shell's quotes."),
            Field("tags", MapOf(Text()), effect=AWS, doc="Tags of the resources on AWS."),
            PUBLISH,
            APP_RUNNER_NETWORK,
            OBSERVABILITY,
            Field("count", Text(), effect=AWS, doc="`name/revision` of a scaling configuration of App Runner."),
            LOCAL,
        ),
    ),
    rules=(app_runner_platform, short_name),
)
