"""The shapes that cross the API, as JSON. Version 1; a field may be added, none may change its meaning.

Requests are checked against these by pydantic in the server; the client uses them as they are, so that the command line
loads no validation library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NotRequired

from typing_extensions import TypedDict

if TYPE_CHECKING:
    from stranglerfig.api.shifts.wire import ShiftWire


class HealthWire(TypedDict, total=False):
    path: str | None
    expect: str
    interval_s: float
    timeout_s: float
    rise: int
    fall: int


class CreateProxy(TypedDict):
    """``to`` is a URL or the name of a target group. ``port`` 0 takes a free one. ``host`` defaults to 127.0.0.1."""

    name: str
    to: str
    port: NotRequired[int]
    host: NotRequired[str]
    order: NotRequired[Literal["specific", "priority"]]
    http2: NotRequired[bool]


class ChangeProxy(TypedDict):
    """``to`` is the new default, as in ``CreateProxy``; ``force`` as in ``CreateRoute``."""

    to: str
    force: NotRequired[bool]


class ConditionsWire(TypedDict, total=False):
    """``path`` is a prefix unless ``exact``; ``{name}`` segments and, with ``pattern``, ``*`` and ``?`` are understood.

    ``headers`` are ``["X-Env: beta*"]``, ``queries`` ``["version=v1"]`` or ``["*beta*"]``.
    """

    path: str
    exact: bool
    pattern: bool
    methods: list[str]
    hosts: list[str]
    headers: list[str]
    queries: list[str]
    sources: list[str]


class CreateRoute(ConditionsWire):
    """``to`` a URL or target group; ``weight`` percent, 0 to 100 with two decimals (default 100).

    ``strip`` takes the path's own segments off. ``sticky``: ``none``, ``source``, ``cookie``, ``cookie:NAME``,
    ``header:NAME``. ``legacy`` is who keeps the rest (default: who answers the path now). ``force`` sends requests
    even to a target without a healthy task, which is refused otherwise.
    """

    to: str
    weight: NotRequired[float]
    strip: NotRequired[bool]
    sticky: NotRequired[str]
    legacy: NotRequired[str]
    priority: NotRequired[int]
    state: NotRequired[Literal["ACTIVE", "INACTIVE"]]
    force: NotRequired[bool]


class ChangeRoute(TypedDict, total=False):
    """What is absent stays. ``force`` as in ``CreateRoute``."""

    weight: float
    methods: list[str]
    state: Literal["ACTIVE", "INACTIVE"]
    sticky: str
    priority: int
    force: bool


class RouteWire(TypedDict):
    """``owner`` and ``expires``, a date, are empty for none. ``declared``: the manifest of the proxy made it."""

    id: str
    proxy: str
    path: str
    exact: bool
    pattern: bool
    methods: list[str]
    hosts: list[str]
    headers: list[str]
    queries: list[str]
    sources: list[str]
    to: str
    strip: bool
    weight: float
    legacy: str
    sticky: str
    priority: int | None
    state: Literal["ACTIVE", "INACTIVE"]
    owner: str
    expires: str
    declared: bool


class ProxyWire(TypedDict):
    """``url`` is where clients go, the stage included. ``rate`` is requests a second over the last two seconds.

    ``default`` None: what no route takes is refused with 403. ``stage`` is the first segment of every path, or empty.
    ``declared_by`` is the manifest that it is deployed from, APP/ENVIRONMENT/MANIFEST, or empty.
    """

    name: str
    url: str
    host: str
    port: int
    default: str | None
    stage: str
    order: Literal["specific", "priority"]
    http2: bool
    declared_by: str
    requests: int
    rate: float
    routes: list[RouteWire]


class CreateTarget(TypedDict):
    """Either ``urls`` or ``command`` with ``cwd``. Posting a name that exists replaces it: tasks are rolled.

    ``memory`` bytes; ``env`` plain values. ``host_header`` counts for URLs only.
    """

    name: str
    urls: NotRequired[list[str]]
    ca_file: NotRequired[str]
    verify: NotRequired[bool]
    host_header: NotRequired[Literal["preserve", "target"]]
    command: NotRequired[list[str]]
    cwd: NotRequired[str]
    env: NotRequired[dict[str, str]]
    replicas: NotRequired[int]
    start_timeout_s: NotRequired[float]
    grace_s: NotRequired[float]
    drain_s: NotRequired[float]
    memory: NotRequired[int]
    open_files: NotRequired[int]
    health: NotRequired[HealthWire]


class ScaleTarget(TypedDict):
    replicas: int


class RollBackTarget(TypedDict, total=False):
    """``revision`` absent or null: the one before."""

    revision: int | None


class BringDown(TypedDict, total=False):
    """``purge``: forget everything as well."""

    purge: bool


class ServerWire(TypedDict):
    """One address. ``pid`` and ``task`` only for tasks."""

    id: str
    address: str
    health: str
    sessions: int
    detail: str
    task: str | None
    pid: int | None
    revision: int | None


#: fixed URLs, or tasks that fig runs: processes, or containers in Docker
TargetKind = Literal["url", "process", "docker"]


class TargetWire(TypedDict):
    """``state``: ACTIVE, STARTING (first tasks), UPDATING (rolling), FAILED (never healthy), DOWN (fig is down).

    ``problem`` says why, with the last output of a task that failed; ``failed_revision`` is the one taken back.
    ``ordered_revision`` stands in the answer to an order (create, scale, rollback): what it asked for, even if that has
    been taken back by the time of the answer and ``revision`` is the one before. ``response_ms`` is a mean of the last
    1,024 requests, ``p50_ms`` and ``p99_ms`` are of the last five minutes, to the first byte all.
    """

    name: str
    kind: TargetKind
    urls: list[str]
    command: list[str]
    replicas: int
    revision: int
    state: str
    problem: str | None
    failed_revision: int | None
    ordered_revision: NotRequired[int]
    servers: list[ServerWire]
    requests: int
    rate: float
    responses: dict[str, int]
    in_flight: int
    response_ms: float
    p50_ms: float | None
    p99_ms: float | None
    used_by: list[str]
    health: HealthWire


class ExplainRequest(TypedDict):
    method: NotRequired[str]
    url: str
    headers: NotRequired[list[str]]
    source: NotRequired[str]


class ShadowedWire(TypedDict):
    rule: str
    because: str


class UpstreamWire(TypedDict):
    group: str
    share: float
    url: str


class ExplanationWire(TypedDict):
    """``verdict``: forward, redirect, respond or refuse. ``canonical`` is the path after normalisation."""

    verdict: str
    rule: str | None
    why: str
    canonical: str | None
    upstreams: list[UpstreamWire]
    location: str | None
    status: int | None
    shadowed: list[ShadowedWire]


class FindingWire(TypedDict):
    """``kind``: unreachable, overlap, boundary, method-gap, empty-group."""

    kind: str
    rule: str
    message: str
    mend: str


class IngressWire(TypedDict):
    """A service's rule on an environment's listener. ``path`` and what else it asks for as in ``ConditionsWire``.

    ``state`` PAUSED: requests for it are told so.
    """

    id: str
    path: str
    pattern: bool
    hosts: list[str]
    sources: list[str]
    to: str
    state: Literal["ACTIVE", "PAUSED"]


class BalancerWire(TypedDict):
    """An environment's listener, called APP.ENV. ``rules`` are those in force; ``rate`` as in ``ProxyWire``."""

    name: str
    url: str
    host: str
    port: int
    requests: int
    rate: float
    rules: list[IngressWire]


class StatusWire(TypedDict):
    """``balancers`` and ``shifts``, those that run, are absent from daemons that do not know them."""

    version: str
    home: str
    pid: int
    running: bool
    haproxy: str
    workers: int
    proxies: list[ProxyWire]
    balancers: NotRequired[list[BalancerWire]]
    targets: list[TargetWire]
    shifts: NotRequired[list[ShiftWire]]


class VersionWire(TypedDict):
    """``running`` is False after ``fig down``; ``build`` tells figs of one version apart."""

    version: str
    pid: int
    home: str
    running: bool
    api: int
    build: str


class JournalWire(TypedDict):
    time: str
    subject: str
    what: str
    reason: str


class LogLineWire(TypedDict):
    """One line of the log stream."""

    task: str
    line: str


class RemovedWire(TypedDict):
    """``rest`` are sentences about what may be left elsewhere, and how it is removed later."""

    rest: list[str]


class ProblemWire(TypedDict):
    """Every answer that is not 2xx."""

    code: str
    message: str
    hint: str | None
