"""Renders what the Engine API is asked to create. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stranglerfig.core.containers import Container, ContainerHealth, ContainerTargets
from stranglerfig.runtimes.docker import labels
from stranglerfig.runtimes.docker.labels import HOLDER, Part, Role, render_labels, to_part

Body = dict[str, Any]

LOOPBACK = "127.0.0.1"
NANO = 1_000_000_000
MIB = 1024 * 1024
#: the engine refuses less
LEAST_MEMORY = 6 * MIB
LEAST_NANO_CPUS = NANO // 100
#: so that a service that floods its log fills neither disk nor patience: four files of 8 MiB a container
LOG_CONFIG = {"Type": "json-file", "Config": {"max-size": "8m", "max-file": "4"}}


@dataclass(frozen=True, slots=True)
class Birth:
    """All that a task is born with. ``network`` is the engine's name of it, empty for its default one; ``processors``
    are how many it has.
    """

    role: Role
    spec: ContainerTargets
    network: str
    processors: int


def render_container(birth: Birth, container: Container, values: Mapping[str, str], holder: str | None) -> Body:
    """``values`` are the secrets by variable. ``holder`` is the container whose network this one shares; None: its own.

    What the image says of health is switched off when the manifest does not: the engine of ECS does not look either.
    """
    host: Body = {
        "Init": True,
        "ReadonlyRootfs": container.read_only_root,
        "Mounts": [_render_mount(birth, container, index) for index in range(len(container.mounts))],
        "LogConfig": LOG_CONFIG,
        "RestartPolicy": {"Name": "no"},
        **_render_limits(birth),
    }
    body: Body = {
        "Image": container.image,
        "Env": [f"{name}={value}" for name, value in _to_environment(birth.role, container, values).items()],
        "Labels": {**dict(container.labels), **render_labels(birth.role, to_part(container))},
        "Healthcheck": _render_health(container.health),
        "HostConfig": host,
    }
    if container.entrypoint is not None:
        # An empty list would mean the image's own.
        body["Entrypoint"] = list(container.entrypoint) or [""]
    if container.command is not None:
        body["Cmd"] = list(container.command)
    if holder is not None:
        host["NetworkMode"] = f"container:{holder}"
    else:
        _add_network(body, birth)
    return body


def render_holder(birth: Birth, image: str) -> Body:
    """A container that sleeps and owns the network, so that the others may come and go."""
    body: Body = {
        "Image": image,
        "Labels": render_labels(birth.role, Part(HOLDER)),
        "HostConfig": {"LogConfig": LOG_CONFIG, "RestartPolicy": {"Name": "no"}},
    }
    _add_network(body, birth)
    return body


def to_ports(spec: ContainerTargets) -> tuple[int, ...]:
    """All container ports of a task: they share one network, so no two containers have the same."""
    main = () if spec.port is None else (spec.port,)
    others = (port for container in spec.containers for port in container.ports)
    return tuple(dict.fromkeys((*main, *others)))


def _add_network(body: Body, birth: Birth) -> None:
    ports = to_ports(birth.spec)
    body["ExposedPorts"] = {f"{port}/tcp": {} for port in ports}
    host = body["HostConfig"]
    host["PortBindings"] = {f"{port}/tcp": [{"HostIp": LOOPBACK, "HostPort": ""}] for port in ports}
    host["ExtraHosts"] = ["host.docker.internal:host-gateway"]
    if birth.network:
        host["NetworkMode"] = birth.network
        endpoint = {"Aliases": list(birth.spec.aliases)}
        body["NetworkingConfig"] = {"EndpointsConfig": {birth.network: endpoint}}


def _to_environment(role: Role, container: Container, values: Mapping[str, str]) -> dict[str, str]:
    return {
        **dict(container.env),
        **values,
        "FIG_TASK": role.task_id,
        "FIG_TARGET": role.group,
        "FIG_REVISION": str(role.revision),
    }


def _render_limits(birth: Birth) -> Body:
    """The task's limits are each container's ceiling: the engine knows no budget that containers share."""
    limits: Body = {}
    spec = birth.spec
    if spec.cpu_units is not None:
        wanted = spec.cpu_units * NANO // 1024
        # A machine with fewer processors than the manifest asks for gives all it has.
        limits["NanoCpus"] = max(LEAST_NANO_CPUS, min(wanted, birth.processors * NANO))
    if spec.memory_mib is not None:
        limits["Memory"] = limits["MemorySwap"] = max(LEAST_MEMORY, spec.memory_mib * MIB)
    return limits


def _render_mount(birth: Birth, container: Container, index: int) -> Body:
    mount = container.mounts[index]
    role = birth.role
    source = labels.to_scratch_name(role.task_id, mount.volume)
    for volume in birth.spec.volumes:
        if volume.name == mount.volume and volume.shared:
            source = labels.to_shared_name(role, volume)
    return {"Type": "volume", "Source": source, "Target": mount.path, "ReadOnly": mount.read_only}


def _render_health(health: ContainerHealth | None) -> Body:
    if health is None:
        return {"Test": ["NONE"]}
    return {
        "Test": list(health.command),
        "Interval": int(health.interval_s * NANO),
        "Timeout": int(health.timeout_s * NANO),
        "Retries": health.retries,
        "StartPeriod": int(health.start_period_s * NANO),
    }
