"""Load Balanced Web Service: HTTP from the outside, or connections, or both. Pure."""

from __future__ import annotations

from stranglerfig.core.application import Kind
from stranglerfig.manifest.kinds.parts.deployment import OBSERVABILITY, deployment
from stranglerfig.manifest.kinds.parts.http_rules import RULES as HTTP_RULES
from stranglerfig.manifest.kinds.parts.image import REQUIRED_PORT, main_image
from stranglerfig.manifest.kinds.parts.nlb import NLB
from stranglerfig.manifest.kinds.parts.scaling import COUNT
from stranglerfig.manifest.kinds.parts.task import identity
from stranglerfig.manifest.kinds.parts.workload import CONTAINERS, RULES
from stranglerfig.manifest.rules.nlb import one_grace_period, served_by_someone
from stranglerfig.manifest.rules.scaling import metrics_of, requests_need_http
from stranglerfig.manifest.schema import Boolean, Field, KindDeclaration, OneOf, Section

HTTP = Field(
    "http",
    OneOf((Boolean(), HTTP_RULES)),
    required=True,
    doc="Requests that are the service's, or `false` for none: then there is an `nlb`.",
)
LOAD_BALANCED = KindDeclaration(
    Kind.LOAD_BALANCED.value,
    Section(
        (
            *identity(Kind.LOAD_BALANCED.value),
            main_image(REQUIRED_PORT),
            HTTP,
            NLB,
            *CONTAINERS,
            COUNT,
            deployment(),
            OBSERVABILITY,
        ),
    ),
    rules=(
        served_by_someone,
        one_grace_period,
        metrics_of("cpu_percentage", "memory_percentage", "requests", "response_time"),
        requests_need_http,
        *RULES,
    ),
)
