"""``nlb``: listeners of a network load balancer, for TCP, UDP and TLS. Pure."""

from __future__ import annotations

from stranglerfig.manifest.kinds.parts.container import AWS
from stranglerfig.manifest.kinds.parts.http_rules import (
    ALIAS,
    DEREGISTRATION_DELAY,
    GRACE_PERIOD,
    TARGET_CONTAINER,
    TARGET_PORT,
    thresholds,
)
from stranglerfig.manifest.kinds.parts.image import PORT_RANGE
from stranglerfig.manifest.rules.nlb import alias_without_zone
from stranglerfig.manifest.rules.texts import wrong_listener
from stranglerfig.manifest.schema import Boolean, Effect, Field, ListOf, Section, Text

_HEALTHCHECK = Field(
    "healthcheck",
    Section(
        (
            Field("port", PORT_RANGE, doc="The port that is asked, if not the one that connections go to."),
            *thresholds(30.0, 10.0, healthy=3, unhealthy=3),
            GRACE_PERIOD,
        )
    ),
    effect=Effect.IN_PART,
    doc="How tasks are checked, by opening a connection.",
)
_LISTENER = (
    Field("port", Text(check=wrong_listener), required=True, doc="Port and protocol: `443/tls`; tcp if not said."),
    TARGET_CONTAINER,
    TARGET_PORT,
    _HEALTHCHECK,
    Field("ssl_policy", Text(), effect=AWS, doc="The policy for TLS."),
    Field("stickiness", Boolean(), effect=AWS, doc="Whether a client stays with its task; not for TLS."),
    DEREGISTRATION_DELAY,
)
NLB = Field(
    "nlb",
    Section(
        (
            *_LISTENER,
            Field(ALIAS.name, ALIAS.form, effect=AWS, doc="Hosts below the application's domain."),
            Field("additional_listeners", ListOf(Section(_LISTENER)), doc="Further listeners."),
        ),
        rules=(alias_without_zone,),
    ),
    doc="A network load balancer in front of the service: here a port that passes connections on.",
)
