"""Resources as the requests that would make them again (pure)."""

from __future__ import annotations

from typing import Any

from stranglerfig.core.refactor_spaces.resources import Application, Environment, Resource, Route, Service

Parameters = dict[str, Any]

#: what may change in the life of a resource; all else stays as it was made
CHANGEABLE = frozenset(("ActivationState", "Tags"))


def creating_operation(resource: Resource) -> str:
    return f"Create{type(resource).__name__}"


def to_parameters(resource: Resource) -> Parameters:
    """What the creating operation would be given; members that say nothing are left out."""
    match resource:
        case Environment():
            found = _of_environment(resource)
        case Application():
            found = _of_application(resource)
        case Service():
            found = _of_service(resource)
        case Route():
            found = _of_route(resource)
    return _said({**found, "Tags": dict(resource.facts.tags) or None})


def copy_of(operation: str, shown: Parameters) -> Parameters:
    """The same of what the API shows of a resource, by whichever of its answers that list it."""
    match operation:
        case "CreateEnvironment":
            found = {name: shown.get(name) for name in ("Name", "NetworkFabricType", "Description")}
        case "CreateApplication":
            gateway = shown.get("ApiGatewayProxy") or {}
            found = {
                **{name: shown.get(name) for name in ("EnvironmentId", "Name", "ProxyType", "VpcId")},
                "ApiGatewayProxy": _said({name: gateway.get(name) for name in ("EndpointType", "StageName")}),
            }
        case "CreateService":
            names = ("EnvironmentId", "ApplicationId", "Name", "EndpointType", "VpcId", "Description")
            found = {name: shown.get(name) for name in names}
            for endpoint in ("UrlEndpoint", "LambdaEndpoint"):
                found[endpoint] = _said(shown.get(endpoint) or {}) or None
        case _:
            found = _copy_of_route(shown)
    renamed = {_IDENTIFIERS.get(name, name): value for name, value in found.items()}
    return _said({**renamed, "Tags": dict(shown.get("Tags") or {}) or None})


def differing_members(before: Parameters, after: Parameters) -> tuple[str, ...]:
    """By name, wherever in the parameters they stand."""
    old, new = _members(before), _members(after)
    return tuple(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))


def _members(parameters: Parameters) -> Parameters:
    found: Parameters = {}
    for name, value in parameters.items():
        found.update(value if isinstance(value, dict) and name != "Tags" else {name: value})
    return found


_IDENTIFIERS = {
    "EnvironmentId": "EnvironmentIdentifier",
    "ApplicationId": "ApplicationIdentifier",
    "ServiceId": "ServiceIdentifier",
}


def _copy_of_route(shown: Parameters) -> Parameters:
    """One that carries no traffic, for whatever reason, is to carry none where it is made again."""
    state = "ACTIVE" if shown["State"] == "ACTIVE" else "INACTIVE"
    found = {name: shown.get(name) for name in ("EnvironmentId", "ApplicationId", "ServiceId", "RouteType")}
    if shown["RouteType"] == "DEFAULT":
        return {**found, "DefaultRoute": {"ActivationState": state}}
    path = {
        "SourcePath": shown["SourcePath"],
        "ActivationState": state,
        "Methods": list(shown.get("Methods") or ()) or None,
        "IncludeChildPaths": bool(shown.get("IncludeChildPaths")),
        "AppendSourcePath": bool(shown.get("AppendSourcePath")),
    }
    return {**found, "UriPathRoute": _said(path)}


def _of_environment(environment: Environment) -> Parameters:
    return {
        "Name": environment.name,
        "NetworkFabricType": environment.fabric,
        "Description": environment.description,
    }


def _of_application(application: Application) -> Parameters:
    return {
        "EnvironmentIdentifier": application.environment,
        "Name": application.name,
        "ProxyType": "API_GATEWAY",
        "VpcId": application.vpc,
        "ApiGatewayProxy": {"EndpointType": application.endpoint_type, "StageName": application.stage},
    }


def _of_service(service: Service) -> Parameters:
    return {
        "EnvironmentIdentifier": service.environment,
        "ApplicationIdentifier": service.application,
        "Name": service.name,
        "EndpointType": service.endpoint_type,
        "UrlEndpoint": None if service.url is None else _said({"Url": service.url, "HealthUrl": service.health_url}),
        "LambdaEndpoint": None if service.lambda_arn is None else {"Arn": service.lambda_arn},
        "VpcId": service.vpc,
        "Description": service.description,
    }


def _of_route(route: Route) -> Parameters:
    state = "ACTIVE" if route.active else "INACTIVE"
    found = {
        "EnvironmentIdentifier": route.environment,
        "ApplicationIdentifier": route.application,
        "ServiceIdentifier": route.service,
        "RouteType": "DEFAULT" if route.is_default else "URI_PATH",
    }
    if route.is_default:
        return {**found, "DefaultRoute": {"ActivationState": state}}
    path = {
        "SourcePath": route.source_path,
        "ActivationState": state,
        "Methods": list(route.methods) or None,
        "IncludeChildPaths": route.children,
        "AppendSourcePath": route.append,
    }
    return {**found, "UriPathRoute": _said(path)}


def _said(members: Parameters) -> Parameters:
    return {name: value for name, value in members.items() if value is not None}
