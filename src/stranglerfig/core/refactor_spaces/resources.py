"""What Refactor Spaces keeps: environments, applications, services and routes. Values only (pure).

The words are the API's own; an *application* is a proxy of ours, and a *service* a target group.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    CREATING = "CREATING"
    ACTIVE = "ACTIVE"
    #: of routes alone: kept, but without traffic
    INACTIVE = "INACTIVE"
    UPDATING = "UPDATING"
    DELETING = "DELETING"
    FAILED = "FAILED"


#: it goes on by itself to another state
PASSING = frozenset({State.CREATING, State.UPDATING, State.DELETING})


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a resource is FAILED; ``code`` and ``resource_type`` are words of the API's model."""

    code: str
    message: str
    resource_id: str
    resource_type: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What every resource has. Times in UTC seconds. ``owner`` and ``creator`` are accounts; tags are sorted by key."""

    id: str
    owner: str
    creator: str
    created_at: float
    updated_at: float
    state: State = State.CREATING
    tags: tuple[tuple[str, str], ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Environment:
    facts: Facts
    name: str
    fabric: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Application:
    """``proxy`` is the name of its proxy, ``host`` and ``port`` its address; port 0 until there is one."""

    facts: Facts
    environment: str
    name: str
    vpc: str
    proxy: str
    endpoint_type: str = "REGIONAL"
    stage: str = "prod"
    host: str = "127.0.0.1"
    port: int = 0


@dataclass(frozen=True, slots=True)
class Service:
    """``group`` is the target group that answers for it. ``is_joined``: it is one of a fig service's, whose paths get
    ``base_path`` in front; otherwise it was made for the service's URL. Empty for a Lambda function.
    """

    facts: Facts
    environment: str
    application: str
    name: str
    endpoint_type: str
    group: str
    url: str | None = None
    health_url: str | None = None
    lambda_arn: str | None = None
    vpc: str | None = None
    description: str | None = None
    is_joined: bool = False
    base_path: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """``source_path`` is None for the default route. ``active`` is what is wanted of it. ``rule`` is the id of its
    route in the proxy. ``replaces`` is the id of the route whose place it takes when it comes into force.
    """

    facts: Facts
    environment: str
    application: str
    service: str
    rule: str
    active: bool
    source_path: str | None = None
    methods: tuple[str, ...] = ()
    children: bool = False
    append: bool = False
    replaces: str | None = None

    @property
    def is_default(self) -> bool:
        return self.source_path is None


Resource = Environment | Application | Service | Route

#: as the API's errors name them
RESOURCE_TYPES: dict[type, str] = {
    Environment: "ENVIRONMENT",
    Application: "APPLICATION",
    Service: "SERVICE",
    Route: "ROUTE",
}
PREFIXES: dict[type, str] = {Environment: "env-", Application: "app-", Service: "svc-", Route: "rte-"}


def type_of(resource: Resource) -> str:
    return RESOURCE_TYPES[type(resource)]


def environment_of(resource: Resource) -> str:
    return resource.facts.id if isinstance(resource, Environment) else resource.environment
