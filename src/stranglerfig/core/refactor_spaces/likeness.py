"""A proxy of fig's own as Refactor Spaces would have it, and what of it that API cannot say (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stranglerfig.core.conditions_text import FULL_WEIGHT, count_segments, render_path
from stranglerfig.core.desired import Proxy, Route, RouteState, TargetGroup, UrlTargets
from stranglerfig.core.refactor_spaces.tags import SERVICE_TAG
from stranglerfig.core.refactor_spaces.template import Bundle
from stranglerfig.core.routing.rules import Order, PathExact, PathPrefix, PathTemplate

_SOURCE_PATH = re.compile(r"(/([a-zA-Z0-9._:-]+|\{[a-zA-Z0-9._:-]+\}))+")
_NOT_IN_A_NAME = re.compile(r"[^a-zA-Z0-9_-]+")
#: the API wants a network, and fig has none: to be replaced where there is one
ANY_VPC = "vpc-00000000"


@dataclass(frozen=True, slots=True)
class Likeness:
    """``remarks`` are sentences about what the template does not say, or says otherwise."""

    bundle: Bundle
    remarks: tuple[str, ...]


def to_likeness(proxy: Proxy, groups: Mapping[str, TargetGroup]) -> Likeness:
    remarks: list[str] = []
    if proxy.order is Order.PRIORITY:
        remarks.append("The order by priority is left out: Refactor Spaces goes by the most specific path.")
    routes, used = [], [proxy.default] if proxy.default is not None else []
    for route in proxy.routes:
        made, why = _to_route(route)
        if why:
            remarks.append(f"Route {route.id} {why}.")
        if made is not None:
            routes.append(made)
            used.append(str(made["ServiceIdentifier"]))
    if proxy.default is not None:
        active = {"ActivationState": "ACTIVE"}
        routes.append({"RouteType": "DEFAULT", "ServiceIdentifier": proxy.default, "DefaultRoute": active})
    services: dict[str, dict[str, Any]] = {}
    for name in dict.fromkeys(used):
        services[name], remark = _to_service(name, groups.get(name))
        remarks += [remark] if remark else []
    environment = {"Name": _name(f"{proxy.name}-estate"), "NetworkFabricType": "NONE"}
    gateway = {"EndpointType": "REGIONAL", "StageName": proxy.stage or "prod"}
    application = {
        "Name": _name(proxy.name),
        "ProxyType": "API_GATEWAY",
        "VpcId": ANY_VPC,
        "ApiGatewayProxy": gateway,
    }
    if not proxy.stage:
        remarks.append(
            "The URL of an application has a stage: paths will begin with /prod, or with what StageName says."
        )
    return Likeness(Bundle(environment, application, services, tuple(routes)), tuple(remarks))


def _to_service(name: str, group: TargetGroup | None) -> tuple[dict[str, Any], str]:
    service: dict[str, Any] = {"Name": _name(name), "EndpointType": "URL"}
    if group is not None and isinstance(group.targets, UrlTargets):
        urls = group.targets.urls
        remark = f"Target {name} has {len(urls)} URLs; a service has one, which is {urls[0]}." if urls[1:] else ""
        return {**service, "UrlEndpoint": {"Url": urls[0]}}, remark
    url = f"http://{_NOT_IN_A_NAME.sub('-', name)}.internal"
    remark = f"Target {name} is run by fig and joined by its tag; for AWS, replace {url} by where it answers there."
    return {**service, "UrlEndpoint": {"Url": url}, "Tags": {SERVICE_TAG: name}}, remark


def _to_route(route: Route) -> tuple[dict[str, Any] | None, str]:
    """None: it cannot be said at all."""
    conditions = route.conditions
    path = conditions.paths[0] if len(conditions.paths) == 1 else None
    if conditions.host or conditions.headers or conditions.queries or conditions.source:
        return None, "is left out: Refactor Spaces has conditions on path and method alone"
    if not isinstance(path, PathExact | PathPrefix | PathTemplate) or not _SOURCE_PATH.fullmatch(path.path):
        return None, f"is left out: {render_path(conditions)} is no source path of Refactor Spaces"
    children = isinstance(path, PathPrefix) or (isinstance(path, PathTemplate) and path.children)
    side, share = route.candidate, _unsaid_share(route)
    if side.strip and side.strip != count_segments(path):
        return None, "is left out: it strips a part of its path, and Refactor Spaces all or nothing"
    uri_path: dict[str, Any] = {
        "SourcePath": path.path,
        "ActivationState": "ACTIVE" if route.state is RouteState.ACTIVE and not share else "INACTIVE",
        "IncludeChildPaths": children,
        "AppendSourcePath": side.strip == 0,
    }
    if conditions.methods:
        uri_path["Methods"] = list(conditions.methods)
    return {"RouteType": "URI_PATH", "ServiceIdentifier": side.group, "UriPathRoute": uri_path}, share


def _unsaid_share(route: Route) -> str:
    """Why it cannot be active; empty if it can."""
    if route.weight <= 0:
        return f"is INACTIVE: all of it stays with {route.legacy.group}"
    if route.weight < FULL_WEIGHT:
        return f"is INACTIVE: it has {route.weight / 100:g} % of its requests, and Refactor Spaces knows no weights"
    return ""


def _name(text: str) -> str:
    """As the API wants names: three characters or more, none of its own prefixes in front."""
    name = _NOT_IN_A_NAME.sub("-", text).strip("-_")[:63]
    if len(name) < 3 or name[:4] in ("env-", "app-", "svc-"):
        name = f"fig-{name}"
    return name
