"""Routes: the default one, and those by path."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from stranglerfig.control.context import Control
from stranglerfig.control.operations.refactor_spaces.creation import Origin, create, new_facts
from stranglerfig.control.operations.refactor_spaces.removal import remove
from stranglerfig.control.operations.refactor_spaces.rights import (
    Coming,
    Parameters,
    find_application,
    find_route,
    require,
)
from stranglerfig.core.access import Caller
from stranglerfig.core.compile import DEFAULT_RULE
from stranglerfig.core.names import to_slug, to_unique
from stranglerfig.core.refactor_spaces.faults import invalid
from stranglerfig.core.refactor_spaces.paging import page
from stranglerfig.core.refactor_spaces.quotas import check_quota
from stranglerfig.core.refactor_spaces.rendering import show_change, show_created_route, show_route
from stranglerfig.core.refactor_spaces.resources import PASSING, Application, Route, State
from stranglerfig.core.refactor_spaces.routing import to_share
from stranglerfig.core.refactor_spaces.rules import (
    RouteWish,
    check_activation,
    check_new_route,
    check_route_removal,
    check_unreplaced,
    require_ready,
)
from stranglerfig.core.refactor_spaces.tags import to_tags

Answer = dict[str, Any]


async def create_route(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    created = create(control, caller, "CreateRoute", parameters, lambda: make_route(control, caller, parameters))
    assert isinstance(created, Route)
    return show_created_route(created, control.identity.region)


async def replace_route(control: Control, caller: Caller, replaced: str, parameters: Parameters) -> Answer:
    """A new route in the place of another one, at once: no request meets neither of them. Not part of AWS's API.

    The other one is gone when the new one is in force, and stays when the new one fails. Answers as CreateRoute.
    """
    created = create(
        control, caller, "CreateRoute", parameters, lambda: make_route(control, caller, parameters, replaced=replaced)
    )
    assert isinstance(created, Route)
    return show_created_route(created, control.identity.region)


async def get_route(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    return _show(control, find_route(control, caller, "GetRoute", parameters))


async def list_routes(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    application = find_application(control, caller, "ListRoutes", parameters)
    everything = control.refactoring.books.spaces.routes(application.facts.id)
    shown, token = page(everything, parameters.get("MaxResults"), parameters.get("NextToken"))
    return {"RouteSummaryList": [_show(control, one) for one in shown], "NextToken": token}


async def update_route(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    refactoring = control.refactoring
    route = find_route(control, caller, "UpdateRoute", parameters)
    active = parameters["ActivationState"] == "ACTIVE"
    check_activation(refactoring.books.spaces, route, active=active)
    if route.facts.state is not (State.ACTIVE if active else State.INACTIVE):
        wanted = replace(route, active=active)
        route = refactoring.books.move(wanted, State.UPDATING, "asked for", now=refactoring.wall())
        refactoring.settler.begin(route)
    return show_change(route, control.identity.region, "ApplicationId", "RouteId", "ServiceId")


async def delete_route(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    route = find_route(control, caller, "DeleteRoute", parameters)
    check_route_removal(control.refactoring.books.spaces, route)
    return show_change(remove(control, route), control.identity.region, "ApplicationId", "RouteId", "ServiceId")


def make_route(
    control: Control,
    caller: Caller,
    parameters: Parameters,
    origin: Origin | None = None,
    *,
    replaced: str | None = None,
) -> Route:
    refactoring, spaces = control.refactoring, control.refactoring.books.spaces
    ids = parameters["EnvironmentIdentifier"], parameters["ApplicationIdentifier"]
    application, tags, wish = spaces.application(*ids), to_tags(parameters.get("Tags")), _to_wish(parameters, replaced)
    service = spaces.service(*ids, parameters["ServiceIdentifier"])
    require(control, caller, "CreateRoute", application, tags=tags, coming=Coming(service, wish.source_path))
    for parent in (application, service):
        require_ready(parent)
    former = None if replaced is None else spaces.route(*ids, replaced)
    if former is not None and former.facts.state in PASSING:
        raise invalid(f"Route {replaced} is in state {former.facts.state.value}; it cannot be replaced now.")
    if former is not None:
        check_unreplaced(spaces, former)
    check_new_route(spaces, application, service, wish)
    if former is None:
        check_quota(spaces, Route, application.facts.owner, application, refactoring.limits)
    return Route(
        facts=new_facts(control, caller, Route, tags, owner=application.facts.owner, origin=origin),
        environment=application.environment,
        application=application.facts.id,
        service=service.facts.id,
        rule=former.rule if former is not None else _to_rule(control, application, wish),
        active=wish.active,
        source_path=wish.source_path,
        methods=wish.methods,
        children=wish.children,
        append=wish.append,
        replaces=replaced,
    )


def _to_wish(parameters: Parameters, replaced: str | None) -> RouteWish:
    kind, path, default = parameters["RouteType"], parameters.get("UriPathRoute"), parameters.get("DefaultRoute")
    if kind == "DEFAULT":
        if path is not None:
            raise invalid("RouteType is DEFAULT, so UriPathRoute cannot be given.")
        return RouteWish((default or {}).get("ActivationState") != "INACTIVE", replaces=replaced)
    if path is None or default is not None:
        raise invalid("RouteType is URI_PATH, so UriPathRoute has to be given, and DefaultRoute cannot be.")
    return RouteWish(
        active=path["ActivationState"] == "ACTIVE",
        source_path=path["SourcePath"],
        methods=tuple(dict.fromkeys(path.get("Methods") or ())),
        children=bool(path.get("IncludeChildPaths")),
        append=bool(path.get("AppendSourcePath")),
        replaces=replaced,
    )


def _to_rule(control: Control, application: Application, wish: RouteWish) -> str:
    """The id of its route in the proxy, which fig's own commands know it by."""
    if wish.source_path is None:
        return DEFAULT_RULE
    taken = {route.rule for route in control.refactoring.books.spaces.routes(application.facts.id)} | {DEFAULT_RULE}
    proxy = control.books.desired.proxies.get(application.proxy)
    taken |= {route.id for route in (proxy.routes if proxy is not None else ())}
    words = (*wish.methods, wish.source_path) if len(wish.methods) < 3 else (wish.source_path,)
    return to_unique(to_slug(" ".join(words), otherwise="route"), taken)


def _show(control: Control, route: Route) -> Answer:
    application = control.refactoring.books.spaces.application(route.environment, route.application)
    proxy = control.books.desired.proxies.get(application.proxy)
    own = next((one for one in (proxy.routes if proxy is not None else ()) if one.id == route.rule), None)
    share = None if own is None or route.is_default else to_share(application.proxy, own)
    return show_route(route, control.identity.region, share)
