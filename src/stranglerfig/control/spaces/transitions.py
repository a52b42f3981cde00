"""What each state that passes comes to: applications become proxies, services target groups, routes their routes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from stranglerfig.control.applier import Applier
from stranglerfig.control.books import Books
from stranglerfig.control.fleet import Fleet
from stranglerfig.control.ports import Router
from stranglerfig.control.spaces.answering import Check, find_failure, to_failure
from stranglerfig.control.spaces.books import SpaceBooks
from stranglerfig.control.spaces.placing import RoutePlace
from stranglerfig.core.claims import refuse_taken
from stranglerfig.core.desired import Proxy
from stranglerfig.core.refactor_spaces.endpoints import to_group
from stranglerfig.core.refactor_spaces.resources import (
    Application,
    Environment,
    Failure,
    Resource,
    Route,
    Service,
    State,
    type_of,
)
from stranglerfig.errors import FigError

log = logging.getLogger(__name__)

_CODES = {
    State.CREATING: "RESOURCE_CREATION_FAILURE",
    State.UPDATING: "RESOURCE_UPDATE_FAILURE",
    State.DELETING: "RESOURCE_DELETION_FAILURE",
}


@dataclass(slots=True)
class Transitions:
    """``wall`` tells UTC seconds; ``pause_s`` lies between two looks at a service that does not answer."""

    books: Books
    spaces: SpaceBooks
    applier: Applier
    router: Router
    fleet: Fleet
    check: Check
    wall: Callable[[], float]
    pause_s: float

    async def complete(self, resource: Resource) -> None:
        """Leaves the resource in a state that does not pass, or gone."""
        try:
            if resource.facts.state is State.DELETING:
                await self._delete(resource)
                self.spaces.remove(resource.facts.id, "deleted")
            else:
                await self._make(resource)
        except FigError as error:
            self._fail(resource, error.message if error.hint is None else f"{error.message}. {error.hint}")
        except Exception as error:
            log.error("%s: a defect in fig", resource.facts.id, exc_info=error)
            self._fail(resource, f"A defect in fig: {error!r}")

    async def _make(self, resource: Resource) -> None:
        match resource:
            case Environment():
                self._finish(resource, State.ACTIVE)
            case Application():
                await self._make_application(resource)
            case Service():
                await self._make_service(resource)
            case Route():
                await self._make_route(resource)

    async def _make_application(self, application: Application) -> None:
        if application.proxy not in self.books.desired.proxies:
            host, port = application.host, application.port
            if port:
                refuse_taken(self.books.desired, application.proxy, host, port)
            port = await self.router.claim(host, port)
            proxy = Proxy(application.proxy, host, port, None, stage=application.stage)
            await self.applier.follow(self.books.save_proxy(proxy, f"made for {application.facts.id}"))
        proxy = self.books.proxy(application.proxy)
        self._finish(replace(application, port=proxy.port), State.ACTIVE)

    async def _make_service(self, service: Service) -> None:
        if service.url is not None and not service.is_joined:
            group = to_group(service.group, service.url, service.health_url)
            await self.applier.follow(self.books.save_group(group, f"made for {service.facts.id}"))
        self._finish(service, State.ACTIVE)

    async def _make_route(self, route: Route) -> None:
        service = self.spaces.spaces.service(route.environment, route.application, route.service)
        place = self._place(route)
        if route.active and not place.is_taken_by(route, service):
            # First what is known already. It may also become known during the look at the service.
            failure = self._default_failure(route) or await self._look_at(service) or self._default_failure(route)
            if failure is not None:
                self._finish(route, State.FAILED, failure)
                return
        undos = place.put(route, service)
        await self.applier.follow(*undos)
        state = State.ACTIVE if route.active else State.INACTIVE
        self.spaces.succeed(route, state, "as wanted", now=self.wall())

    async def _look_at(self, service: Service) -> Failure | None:
        group = self.books.desired.groups.get(service.group)
        failure = await find_failure(service, group, self.check, self.fleet, self.pause_s)
        if failure is None and service.group not in self.books.desired.groups:
            return to_failure(service, f"{service.group} has been deleted")
        return failure

    def _default_failure(self, route: Route) -> Failure | None:
        """A route may be asked for while the default route is still being made."""
        default = self.spaces.spaces.default_route(route.application)
        if route.is_default or default is None or default.facts.state is not State.FAILED:
            return None
        message = f"The default route {default.facts.id} is FAILED; no other route can be active then."
        return Failure("INVALID_RESOURCE_STATE", message, default.facts.id, "ROUTE")

    async def _delete(self, resource: Resource) -> None:
        match resource:
            case Application() if resource.proxy in self.books.desired.proxies:
                await self.applier.follow(self.books.delete_proxy(resource.proxy, f"{resource.facts.id} is deleted"))
            case Service() if not resource.is_joined and resource.group in self.books.desired.groups:
                place = self._place(resource)
                undos = [
                    *place.release(resource.group),
                    self.books.delete_group(resource.group, "its service is deleted"),
                ]
                await self.applier.follow(*undos)
            case Route():
                await self.applier.follow(*self._place(resource).take_away(resource))

    def _place(self, resource: Route | Service) -> RoutePlace:
        spaces = self.spaces.spaces
        return RoutePlace(self.books, spaces.application(resource.environment, resource.application).proxy)

    def _finish(self, resource: Resource, state: State, failure: Failure | None = None) -> None:
        reason = "as wanted" if failure is None else failure.message
        self.spaces.move(resource, state, reason, now=self.wall(), failure=failure)

    def _fail(self, resource: Resource, message: str) -> None:
        failure = Failure(_CODES[resource.facts.state], message, resource.facts.id, type_of(resource))
        self._finish(resource, State.FAILED, failure)
