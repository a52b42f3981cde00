"""Which fields of a manifest do nothing where its workload runs: on AWS alone, or with the other runtime. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from stranglerfig.core.application import Kind, Runtime
from stranglerfig.manifest.model import WorkloadManifest
from stranglerfig.manifest.paths import upwards
from stranglerfig.workspace.compile.ingress import HTTPS, asked_path

_RULE = r"(?:http(?:\.additional_rules\[\d+\])?|nlb(?:\.additional_listeners\[\d+\])?)"
#: Tasks are asked every second and let in after the first good answer; there is no https to be sent to.
_NOWHERE = re.compile(rf"{_RULE}\.(?:healthcheck\.(?:interval|healthy_threshold)|redirect_to_https)")
_IN_DOCKER = re.compile(
    r"cpu|memory|platform|sidecars|network\.connect\.alias"
    r"|image\.(?:labels|depends_on|location|build\.cache_from)"
    r"|storage\.(?:readonly_fs|volumes\.[^.]+\.read_only)"
    # A process has no other port than its own, and no container beside it.
    rf"|{_RULE}\.(?:target_container|healthcheck\.port)"
)
_AS_PROCESS = re.compile(r"local")
_OTHER_PORT = re.compile(rf"{_RULE}\.target_port")


def without_effect(manifest: WorkloadManifest, runtime: Runtime) -> tuple[str, ...]:
    """The outermost paths of such fields that are given, sorted."""
    if manifest.kind is Kind.STATIC_SITE:
        return tuple(sorted(manifest.without_effect))
    unread = _AS_PROCESS if runtime is Runtime.DOCKER else _IN_DOCKER
    found = {path for path in manifest.given if unread.fullmatch(path) or _NOWHERE.fullmatch(path)}
    if runtime is Runtime.PROCESS:
        found.update(_unread_by_processes(manifest))
    return tuple(sorted(outermost({*manifest.without_effect, *found})))


def _unread_by_processes(manifest: WorkloadManifest) -> Iterator[str]:
    given = manifest.given
    if "image.healthcheck" in given and not _is_own_check_asked(manifest):
        yield "image.healthcheck"
    if manifest.local.command:
        yield from given & {"command", "entrypoint"}
    ports = {rule.target_port for rule in manifest.http}
    # Of a target's port a process is told nothing, but whether TLS is spoken there.
    if HTTPS not in ports:
        yield from (path for path in given if _OTHER_PORT.fullmatch(path))


def _is_own_check_asked(manifest: WorkloadManifest) -> bool:
    """Of a service without rules: what its container's check would get. A job is not asked."""
    tcp = [listener for listener in manifest.nlb if listener.protocol != "udp"]
    if manifest.kind is Kind.JOB or manifest.http or tcp:
        return False
    return asked_path(manifest.containers[0]) is not None


def outermost(paths: Iterable[str]) -> Iterator[str]:
    known = set(paths)
    for path in known:
        if not any(outer in known for outer in upwards(path) if outer != path):
            yield path
