"""What may be made, changed and deleted, as Refactor Spaces has it (pure). Each check raises the API's own error.

Where the service's documentation leaves the error open, ConflictException stands for what another resource is in the
way of, and ValidationException for what is wrong by itself; UpdateRoute knows no conflict, so it is the latter there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stranglerfig.core.conditions_text import DEEPEST_STRIP
from stranglerfig.core.refactor_spaces.faults import conflict, invalid
from stranglerfig.core.refactor_spaces.resources import (
    PASSING,
    Application,
    Environment,
    Resource,
    Route,
    Service,
    State,
)
from stranglerfig.core.refactor_spaces.spaces import Spaces
from stranglerfig.core.routing.paths import is_parameter, segments


@dataclass(frozen=True, slots=True)
class RouteWish:
    """A route that is to be made; ``source_path`` None for the default one. ``replaces`` is to go when it comes."""

    active: bool
    source_path: str | None = None
    methods: tuple[str, ...] = ()
    children: bool = False
    append: bool = False
    replaces: str | None = None


def require_ready(parent: Resource) -> None:
    """Something is to be made in it."""
    if parent.facts.state not in (State.ACTIVE, State.UPDATING):
        raise conflict(parent, f"is in state {parent.facts.state.value}; nothing can be created in it now")


def check_new_route(spaces: Spaces, application: Application, service: Service, wish: RouteWish) -> None:
    others = [route for route in spaces.routes(application.facts.id) if route.facts.id != wish.replaces]
    default = next((route for route in others if route.is_default), None)
    if wish.source_path is None:
        if default is not None:
            raise conflict(default, "is the application's default route already; there can be one")
        return
    if default is None:
        raise conflict(application, "has no default route; it has to be created before any other route")
    if wish.active and not default.active:
        raise conflict(default, "is the default route and inactive; no other route can be active then")
    _check_path(wish, service)
    for route in others:
        if route.source_path is not None:
            _check_beside(wish, wish.source_path, route, route.source_path)


def check_activation(spaces: Spaces, route: Route, *, active: bool) -> None:
    if route.facts.state in PASSING:
        raise invalid(f"Route {route.facts.id} is in state {route.facts.state.value}; it cannot be updated now.")
    check_unreplaced(spaces, route)
    default = spaces.default_route(route.application)
    if route.is_default:
        others = [one for one in spaces.routes(route.application) if not one.is_default and one.active]
        if others and not active:
            raise invalid(
                f"Route {route.facts.id} is the default route; it cannot be inactive while {_named(others)} active."
            )
    elif active and (default is None or not default.active):
        raise invalid(f"Route {route.facts.id} cannot be active while the default route is not.")


def check_unreplaced(spaces: Spaces, route: Route) -> None:
    """Raises a ValidationException while another route is being made in its place."""
    successor = _successor(spaces, route)
    if successor is not None:
        raise invalid(f"Route {route.facts.id} is being replaced by {successor.facts.id}.")


def check_environment_removal(spaces: Spaces, environment: Environment) -> None:
    _require_settled(environment)
    children = spaces.applications(environment.facts.id)
    if children:
        raise conflict(environment, f"has applications: {_ids(children)}; delete them first")


def check_application_removal(spaces: Spaces, application: Application) -> None:
    _require_settled(application)
    children: list[Resource] = [*spaces.routes(application.facts.id), *spaces.services(application.facts.id)]
    if children:
        raise conflict(application, f"has routes or services: {_ids(children)}; delete them first")


def check_service_removal(spaces: Spaces, service: Service) -> None:
    _require_settled(service)
    users = [route for route in spaces.routes(service.application) if route.service == service.facts.id]
    if users:
        raise conflict(service, f"has routes: {_ids(users)}; delete them first")


def check_route_removal(spaces: Spaces, route: Route) -> None:
    _require_settled(route)
    successor = _successor(spaces, route)
    if successor is not None:
        raise conflict(route, f"is being replaced by {successor.facts.id}")
    others = [one for one in spaces.routes(route.application) if one.facts.id != route.facts.id]
    if route.is_default and others:
        raise conflict(route, f"is the default route, and there are others: {_ids(others)}; delete them first")


def _successor(spaces: Spaces, route: Route) -> Route | None:
    routes = spaces.routes(route.application)
    return next((one for one in routes if one.replaces == route.facts.id and one.facts.state in PASSING), None)


def _require_settled(resource: Resource) -> None:
    if resource.facts.state in PASSING:
        raise conflict(resource, f"is in state {resource.facts.state.value}; it cannot be deleted now")


def _check_path(wish: RouteWish, service: Service) -> None:
    names = [part for part in segments(wish.source_path or "") if is_parameter(part)]
    if len(set(names)) < len(names):
        raise invalid(f"The source path {wish.source_path} has a path parameter of one name twice.")
    if not {".", ".."}.isdisjoint(segments(wish.source_path or "")):
        raise invalid(
            f"The source path {wish.source_path} has a dot segment. Paths are normalised before they are compared, so "
            "that no request would have it."
        )
    if names and service.endpoint_type == "URL" and not wish.append:
        raise invalid(
            f"The source path {wish.source_path} has path parameters; a service with a URL needs "
            "AppendSourcePath to be true then."
        )
    count = len(segments(wish.source_path or ""))
    if count > DEEPEST_STRIP and not wish.append:
        raise invalid(
            f"The source path has {count} segments; with more than {DEEPEST_STRIP}, AppendSourcePath has to be true."
        )


def _check_beside(wish: RouteWish, path: str, other: Route, other_path: str) -> None:
    ours, theirs = segments(path), segments(other_path)
    if _shape(ours) == _shape(theirs):
        methods, taken = set(wish.methods), set(other.methods)
        if methods & taken or not (methods or taken):
            what = ", ".join(sorted(methods & taken)) or "all methods"
            raise conflict(other, f"has the source path {other_path} with {what} already")
    for mine, its in zip(ours, theirs, strict=False):
        if is_parameter(mine) and is_parameter(its) and mine != its:
            raise conflict(other, f"calls the path parameter {mine} of {path} {its}; one place has one name")
        if _shape((mine,)) != _shape((its,)):
            break
    if _is_parameter_child(ours, theirs, other.children) or _is_parameter_child(theirs, ours, wish.children):
        raise conflict(
            other, f"and {path} clash: a path parameter cannot stand one level below a path that includes its children"
        )


def _is_parameter_child(path: tuple[str, ...], parent: tuple[str, ...], children: bool) -> bool:
    return children and bool(path) and is_parameter(path[-1]) and _shape(path[:-1]) == _shape(parent)


def _shape(parts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("{}" if is_parameter(part) else part for part in parts)


def _ids(resources: Iterable[Resource]) -> str:
    return ", ".join(one.facts.id for one in resources)


def _named(routes: list[Route]) -> str:
    return f"{_ids(routes)} {'is' if len(routes) == 1 else 'are'}"
