"""What the Refactor Spaces API has made is changed by it alone, but for what it cannot say: weights and stickiness."""

from __future__ import annotations

from stranglerfig.control.context import Control
from stranglerfig.core.refactor_spaces.resources import Application, Route, Service
from stranglerfig.errors import Refused

_COMMAND = "aws migration-hub-refactor-spaces"


def refuse_owned_proxy(control: Control, proxy: str) -> None:
    """Its default, and whether it is there."""
    owner = control.refactoring.books.spaces.owner_of_proxy(proxy)
    if owner is not None:
        raise Refused(
            f"proxy {proxy!r} is the application {owner.facts.id} of Refactor Spaces",
            hint=f"Its routes and services say where it leads: `{_COMMAND} list-routes {_within(owner)}` lists them.",
        )


def refuse_deleting_owned_proxy(control: Control, proxy: str) -> None:
    owner = control.refactoring.books.spaces.owner_of_proxy(proxy)
    if owner is not None:
        raise Refused(
            f"proxy {proxy!r} is the application {owner.facts.id} of Refactor Spaces",
            hint=f"`{_COMMAND} delete-application {_within(owner)}` deletes it, after its routes and services; if a "
            "stack made it, `aws cloudformation delete-stack` does.",
        )


def refuse_owned_route(control: Control, proxy: str, route: str) -> None:
    owner = control.refactoring.books.spaces.owner_of_rule(proxy, route)
    if owner is not None:
        raise Refused(
            f"route {route!r} of proxy {proxy!r} is the route {owner.facts.id} of Refactor Spaces",
            hint=f"Change it by its own API: `{_COMMAND} update-route {_within(owner)} "
            f"--route-identifier {owner.facts.id} --activation-state INACTIVE`, or `delete-route`. "
            "Its weight and stickiness can be set here.",
        )


def refuse_owned_target(control: Control, target: str) -> None:
    owner = control.refactoring.books.spaces.owner_of_group(target)
    if owner is not None:
        raise Refused(
            f"target {target!r} is the service {owner.facts.id} of Refactor Spaces",
            hint=f"`{_COMMAND} delete-service {_within(owner)} --service-identifier {owner.facts.id}` deletes it.",
        )


def _within(resource: Application | Service | Route) -> str:
    application = resource.facts.id if isinstance(resource, Application) else resource.application
    return f"--environment-identifier {resource.environment} --application-identifier {application}"
