"""The kinds of manifest, each declared as data in a file of its own (ADR 0021). Pure.

``KINDS`` maps the text of ``type`` to its declaration; a pipeline has no ``type``.
"""

from __future__ import annotations

from stranglerfig.core.application import PROXY_TYPE, Kind
from stranglerfig.manifest.kinds.backend import BACKEND
from stranglerfig.manifest.kinds.environment import ENVIRONMENT, ENVIRONMENT_TYPE
from stranglerfig.manifest.kinds.job import JOB
from stranglerfig.manifest.kinds.load_balanced import LOAD_BALANCED
from stranglerfig.manifest.kinds.pipeline import PIPELINE, PIPELINE_TYPE
from stranglerfig.manifest.kinds.request_driven import REQUEST_DRIVEN
from stranglerfig.manifest.kinds.static_site import STATIC_SITE
from stranglerfig.manifest.kinds.strangler_proxy import STRANGLER_PROXY
from stranglerfig.manifest.kinds.worker import WORKER
from stranglerfig.manifest.schema import KindDeclaration

WORKLOADS: dict[str, KindDeclaration] = {
    Kind.LOAD_BALANCED.value: LOAD_BALANCED,
    Kind.BACKEND.value: BACKEND,
    Kind.REQUEST_DRIVEN.value: REQUEST_DRIVEN,
    Kind.WORKER.value: WORKER,
    Kind.JOB.value: JOB,
    Kind.STATIC_SITE.value: STATIC_SITE,
}
KINDS: dict[str, KindDeclaration] = {
    **WORKLOADS,
    PROXY_TYPE: STRANGLER_PROXY,
    ENVIRONMENT_TYPE: ENVIRONMENT,
    PIPELINE_TYPE: PIPELINE,
}
