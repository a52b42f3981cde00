"""Services: each a target group of its own, or one that a fig service fills."""

from __future__ import annotations

from typing import Any

from stranglerfig.control.context import Control
from stranglerfig.control.operations.addresses import taken_names
from stranglerfig.control.operations.refactor_spaces.creation import Origin, create, new_facts
from stranglerfig.control.operations.refactor_spaces.joining import find_joined
from stranglerfig.control.operations.refactor_spaces.removal import remove
from stranglerfig.control.operations.refactor_spaces.rights import (
    Parameters,
    find_application,
    find_service,
    require,
)
from stranglerfig.core.access import Caller
from stranglerfig.core.conditions_text import FULL_WEIGHT
from stranglerfig.core.names import to_slug, to_unique
from stranglerfig.core.refactor_spaces.endpoints import check_endpoint
from stranglerfig.core.refactor_spaces.faults import conflict
from stranglerfig.core.refactor_spaces.paging import page
from stranglerfig.core.refactor_spaces.quotas import check_quota
from stranglerfig.core.refactor_spaces.rendering import show_change, show_service
from stranglerfig.core.refactor_spaces.resources import Application, Service
from stranglerfig.core.refactor_spaces.rules import check_service_removal, require_ready
from stranglerfig.core.refactor_spaces.tags import to_tags

Answer = dict[str, Any]


async def create_service(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    created = create(control, caller, "CreateService", parameters, lambda: make_service(control, caller, parameters))
    assert isinstance(created, Service)
    return show_service(created, control.identity.region)


def make_service(control: Control, caller: Caller, parameters: Parameters, origin: Origin | None = None) -> Service:
    spaces = control.refactoring.books.spaces
    application = spaces.application(parameters["EnvironmentIdentifier"], parameters["ApplicationIdentifier"])
    tags, owner = to_tags(parameters.get("Tags")), application.facts.owner
    require(control, caller, "CreateService", application, tags=tags)
    check_endpoint(parameters)
    require_ready(application)
    check_quota(spaces, Service, owner, application, control.refactoring.limits)
    endpoint = parameters.get("UrlEndpoint") or {}
    joined = find_joined(control, tags, endpoint.get("Url"))
    return Service(
        facts=new_facts(control, caller, Service, tags, owner=owner, origin=origin),
        environment=application.environment,
        application=application.facts.id,
        name=parameters["Name"],
        endpoint_type=parameters["EndpointType"],
        group=joined.group if joined is not None else _to_group_name(control, application, parameters),
        url=endpoint.get("Url"),
        health_url=endpoint.get("HealthUrl"),
        lambda_arn=(parameters.get("LambdaEndpoint") or {}).get("Arn"),
        vpc=parameters.get("VpcId"),
        description=parameters.get("Description"),
        is_joined=joined is not None,
        base_path=joined.base_path if joined is not None else "",
    )


async def get_service(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    return show_service(find_service(control, caller, "GetService", parameters), control.identity.region)


async def list_services(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    application = find_application(control, caller, "ListServices", parameters)
    everything = control.refactoring.books.spaces.services(application.facts.id)
    shown, token = page(everything, parameters.get("MaxResults"), parameters.get("NextToken"))
    summaries = [show_service(one, control.identity.region) for one in shown]
    return {"ServiceSummaryList": summaries, "NextToken": token}


async def delete_service(control: Control, caller: Caller, parameters: Parameters) -> Answer:
    service = find_service(control, caller, "DeleteService", parameters)
    check_service_removal(control.refactoring.books.spaces, service)
    users = [] if service.is_joined else _users(control, service)
    if users:
        raise conflict(service, f"still gets requests by {', '.join(users)}, which fig alone knows of")
    shown = remove(control, service)
    return show_change(shown, control.identity.region, "ApplicationId", "EnvironmentId", "Name", "ServiceId")


def _users(control: Control, service: Service) -> list[str]:
    """A route of the application that has moved away from it whole does not count."""
    own = control.refactoring.books.spaces.application(service.environment, service.application).proxy
    proxy = control.books.desired.proxies.get(own)
    routes = proxy.routes if proxy is not None else ()
    gone = {f"{own}/{one.id}" for one in routes if one.weight >= FULL_WEIGHT and one.candidate.group != service.group}
    return [user for user in control.books.users_of(service.group) if user not in gone]


def _to_group_name(control: Control, application: Application, parameters: Parameters) -> str:
    """Empty for a Lambda function, which no target group can stand for."""
    if parameters["EndpointType"] != "URL":
        return ""
    return to_unique(to_slug(f"{application.proxy}-{parameters['Name']}", otherwise="service"), taken_names(control))
