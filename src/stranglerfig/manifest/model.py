"""A checked, effective manifest as values, with all shorthand forms written out, durations in seconds. Pure.

What only AWS reads stays in ``body``; the rest has a place here. Paths are relative to the workspace's root.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stranglerfig.core.application import Kind, Queue, Subscription, Topic
from stranglerfig.core.containers import Condition, ContainerHealth
from stranglerfig.core.declared.declaration import ProxyDeclaration

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Build:
    """``dockerfile`` and ``context`` None: to be found as Copilot finds them."""

    dockerfile: str | None = None
    context: str | None = None
    target: str | None = None
    args: Pairs = ()
    cache_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Image:
    """Exactly one of ``build`` and ``location``."""

    build: Build | None = None
    location: str | None = None
    credentials: str | None = None


@dataclass(frozen=True, slots=True)
class Secret:
    """``name`` in the local store: the SSM name, or that of Secrets Manager, or of a stack's export."""

    variable: str
    name: str


@dataclass(frozen=True, slots=True)
class VolumeMount:
    volume: str
    path: str
    read_only: bool = True


@dataclass(frozen=True, slots=True)
class StorageVolume:
    """``lasting``: an EFS on AWS, whoever made it, and a named volume here; else scratch."""

    name: str
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class ContainerSpec:
    """The main container (its ``name`` is the workload's) or a sidecar."""

    name: str
    image: Image
    port: int | None = None
    udp: bool = False
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    variables: Pairs = ()
    secrets: tuple[Secret, ...] = ()
    env_file: str | None = None
    essential: bool = True
    depends_on: tuple[tuple[str, Condition], ...] = ()
    health: ContainerHealth | None = None
    mounts: tuple[VolumeMount, ...] = ()
    labels: Pairs = ()
    read_only_root: bool = False


@dataclass(frozen=True, slots=True)
class HttpHealth:
    """AWS's own defaults are filled in. ``port`` None: the port that requests go to."""

    path: str | None = "/"
    port: int | None = None
    success_codes: str = "200"
    healthy_threshold: int = 5
    unhealthy_threshold: int = 2
    interval_s: float = 30.0
    timeout_s: float = 5.0
    grace_s: float = 60.0


@dataclass(frozen=True, slots=True)
class HttpRule:
    """``path`` begins with a slash. ``target_container`` and ``target_port`` are resolved."""

    path: str
    target_container: str
    target_port: int
    aliases: tuple[str, ...] = ()
    health: HttpHealth = HttpHealth()
    deregistration_delay_s: float = 60.0
    stickiness: bool = False
    allowed_source_ips: tuple[str, ...] = ()
    version: str = "http1"
    redirect_to_https: bool | None = None


@dataclass(frozen=True, slots=True)
class NlbListener:
    """``protocol`` is tcp, udp or tls."""

    port: int
    protocol: str
    target_container: str
    target_port: int
    health: HttpHealth = HttpHealth(path=None, healthy_threshold=3, unhealthy_threshold=3, timeout_s=10.0)
    deregistration_delay_s: float = 60.0


@dataclass(frozen=True, slots=True)
class StaticSource:
    """``exclude`` and ``reinclude`` are patterns as the AWS CLI has them."""

    source: str
    destination: str = ""
    recursive: bool = False
    exclude: tuple[str, ...] = ()
    reinclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalRun:
    """Our own section ``local``: what to run without Docker (a shell line or words), and what to run once before.

    ``place`` and ``in_docker`` are for hints: where its reader would write another command, and how it would come to
    run in Docker. What is no manifest's has others.
    """

    command: tuple[str, ...] | None = None
    setup: tuple[tuple[str, ...], ...] = ()
    place: str = "in the manifest's `local.command`"
    in_docker: str = "deploy with `--runtime docker`"


@dataclass(frozen=True, slots=True)
class WorkloadManifest:
    """``containers`` begins with the main one; a Static Site has none. ``http`` and ``nlb`` begin with the main rule.

    ``body`` is the effective manifest, shorthand forms as written. ``without_effect`` are paths of given fields that do
    nothing on this machine.
    """

    kind: Kind
    name: str
    body: Mapping[str, object]
    containers: tuple[ContainerSpec, ...] = ()
    http: tuple[HttpRule, ...] = ()
    nlb: tuple[NlbListener, ...] = ()
    private: bool = False
    cpu: int = 256
    memory: int = 512
    platform: str | None = None
    count: int = 1
    exec: bool = False
    connect_alias: str | None = None
    recreate: bool = False
    volumes: tuple[StorageVolume, ...] = ()
    topics: tuple[Topic, ...] = ()
    queue: Queue | None = None
    subscriptions: tuple[Subscription, ...] = ()
    schedule: str | None = None
    retries: int = 0
    timeout_s: float | None = None
    files: tuple[StaticSource, ...] = ()
    local: LocalRun = LocalRun()
    given: frozenset[str] = frozenset()
    without_effect: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EnvironmentManifest:
    """``target`` is ``local`` or ``aws``; without the field, as Copilot left it, it is ``aws``.

    ``runtime`` (``docker``, ``process`` or None for what is there) and ``port`` (None for a free one) are of our own
    section ``local``.
    """

    name: str
    body: Mapping[str, object]
    target: str = "aws"
    runtime: str | None = None
    port: int | None = None
    without_effect: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PipelineDeployment:
    name: str
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PipelineStage:
    """``deployments`` empty: all workloads at once."""

    name: str
    requires_approval: bool = False
    deployments: tuple[PipelineDeployment, ...] = ()
    test_commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PipelineManifest:
    name: str
    body: Mapping[str, object]
    stages: tuple[PipelineStage, ...] = ()


@dataclass(frozen=True, slots=True)
class ProxyManifest:
    """``declaration`` is as written: services by their short names, the proxy's name empty if it is not said."""

    name: str
    body: Mapping[str, object]
    declaration: ProxyDeclaration


Manifest = WorkloadManifest | EnvironmentManifest | PipelineManifest | ProxyManifest
