"""What the workspace's readers hand to its decisions: a workspace, an image's instructions, what runs here. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stranglerfig.core.application import Kind, Runtime
from stranglerfig.core.containers import ContainerHealth
from stranglerfig.manifest.model import Pairs


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """``name`` is the folder's; ``path`` the file's, absolute. ``kind`` None: no workload, or its type is no kind."""

    name: str
    path: str
    kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Workspace:
    """``root`` is the folder that holds ``copilot/``. All manifests are sorted by name; ``misnamed`` are those in
    folders whose names cannot be deployed."""

    root: str
    app: str
    workloads: tuple[ManifestFile, ...] = ()
    proxies: tuple[ManifestFile, ...] = ()
    environments: tuple[ManifestFile, ...] = ()
    pipelines: tuple[ManifestFile, ...] = ()
    misnamed: tuple[ManifestFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """An ENTRYPOINT or CMD: words, or one line for a shell."""

    words: tuple[str, ...]
    shell: bool = False


@dataclass(frozen=True, slots=True)
class Copy:
    """``source`` is relative to the build context, also when it got there by way of another stage.

    ``folder``: what is in the source folder lands in ``destination``, a folder of the image; else both are files.
    """

    source: str
    destination: str
    folder: bool


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What a Dockerfile's final stage says. ``ports`` are of EXPOSE, in order; ``base`` is the image it starts from."""

    base: str = "scratch"
    entrypoint: Line | None = None
    command: Line | None = None
    workdir: str = "/"
    env: Pairs = ()
    user: str | None = None
    ports: tuple[int, ...] = ()
    health: ContainerHealth | None = None
    copies: tuple[Copy, ...] = ()
    volumes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProcessRun:
    """What a task runs without Docker. ``folders`` are to be made before the first start."""

    command: tuple[str, ...]
    cwd: str
    env: Pairs = ()
    setup: tuple[tuple[str, ...], ...] = ()
    folders: tuple[str, ...] = ()
    #: where volumes of the manifest are on this machine, by volume
    mounts: Pairs = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StaticRun:
    """A Static Site's files, collected in ``folder``, and the command that serves them."""

    folder: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """What was read for one workload beside its manifest.

    ``env_files`` are the variables of each container's file. ``digest`` covers the files that a process runs from or a
    site is made of; with Docker the images' ids say it.
    """

    process: ProcessRun | None = None
    static: StaticRun | None = None
    env_files: Mapping[str, Pairs] = field(default_factory=dict)
    digest: str = ""


@dataclass(frozen=True, slots=True)
class LocalContext:
    """Where a workload is deployed.

    ``url`` is the environment's balancer's. ``variables`` are the environment's, for every task. ``endpoints`` are the
    loopback URLs of services by name. ``images`` are ids or references by container name. ``secrets`` are the names
    that have a value here.
    """

    app: str
    environment: str
    runtime: Runtime
    url: str
    parts: Parts = Parts()
    variables: Mapping[str, str] = field(default_factory=dict)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    tag: str = ""
    deployed_at: str = ""
