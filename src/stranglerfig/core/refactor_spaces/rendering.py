"""Resources as the API shows them: dictionaries with the model's member names (pure). None is left out on the way.

Members with ``Fig`` in front are ours: stock clients pass over what their model does not have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stranglerfig.core.refactor_spaces import identifiers
from stranglerfig.core.refactor_spaces.resources import (
    Application,
    Environment,
    Facts,
    Resource,
    Route,
    Service,
    State,
)

Answer = dict[str, Any]

LONGEST_MESSAGE = 255


def show_environment(environment: Environment, region: str) -> Answer:
    is_there = environment.facts.state in (State.ACTIVE, State.DELETING)
    return {
        **_times(environment, region),
        "EnvironmentId": environment.facts.id,
        "Name": environment.name,
        "Description": environment.description,
        "NetworkFabricType": environment.fabric,
        "OwnerAccountId": environment.facts.owner,
        "Error": _error(environment.facts),
        "TransitGatewayId": (
            identifiers.transit_gateway_id(environment)
            if environment.fabric == "TRANSIT_GATEWAY" and is_there
            else None
        ),
    }


def show_application(application: Application, region: str, *, is_created: bool = False) -> Answer:
    """``is_created``: as the answer to its creation, which tells nothing of the proxy."""
    gateway: Answer = {"EndpointType": application.endpoint_type, "StageName": application.stage}
    if application.port and not is_created:
        gateway |= {
            "ApiGatewayId": identifiers.gateway_id(application),
            "NlbArn": identifiers.balancer_arn(application, region),
            "NlbName": identifiers.balancer_name(application),
            "ProxyUrl": proxy_url(application),
            "VpcLinkId": identifiers.vpc_link_id(application),
        }
    return {
        **_times(application, region),
        "EnvironmentId": application.environment,
        "ApplicationId": application.facts.id,
        "Name": application.name,
        "ProxyType": "API_GATEWAY",
        "VpcId": application.vpc,
        "ApiGatewayProxy": gateway,
        "OwnerAccountId": application.facts.owner,
        "CreatedByAccountId": application.facts.creator,
        "Error": None if is_created else _error(application.facts),
        "FigProxy": application.proxy,
    }


def proxy_url(application: Application) -> str:
    host = application.host
    return f"http://{f'[{host}]' if ':' in host else host}:{application.port}/{application.stage}"


def show_service(service: Service, region: str) -> Answer:
    return {
        **_times(service, region),
        "EnvironmentId": service.environment,
        "ApplicationId": service.application,
        "ServiceId": service.facts.id,
        "Name": service.name,
        "Description": service.description,
        "EndpointType": service.endpoint_type,
        "UrlEndpoint": None if service.url is None else {"Url": service.url, "HealthUrl": service.health_url},
        "LambdaEndpoint": None if service.lambda_arn is None else {"Arn": service.lambda_arn},
        "VpcId": service.vpc,
        "OwnerAccountId": service.facts.owner,
        "CreatedByAccountId": service.facts.creator,
        "Error": _error(service.facts),
        "FigTarget": service.group or None,
    }


def show_created_route(route: Route, region: str) -> Answer:
    """Nested, as CreateRoute answers; GetRoute has it flat."""
    path = {
        "SourcePath": route.source_path,
        "ActivationState": "ACTIVE" if route.active else "INACTIVE",
        "Methods": list(route.methods) or None,
        "IncludeChildPaths": route.children,
        "AppendSourcePath": route.append,
    }
    return {**_route(route, region), "UriPathRoute": None if route.is_default else path}


def show_route(route: Route, region: str, share: Mapping[str, Any] | None) -> Answer:
    """``share`` is what the proxy's own route says of weights."""
    answer = {
        **_route(route, region),
        "EnvironmentId": route.environment,
        "Error": _error(route.facts),
        "FigRoute": None if share is None else dict(share),
    }
    if route.source_path is None:
        return answer
    return {
        **answer,
        "SourcePath": route.source_path,
        "Methods": list(route.methods) or None,
        "IncludeChildPaths": route.children,
        "AppendSourcePath": route.append,
        "PathResourceToId": identifiers.path_resource_ids(route.facts.id, route.source_path, children=route.children),
    }


def show_change(resource: Resource, region: str, *names: str) -> Answer:
    """The few members that updates and deletions answer with."""
    shown = _route(resource, region) if isinstance(resource, Route) else _shown(resource, region)
    return {name: shown.get(name) for name in ("Arn", "LastUpdatedTime", "State", *names)}


def _shown(resource: Environment | Application | Service, region: str) -> Answer:
    if isinstance(resource, Environment):
        return show_environment(resource, region)
    return show_application(resource, region) if isinstance(resource, Application) else show_service(resource, region)


def _route(route: Route, region: str) -> Answer:
    return {
        **_times(route, region),
        "ApplicationId": route.application,
        "RouteId": route.facts.id,
        "RouteType": "DEFAULT" if route.is_default else "URI_PATH",
        "ServiceId": route.service,
        "OwnerAccountId": route.facts.owner,
        "CreatedByAccountId": route.facts.creator,
    }


def _times(resource: Resource, region: str) -> Answer:
    facts = resource.facts
    return {
        "Arn": identifiers.to_arn(resource, region),
        "CreatedTime": facts.created_at,
        "LastUpdatedTime": facts.updated_at,
        "State": facts.state.value,
        "Tags": dict(facts.tags),
    }


def _plain(text: str) -> str:
    """As the model wants messages: printable ASCII, and not much of it."""
    line = "".join(letter if " " <= letter <= "~" else "?" for letter in " ".join(text.split()))
    return line if len(line) <= LONGEST_MESSAGE else f"{line[: LONGEST_MESSAGE - 3]}..."


def _error(facts: Facts) -> Answer | None:
    failure = facts.failure
    if failure is None:
        return None
    return {
        "Code": failure.code,
        "Message": _plain(failure.message),
        "AccountId": facts.owner,
        "ResourceIdentifier": failure.resource_id,
        "ResourceType": failure.resource_type,
    }
