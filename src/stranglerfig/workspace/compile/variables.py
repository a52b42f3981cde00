"""The variables that a container or process is started with. Pure.

Later ones win: the image's (processes only), siblings' URLs, the environment's, those of ``env_file``, ``COPILOT_*``,
``variables`` of the manifest. Those of topics and queues are the daemon's to add, which runs their broker.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from stranglerfig.core.application import Kind, Runtime
from stranglerfig.manifest.model import ContainerSpec, Pairs, WorkloadManifest
from stranglerfig.workspace.values import LocalContext

#: Before a service's name in capitals: where it can be called from processes, which have no names for one another.
URL_PREFIX = "FIG_URL_"


def to_variables(spec: ContainerSpec, manifest: WorkloadManifest, context: LocalContext) -> dict[str, str]:
    """All but the image's own."""
    found = dict(context.variables)
    if context.runtime is Runtime.PROCESS:
        found |= sibling_urls(manifest.name, context.endpoints)
    found |= dict(context.parts.env_files.get(spec.name, ()))
    found |= copilot_variables(spec, manifest, context)
    found |= dict(spec.variables)
    for secret in spec.secrets:
        found.pop(secret.variable, None)
    return found


def sibling_urls(own: str, endpoints: Mapping[str, str]) -> dict[str, str]:
    return {url_variable(name): url for name, url in sorted(endpoints.items()) if name != own}


def url_variable(service: str) -> str:
    return URL_PREFIX + service.upper().replace("-", "_")


def copilot_variables(spec: ContainerSpec, manifest: WorkloadManifest, context: LocalContext) -> dict[str, str]:
    app, environment = context.app, context.environment
    found = {
        "COPILOT_APPLICATION_NAME": app,
        "COPILOT_ENVIRONMENT_NAME": environment,
        "COPILOT_SERVICE_NAME": manifest.name,
    }
    if manifest.kind is not Kind.REQUEST_DRIVEN or "network" in manifest.body:
        found["COPILOT_SERVICE_DISCOVERY_ENDPOINT"] = f"{environment}.{app}.local"
    if balancer := balancer_host(manifest, context):
        found["COPILOT_LB_DNS"] = balancer
    if mounts := mount_points(spec, context):
        found["COPILOT_MOUNT_POINTS"] = to_object(mounts)
    return found


def balancer_host(manifest: WorkloadManifest, context: LocalContext) -> str | None:
    """With its port, unlike on AWS: URLs are made of it, and it is not 80 here."""
    if not manifest.http or manifest.kind not in (Kind.LOAD_BALANCED, Kind.BACKEND):
        return None
    url = context.url if manifest.kind is Kind.LOAD_BALANCED else context.endpoints.get(manifest.name)
    return urlsplit(url).netloc if url else None


def mount_points(spec: ContainerSpec, context: LocalContext) -> Pairs:
    here = dict(context.parts.process.mounts) if context.parts.process else {}
    return tuple((mount.volume, here.get(mount.volume, mount.path)) for mount in spec.mounts)


def to_object(pairs: Iterable[tuple[str, str]]) -> str:
    return json.dumps(dict(pairs), separators=(",", ":"))
