"""Finds what a request is about, and refuses whoever may not ask for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stranglerfig.control.context import Control
from stranglerfig.core.access import Caller
from stranglerfig.core.refactor_spaces.identifiers import to_arn
from stranglerfig.core.refactor_spaces.resources import (
    Application,
    Environment,
    Resource,
    Route,
    Service,
    environment_of,
)
from stranglerfig.core.refactor_spaces.rights import Deed, check_rights
from stranglerfig.core.refactor_spaces.tags import Tags

Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Coming:
    """A route that is to be made."""

    service: Service
    source_path: str | None


def find_environment(control: Control, caller: Caller, action: str, parameters: Parameters) -> Environment:
    found = control.refactoring.books.spaces.environment(parameters["EnvironmentIdentifier"])
    require(control, caller, action, found)
    return found


def find_application(control: Control, caller: Caller, action: str, parameters: Parameters) -> Application:
    found = control.refactoring.books.spaces.application(*_ids(parameters))
    require(control, caller, action, found)
    return found


def find_service(control: Control, caller: Caller, action: str, parameters: Parameters) -> Service:
    found = control.refactoring.books.spaces.service(*_ids(parameters), parameters["ServiceIdentifier"])
    require(control, caller, action, found)
    return found


def find_route(control: Control, caller: Caller, action: str, parameters: Parameters) -> Route:
    found = control.refactoring.books.spaces.route(*_ids(parameters), parameters["RouteIdentifier"])
    require(control, caller, action, found)
    return found


def require(
    control: Control,
    caller: Caller,
    action: str,
    resource: Resource | None,
    *,
    tags: Tags = (),
    coming: Coming | None = None,
) -> None:
    """``resource`` is what it is done to, or in; None: an environment is to be made."""
    books, region = control.refactoring.books, control.identity.region
    if resource is None:
        check_rights(caller, Deed(action, f"arn:aws:refactor-spaces:{region}:{caller.account}:environment"), None, None)
        return
    environment = books.spaces.environment(environment_of(resource))
    touched, source_path = _touched(control, resource), resource.source_path if isinstance(resource, Route) else None
    if coming is not None:
        touched, source_path = (*touched, coming.service), coming.source_path
    deed = Deed(action, to_arn(resource, region), source_path, touched, tags)
    check_rights(caller, deed, environment, books.policies.get(environment.facts.id))


def _touched(control: Control, resource: Resource) -> tuple[Resource, ...]:
    if isinstance(resource, Environment | Application):
        return (resource,)
    spaces = control.refactoring.books.spaces
    application = spaces.application(resource.environment, resource.application)
    if isinstance(resource, Service):
        return (application, resource)
    return (application, spaces.service(resource.environment, resource.application, resource.service), resource)


def _ids(parameters: Parameters) -> tuple[str, str]:
    return parameters["EnvironmentIdentifier"], parameters["ApplicationIdentifier"]
