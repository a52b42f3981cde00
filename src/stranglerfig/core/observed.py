"""What was seen of the world, with nothing decided yet. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class TaskState(Enum):
    #: started, no healthy answer yet
    STARTING = "STARTING"
    #: answers its health check
    HEALTHY = "HEALTHY"
    #: runs, but its health check fails
    UNHEALTHY = "UNHEALTHY"
    #: told to end, not gone yet
    STOPPING = "STOPPING"
    #: gone
    EXITED = "EXITED"


@dataclass(frozen=True, slots=True)
class TaskIdentity:
    """A process that cannot be mistaken for another one: pid and its start time in clock ticks since boot."""

    pid: int
    start_ticks: int


@dataclass(frozen=True, slots=True)
class ContainerIdentity:
    """The container that holds a task's network, by the id that the engine gave it."""

    id: str


@dataclass(frozen=True, slots=True)
class ObservedTask:
    """One task; ``id`` is ``group-revision-serial``. ``exit_status`` is negative for a signal, None while it runs.

    ``ports`` are pairs of a container port and the loopback port where it is published; ``port`` is the main one's.
    """

    id: str
    group: str
    revision: int
    port: int
    state: TaskState
    identity: TaskIdentity | ContainerIdentity | None = None
    exit_status: int | None = None
    ports: tuple[tuple[int, int], ...] = ()


class ServerHealth(Enum):
    UP = "UP"
    DOWN = "DOWN"
    #: serves out what it has
    DRAINING = "DRAINING"
    #: no check has ended yet
    CHECKING = "CHECKING"


@dataclass(frozen=True, slots=True)
class ObservedServer:
    """``sessions`` are requests in flight; ``detail`` is HAProxy's word on the last check (``L7OK/200``)."""

    id: str
    address: str
    health: ServerHealth
    sessions: int
    detail: str


@dataclass(frozen=True, slots=True)
class GroupCounters:
    """Totals since the target group was made; they survive reloads and restarts of HAProxy.

    What a worker answered after it was last looked at is missing when it ends by a crash, or while nobody decides.

    ``responses`` by status class ``1xx`` … ``5xx`` and ``other``; ``broken_off`` of them ended in their middle.
    ``response_ms`` is the mean time to the response's first byte over the last 1,024 requests;
    ``total_ms`` until its last.
    """

    requests: int = 0
    responses: tuple[tuple[str, int], ...] = ()
    in_flight: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    connect_errors: int = 0
    response_errors: int = 0
    retries: int = 0
    broken_off: int = 0
    response_ms: float = 0.0
    total_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class ObservedGroup:
    name: str
    servers: tuple[ObservedServer, ...]
    counters: GroupCounters


@dataclass(frozen=True, slots=True)
class ObservedDataplane:
    """``workers`` counts HAProxy workers, those that finish after a reload included; ``listener_requests`` by name.

    ``listener_answers`` are those of them that have ended, which is when pools count theirs; looked at before the
    pools, so that they never tell of more. They go on with listeners that are gone, as pools do in ``gone``.
    """

    version: str
    workers: int
    groups: tuple[ObservedGroup, ...]
    listener_requests: tuple[tuple[str, int], ...]
    listener_answers: tuple[tuple[str, int], ...] = ()
    gone: tuple[ObservedGroup, ...] = ()
