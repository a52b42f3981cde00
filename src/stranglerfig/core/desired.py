"""What users asked for: proxies, routes and target groups as the store keeps them. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from stranglerfig.core.containers import ContainerTargets
from stranglerfig.core.routing.rules import Conditions, Order, Sticky
from stranglerfig.core.shift.terms import Terms
from stranglerfig.core.topology import HealthCheck, HostHeader, Tls


@dataclass(frozen=True, slots=True)
class UrlTargets:
    """A target group of fixed URLs, which share scheme and base path.

    ``tls`` is set exactly when the scheme is https.
    """

    urls: tuple[str, ...]
    host_header: HostHeader = HostHeader.PRESERVE
    tls: Tls | None = None


@dataclass(frozen=True, slots=True)
class ProcessTargets:
    """A target group of N tasks, each one run of ``command`` with its own ``PORT``.

    ``start_timeout_s`` bounds the time from start to the first healthy answer; ``grace_s`` the time from SIGTERM to
    SIGKILL. Limits: ``memory_bytes`` of address space, ``open_files`` descriptors; None leaves them as they are.
    ``secrets`` are pairs of variable and name in the secret store, looked up at each start and kept nowhere else.
    Without ``listens`` a task has no port: it is healthy when it has lived for a moment, and gets no requests.
    ``recreate``: the old tasks end before the new ones start.
    """

    command: tuple[str, ...]
    cwd: str
    replicas: int = 1
    env: tuple[tuple[str, str], ...] = ()
    start_timeout_s: float = 30.0
    grace_s: float = 10.0
    memory_bytes: int | None = None
    open_files: int | None = None
    secrets: tuple[tuple[str, str], ...] = ()
    listens: bool = True
    recreate: bool = False


TaskTargets = ProcessTargets | ContainerTargets


@dataclass(frozen=True, slots=True)
class Balancer:
    """A listener without a default: what no ingress takes is answered with 404. ``tcp`` passes bytes, to one group."""

    name: str
    host: str
    port: int
    tcp: bool = False
    http2: bool = False


@dataclass(frozen=True, slots=True)
class Ingress:
    """What a target group takes from a balancer. It belongs to the revision, and is taken back with it.

    ``id`` is unique in the target group. ``port`` is a container port of the tasks, None their main one. ``health``
    None: the target group's. ``sticky`` keeps a client on one task by a cookie. ``http2`` and ``tls`` say how the tasks
    are spoken to. Nothing is taken before the first task has been healthy.
    """

    id: str
    balancer: str
    conditions: Conditions = Conditions()
    port: int | None = None
    health: HealthCheck | None = None
    sticky: bool = False
    http2: bool = False
    tls: bool = False


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """``revision`` counts from 1 and grows with every change of ``targets`` or ``health``, but not with ``replicas``.

    ``drain_s`` bounds how long a leaving target may finish what it has. ``health`` and ``ingress`` of a new revision
    come into force when its tasks are complete; until then those of the serving one hold.
    """

    name: str
    targets: UrlTargets | ProcessTargets | ContainerTargets
    health: HealthCheck = HealthCheck()
    drain_s: float = 30.0
    revision: int = 1
    ingress: tuple[Ingress, ...] = ()


class RouteState(Enum):
    #: in force
    ACTIVE = "ACTIVE"
    #: kept, but as if it were not there
    INACTIVE = "INACTIVE"


@dataclass(frozen=True, slots=True)
class RouteSide:
    """One side of a route. ``strip`` leading segments are taken off the path on the way to ``group``.

    ``base_path`` (as in ``topology.Group``) then goes in front; only for a group of tasks, as URLs have their own.
    """

    group: str
    strip: int = 0
    base_path: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """One path (and whatever else it asks for) peeled off a proxy.

    ``weight`` is the candidate's share in hundredths of a percent, 0 to 10000; the rest stays with ``legacy``, which is
    who answered when the route was made. ``id`` is unique in the proxy. ``priority`` only under ``Order.PRIORITY``.
    ``measured``: both sides have pools of their own in the data plane, so that what it counts there is this route's.
    ``cohorts`` (see ``core.routing.cohorts``) go to the candidate whatever the weight is.
    ``owner`` and ``expires`` (an ISO date) are for people. ``declared``: a manifest made it, and may take it away.
    ``shift`` is how it is to be moved when nobody says otherwise.
    """

    id: str
    conditions: Conditions
    candidate: RouteSide
    legacy: RouteSide
    weight: int = 10_000
    sticky: Sticky = Sticky()
    state: RouteState = RouteState.ACTIVE
    priority: int | None = None
    measured: bool = False
    cohorts: tuple[str, ...] = ()
    owner: str = ""
    expires: str = ""
    declared: bool = False
    shift: Terms | None = None


@dataclass(frozen=True, slots=True)
class Proxy:
    """The façade: a listener whose default goes to the target group ``default``; None: what no route takes is refused.

    ``stage`` is a first segment that every request has and no target sees; routes are said without it. Empty for none.
    ``base_path`` as in ``RouteSide``, for the default. ``declared_by`` is the manifest that it is deployed from,
    ``APP/ENVIRONMENT/MANIFEST``; empty for none.
    """

    name: str
    host: str
    port: int
    default: str | None
    order: Order = Order.SPECIFIC
    http2: bool = False
    routes: tuple[Route, ...] = ()
    stage: str = ""
    base_path: str = ""
    declared_by: str = ""

    @property
    def default_side(self) -> RouteSide | None:
        return None if self.default is None else RouteSide(self.default, base_path=self.base_path)


@dataclass(frozen=True, slots=True)
class Desired:
    """Everything. ``running`` is False after ``fig down``: kept, but nothing of it runs.

    ``serving`` has the last complete revision of each target group, whose health check and ingress hold; nothing for
    one that never was complete.
    """

    proxies: dict[str, Proxy] = field(default_factory=dict)
    groups: dict[str, TargetGroup] = field(default_factory=dict)
    balancers: dict[str, Balancer] = field(default_factory=dict)
    serving: dict[str, TargetGroup] = field(default_factory=dict)
    running: bool = True
