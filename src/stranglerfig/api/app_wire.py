"""The shapes of applications, environments and workloads on the API. Values of the core cross as ``json_values``."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

RuntimeName = Literal["docker", "process"]


class CreateApp(TypedDict):
    """``root`` is the workspace's folder."""

    name: str
    root: str
    domain: NotRequired[str | None]
    tags: NotRequired[dict[str, str]]


class AppWire(TypedDict):
    name: str
    root: str
    domain: str | None
    tags: dict[str, str]
    environments: list[str]
    workloads: list[str]


class CreateEnvironment(TypedDict):
    """Also brings one into force again, or changes its runtime. ``port`` 0 takes the one it had, else a free one."""

    name: str
    runtime: RuntimeName
    port: NotRequired[int]


class EnvironmentWire(TypedDict):
    """``url`` is the balancer's. ``variables`` go into every process task; the broker's are there once it runs."""

    app: str
    name: str
    runtime: RuntimeName
    url: str
    port: int
    network: str
    variables: dict[str, str]
    workloads: list[str]


class NameEndpoints(TypedDict):
    """Names of services that others may call; each gets a loopback URL of its own, and keeps it."""

    services: list[str]


class EndpointsWire(TypedDict):
    urls: dict[str, str]


class DeployOrder(TypedDict):
    """``workload`` is a ``core.application.Workload``, ``group`` a ``core.desired.TargetGroup`` or null, and
    ``listeners`` are ``core.desired.Balancer`` for ports of the workload's own, all as ``core.json_values`` has them.

    ``force`` starts new tasks although nothing changed.
    """

    workload: dict[str, Any]
    group: dict[str, Any] | None
    listeners: NotRequired[list[dict[str, Any]]]
    force: NotRequired[bool]


class WorkloadWire(TypedDict):
    """``unchanged``: in the answer to a deploy that had nothing to do. ``resumed``: in that to one that ends a pause.
    ``target`` is the target group's own shape.

    ``targets`` is what its tasks run (a job's too), as ``core.json_values`` has ``TaskTargets``; None for a Static Site
    whose files nobody serves. Secrets are names in it. One-off tasks take it over.
    """

    app: str
    environment: str
    name: str
    kind: str
    deployed_at: str
    tag: str
    paused: bool
    digest: str
    manifest: dict[str, Any]
    revision: int | None
    urls: list[str]
    endpoints: list[str]
    unchanged: bool
    resumed: NotRequired[bool]
    target: dict[str, Any] | None
    targets: dict[str, Any] | None


class RunWire(TypedDict):
    """One execution of a job or one-off task. ``state``: RUNNING, SUCCEEDED, FAILED, TIMED_OUT, STOPPED."""

    id: str
    name: str
    started_at: str
    ended_at: str | None
    attempts: int
    state: str
    exit_status: int | None
    cause: str


class RunTask(TypedDict):
    """A one-off task: ``targets`` is a ``ProcessTargets`` or ``ContainerTargets`` as ``core.json_values`` has them."""

    name: str
    targets: dict[str, Any]
    count: NotRequired[int]


class ExecPlan(TypedDict):
    """How to get inside a task: ``container`` of the engine, or the ``pid`` whose folder and variables to take."""

    task: str
    container: str | None
    pid: int | None
    cwd: str | None
    env: dict[str, str]


class OneOffWire(TypedDict):
    """A one-off task: ``count`` copies of it at once, each a run. ``state``: RUNNING until the last one has ended, then
    SUCCEEDED if all have, else the state of the first that has not.
    """

    name: str
    app: str
    environment: str
    started_at: str
    ended_at: str | None
    state: str
    exit_status: int | None
    runs: list[RunWire]


class RollBackWorkload(TypedDict, total=False):
    """``revision`` None or left out: the one before. Its routing and its health check come back with it."""

    revision: int | None


class SecretValue(TypedDict):
    """On its way in; no answer holds one."""

    value: str


class SecretNames(TypedDict):
    names: list[str]
