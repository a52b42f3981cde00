"""Applications: each a proxy of its own."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from stranglerfig.control.context import Control
from stranglerfig.control.operations.refactor_spaces.creation import Origin, create, new_facts
from stranglerfig.control.operations.refactor_spaces.removal import remove
from stranglerfig.control.operations.refactor_spaces.rights import (
    Parameters,
    find_application,
    find_environment,
    require,
)
from stranglerfig.core.access import Caller
from stranglerfig.core.names import to_slug, to_unique
from stranglerfig.core.refactor_spaces.faults import conflict, invalid
from stranglerfig.core.refactor_spaces.paging import page
from stranglerfig.core.refactor_spaces.quotas import check_quota
from stranglerfig.core.refactor_spaces.rendering import show_application, show_change
from stranglerfig.core.refactor_spaces.resources import Application
from stranglerfig.core.refactor_spaces.rules import check_application_removal, require_ready
from stranglerfig.core.refactor_spaces.tags import HOST_TAG, PORT_TAG, Tags, to_tags

Answer = dict[str, Any]


async def create_application(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    created = create(
        control, caller, "CreateApplication", parameters, lambda: make_application(control, caller, parameters)
    )
    assert isinstance(created, Application)
    return show_application(created, control.identity.region, is_created=True)


def make_application(
    control: Control, caller: Caller, parameters: Parameters, origin: Origin | None = None
) -> Application:
    environment = control.refactoring.books.spaces.environment(parameters["EnvironmentIdentifier"])
    tags, owner = to_tags(parameters.get("Tags")), environment.facts.owner
    require(control, caller, "CreateApplication", environment, tags=tags)
    require_ready(environment)
    if not control.books.desired.running:
        raise conflict(environment, "is on a machine where fig is down: `fig up` starts it")
    check_quota(control.refactoring.books.spaces, Application, owner, environment, control.refactoring.limits)
    host, port = _to_address(tags)
    gateway = parameters.get("ApiGatewayProxy") or {}
    return Application(
        facts=new_facts(control, caller, Application, tags, owner=owner, origin=origin),
        environment=environment.facts.id,
        name=parameters["Name"],
        vpc=parameters["VpcId"],
        proxy=_to_proxy_name(control, parameters["Name"]),
        endpoint_type=gateway.get("EndpointType") or "REGIONAL",
        stage=gateway.get("StageName") or "prod",
        host=host,
        port=port,
    )


async def get_application(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    found = find_application(control, caller, "GetApplication", parameters)
    return show_application(found, control.identity.region)


async def list_applications(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    environment = find_environment(control, caller, "ListApplications", parameters)
    everything = control.refactoring.books.spaces.applications(environment.facts.id)
    shown, token = page(everything, parameters.get("MaxResults"), parameters.get("NextToken"))
    summaries = [show_application(one, control.identity.region) for one in shown]
    return {"ApplicationSummaryList": summaries, "NextToken": token}


async def delete_application(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    application = find_application(control, caller, "DeleteApplication", parameters)
    check_application_removal(control.refactoring.books.spaces, application)
    proxy = control.books.desired.proxies.get(application.proxy)
    if proxy is not None and proxy.routes:
        routes = ", ".join(route.id for route in proxy.routes)
        raise conflict(
            application, f"has routes that were added by fig alone ({routes}); `fig route delete` removes them"
        )
    shown = remove(control, application)
    return show_change(shown, control.identity.region, "ApplicationId", "EnvironmentId", "Name")


def _to_proxy_name(control: Control, name: str) -> str:
    spaces = control.refactoring.books.spaces
    taken = {one.proxy for one in spaces.all_of(Application)}
    return to_unique(to_slug(name, otherwise="application"), taken | control.books.desired.proxies.keys())


def _to_address(tags: Tags) -> tuple[str, int]:
    given = dict(tags)
    host, port = given.get(HOST_TAG, "127.0.0.1"), given.get(PORT_TAG, "0")
    try:
        ip_address(host)
    except ValueError as error:
        raise invalid(f"The tag {HOST_TAG} is {host}, which is no IP address.") from error
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65_535):
        raise invalid(f"The tag {PORT_TAG} is {port}, which is no port.")
    return host, int(port)
