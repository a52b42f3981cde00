"""All resources at one moment, and how they hang together (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from stranglerfig.core.refactor_spaces.faults import conflict, not_found
from stranglerfig.core.refactor_spaces.resources import (
    RESOURCE_TYPES,
    Application,
    Environment,
    Resource,
    Route,
    Service,
    State,
)

R = TypeVar("R", Environment, Application, Service, Route)


@dataclass(slots=True)
class Spaces:
    """``resources`` by id, in the order in which they were made."""

    resources: dict[str, Resource] = field(default_factory=dict)

    def environment(self, environment_id: str) -> Environment:
        """Raises the API's ResourceNotFoundException, as do the others."""
        return self._find(Environment, environment_id)

    def application(self, environment_id: str, application_id: str) -> Application:
        self.environment(environment_id)
        found = self._find(Application, application_id)
        return self._require(found, found.environment == environment_id)

    def service(self, environment_id: str, application_id: str, service_id: str) -> Service:
        self.application(environment_id, application_id)
        found = self._find(Service, service_id)
        return self._require(found, found.application == application_id)

    def route(self, environment_id: str, application_id: str, route_id: str) -> Route:
        self.application(environment_id, application_id)
        found = self._find(Route, route_id)
        return self._require(found, found.application == application_id)

    def all_of(self, kind: type[R]) -> Iterator[R]:
        return (one for one in self.resources.values() if isinstance(one, kind))

    def applications(self, environment_id: str) -> list[Application]:
        return [one for one in self.all_of(Application) if one.environment == environment_id]

    def services(self, application_id: str) -> list[Service]:
        return [one for one in self.all_of(Service) if one.application == application_id]

    def routes(self, application_id: str) -> list[Route]:
        return [one for one in self.all_of(Route) if one.application == application_id]

    def default_route(self, application_id: str) -> Route | None:
        """The one that serves, while another one is made to take its place."""
        # It was made before the others, so it is soon found among a thousand.
        found = (one for one in self.all_of(Route) if one.application == application_id and one.is_default)
        first = next(found, None)
        if first is None or first.facts.state is not State.FAILED:
            return first
        return next((route for route in found if route.facts.state is not State.FAILED), first)

    def owner_of_proxy(self, proxy: str) -> Application | None:
        return next((one for one in self.all_of(Application) if one.proxy == proxy), None)

    def owner_of_group(self, group: str) -> Service | None:
        return next((one for one in self.all_of(Service) if one.group == group and not one.is_joined), None)

    def owner_of_rule(self, proxy: str, rule: str) -> Route | None:
        application = self.owner_of_proxy(proxy)
        routes = self.routes(application.facts.id) if application is not None else []
        return next((route for route in routes if route.rule == rule and not route.is_default), None)

    def _find(self, kind: type[R], resource_id: str) -> R:
        found = self.resources.get(resource_id)
        if not isinstance(found, kind):
            raise not_found(resource_id, RESOURCE_TYPES[kind])
        return found

    def _require(self, found: R, is_there: bool) -> R:
        if not is_there:
            raise not_found(found.facts.id, RESOURCE_TYPES[type(found)])
        return found


def require_state(resource: Resource, *states: State) -> None:
    """Raises the API's ConflictException."""
    if resource.facts.state not in states:
        raise conflict(resource, f"is in state {resource.facts.state.value}")
