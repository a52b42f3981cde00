"""Applications, their environments and what is deployed there, as Copilot has them. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from stranglerfig.core.containers import ContainerTargets
from stranglerfig.core.desired import Balancer, ProcessTargets

BROKER = "_broker"
#: a manifest's ``type`` that is no workload's: see ``core.declared``
PROXY_TYPE = "Strangler Proxy"
#: APP.ENV.NAME; users' own targets have no dots
PARTS_OF_A_GROUP = 3


class Runtime(Enum):
    DOCKER = "docker"
    PROCESS = "process"


class Kind(Enum):
    """The values of a workload manifest's ``type``."""

    LOAD_BALANCED = "Load Balanced Web Service"
    BACKEND = "Backend Service"
    REQUEST_DRIVEN = "Request-Driven Web Service"
    WORKER = "Worker Service"
    JOB = "Scheduled Job"
    STATIC_SITE = "Static Site"


@dataclass(frozen=True, slots=True)
class App:
    """``root`` is the workspace that made it: the folder that holds ``copilot/``."""

    name: str
    root: str
    domain: str | None = None
    tags: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Environment:
    """One that runs on this machine. Its balancer is called ``APP.ENV`` and listens on ``port``.

    ``was_docker``: there may be something of it in the engine, whatever its runtime is now.
    """

    app: str
    name: str
    runtime: Runtime
    host: str = "127.0.0.1"
    port: int = 0
    was_docker: bool = False


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a job runs, in UTC: ``cron`` of five fields, or ``every_s`` seconds; neither: only by hand.

    ``retries`` after the first attempt; ``timeout_s`` covers all of them.
    """

    cron: str | None = None
    every_s: float | None = None
    retries: int = 0
    timeout_s: float | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """``queue`` None: the service's own default queue. ``filter_policy`` is JSON text."""

    topic: str
    service: str
    queue: Queue | None = None
    filter_policy: str | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """Seconds, as SQS has them. ``dead_letter_tries`` None: no dead letter queue."""

    delay_s: int = 0
    visibility_s: int = 30
    retention_s: int = 345_600
    dead_letter_tries: int | None = None
    fifo: bool = False
    content_based_deduplication: bool = False


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    fifo: bool = False
    content_based_deduplication: bool = False


@dataclass(frozen=True, slots=True)
class StaticFiles:
    """``folder`` holds the files as they are to be served."""

    folder: str


@dataclass(frozen=True, slots=True)
class Workload:
    """One workload as it is deployed in an environment. Its target group is called ``APP.ENV.NAME``.

    ``manifest`` is the effective manifest as JSON text, ``digest`` covers it and all that was built of it: a deploy
    with the same digest changes nothing. ``job`` is what a Scheduled Job runs; a service's tasks are in its target
    group. ``paused`` services keep everything but their tasks.
    """

    app: str
    environment: str
    name: str
    kind: Kind
    manifest: str
    digest: str
    deployed_at: str = ""
    tag: str = ""
    schedule: Schedule | None = None
    job: ProcessTargets | ContainerTargets | None = None
    topics: tuple[Topic, ...] = ()
    queue: Queue | None = None
    subscriptions: tuple[Subscription, ...] = ()
    static: StaticFiles | None = None
    paused: bool = False
    #: hosts and names that others reach it by inside the environment
    endpoints: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Deployment:
    """A workload as one deploy left it. ``revision`` is its target group's, or counts the deploys where there is none.

    ``replicas`` are the tasks to return to when a paused service is resumed, and ``goes_on_with`` the revision that was
    on its way to replace this one when it was paused. ``listeners`` are for ports of its own.
    """

    workload: Workload
    revision: int
    replicas: int = 1
    listeners: tuple[Balancer, ...] = ()
    goes_on_with: int | None = None


def group_name(app: str, environment: str, workload: str) -> str:
    return f"{app}.{environment}.{workload}"


def listener_name(app: str, environment: str, workload: str, port: int) -> str:
    """Of a port that the workload has to itself."""
    # A dot, for a dash could be another workload's: `posts-9000` may be called so.
    return f"{group_name(app, environment, workload)}.{port}"


def balancer_name(app: str, environment: str) -> str:
    return f"{app}.{environment}"


def broker_name(app: str, environment: str) -> str:
    """Of the environment's local broker: its target group, and the first of its listeners."""
    # No workload can be called so.
    return f"{app}.{environment}.{BROKER}"


def is_of_broker(name: str) -> bool:
    """Whether a target group or a listener is called as a broker's are."""
    return name.split(".")[2:3] == [BROKER]


def owner_of(group: str) -> str | None:
    """The service or environment that a target group is a part of, in words; None for a target of its own."""
    parts = group.split(".")
    if len(parts) != PARTS_OF_A_GROUP:
        return None
    app, environment, name = parts
    return f"environment {environment} of {app}" if name == BROKER else f"service {name} in {environment} of {app}"
