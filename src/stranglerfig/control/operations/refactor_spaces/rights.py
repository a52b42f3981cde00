"""Finds what a request is about, and refuses whoever may not ask for it."""

from __future__ import annotations

from collections.abc import Mapping
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
    require(control, caller, action, found, source_path=found.source_path)
    return found


def require(
    control: Control,
    caller: Caller,
    action: str,
    resource: Resource | None,
    *,
    source_path: str | None = None,
    tags: Tags = (),
) -> None:
    """``resource`` is what it is done to, or in; None: an environment is to be made."""
    books, region = control.refactoring.books, control.identity.region
    if resource is None:
        check_rights(caller, Deed(action, f"arn:aws:refactor-spaces:{region}:{caller.account}:environment"), None, None)
        return
    environment = books.spaces.environment(environment_of(resource))
    deed = Deed(action, to_arn(resource, region), source_path, _touched(control, resource), tags)
    check_rights(caller, deed, environment, books.policies.get(environment.facts.id))


def _touched(control: Control, resource: Resource) -> tuple[Resource, ...]:
    if isinstance(resource, Environment | Application):
        return (resource,)
    application = control.refactoring.books.spaces.application(resource.environment, resource.application)
    return (application, resource)


def _ids(parameters: Parameters) -> tuple[str, str]:
    return parameters["EnvironmentIdentifier"], parameters["ApplicationIdentifier"]
