"""Backend Service: reached from inside the environment alone. Pure."""

from __future__ import annotations

from stranglerfig.core.application import Kind
from stranglerfig.manifest.kinds.parts.deployment import OBSERVABILITY, deployment
from stranglerfig.manifest.kinds.parts.http_rules import RULES as HTTP_RULES
from stranglerfig.manifest.kinds.parts.image import PORT, main_image
from stranglerfig.manifest.kinds.parts.scaling import COUNT
from stranglerfig.manifest.kinds.parts.task import identity
from stranglerfig.manifest.kinds.parts.workload import CONTAINERS, RULES
from stranglerfig.manifest.rules.ports import alias_needs_a_port, http_needs_a_port
from stranglerfig.manifest.rules.scaling import metrics_of, requests_need_http
from stranglerfig.manifest.schema import Field, KindDeclaration, Section

HTTP = Field("http", HTTP_RULES, doc="Requests from inside the environment that are the service's.")
BACKEND = KindDeclaration(
    Kind.BACKEND.value,
    Section(
        (
            *identity(Kind.BACKEND.value),
            main_image(PORT),
            HTTP,
            *CONTAINERS,
            COUNT,
            deployment(),
            OBSERVABILITY,
        ),
    ),
    rules=(
        metrics_of("cpu_percentage", "memory_percentage", "requests", "response_time"),
        requests_need_http,
        alias_needs_a_port,
        http_needs_a_port,
        *RULES,
    ),
)
