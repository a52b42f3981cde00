"""Which ports the containers of a task open, and where a service is reached. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.aws.synth.facts import Release
from stranglerfig.core.application import Kind
from stranglerfig.manifest.model import WorkloadManifest
from stranglerfig.manifest.rules.targets import main_port

#: of the port that Service Connect serves, in the task definition
SERVED = "target"


@dataclass(frozen=True, slots=True)
class Port:
    container: str
    number: int
    udp: bool = False


def target_of(manifest: WorkloadManifest) -> Port | None:
    """Where its main requests go: to the main rule's target, else to the main container. None if it listens nowhere."""
    if manifest.kind not in (Kind.LOAD_BALANCED, Kind.BACKEND):
        return None
    if manifest.http:
        return Port(manifest.http[0].target_container, manifest.http[0].target_port)
    port = main_port(manifest.body)
    return None if port is None else Port(manifest.name, port)


def served_port(release: Release) -> Port | None:
    """What Service Connect leads to; it knows TCP alone."""
    target = target_of(release.manifest)
    return target if target in open_ports(release.manifest) else None


def open_ports(manifest: WorkloadManifest) -> tuple[Port, ...]:
    """By number. A worker's and a job's main container has none."""
    found = {
        container.port: Port(container.name, container.port, container.udp)
        for container in manifest.containers[1:]
        if container.port is not None
    }
    for rule in manifest.http:
        found.setdefault(rule.target_port, Port(rule.target_container, rule.target_port))
    for listener in manifest.nlb:
        target = Port(listener.target_container, listener.target_port, listener.protocol == "udp")
        found.setdefault(listener.target_port, target)
    own = main_port(manifest.body)
    if own is not None:
        found.setdefault(own, Port(manifest.name, own))
    return tuple(found[number] for number in sorted(found))
