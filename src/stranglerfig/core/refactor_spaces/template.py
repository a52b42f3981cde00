"""An application with all that it needs as a CloudFormation template (pure).

Sorted by what users see, names and paths, so that a stack made of a template gives the same template back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Properties = dict[str, Any]

_NOT_IN_AN_ID = re.compile(r"[^A-Za-z0-9]+")
_TYPE = "AWS::RefactorSpaces::"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Each as the parameters of its creation; of services and routes, by the ids that refer to them."""

    environment: Mapping[str, Any]
    application: Mapping[str, Any]
    services: Mapping[str, Mapping[str, Any]]
    routes: tuple[Mapping[str, Any], ...]


def to_template(bundle: Bundle, description: str) -> Properties:
    resources: Properties = {
        "Environment": _resource("Environment", bundle.environment),
        "Application": _resource(
            "Application",
            {**bundle.application, "EnvironmentIdentifier": _attribute("Environment", "EnvironmentIdentifier")},
        ),
    }
    within = {
        "EnvironmentIdentifier": _attribute("Environment", "EnvironmentIdentifier"),
        "ApplicationIdentifier": _attribute("Application", "ApplicationIdentifier"),
    }
    ids: dict[str, str] = {}
    for key, service in sorted(bundle.services.items(), key=lambda item: (str(item[1]["Name"]), item[0])):
        ids[key] = _unique(f"{_camel(str(service['Name']))}Service", resources)
        resources[ids[key]] = _resource("Service", {**service, **within})
    default = None
    for route in sorted(bundle.routes, key=_place):
        is_default = route["RouteType"] == "DEFAULT"
        name = _unique("DefaultRoute" if is_default else f"{_route_word(route)}Route", resources)
        service = _attribute(ids[str(route["ServiceIdentifier"])], "ServiceIdentifier")
        made = _resource("Route", {**route, **within, "ServiceIdentifier": service})
        if is_default:
            default = name
        elif default is not None:
            made = {"Type": made["Type"], "DependsOn": default, "Properties": made["Properties"]}
        resources[name] = made
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": description,
        "Resources": resources,
        "Outputs": {"ProxyUrl": {"Value": _attribute("Application", "ProxyUrl")}},
    }


def _resource(kind: str, parameters: Mapping[str, Any]) -> Properties:
    properties = {name: value for name, value in parameters.items() if name not in ("Tags", "ClientToken")}
    tags = parameters.get("Tags")
    if tags:
        properties["Tags"] = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
    return {"Type": f"{_TYPE}{kind}", "Properties": properties}


def _attribute(logical_id: str, name: str) -> Properties:
    return {"Fn::GetAtt": [logical_id, name]}


def _place(route: Mapping[str, Any]) -> tuple[bool, str, tuple[str, ...]]:
    path = route.get("UriPathRoute") or {}
    return route["RouteType"] != "DEFAULT", str(path.get("SourcePath", "")), tuple(path.get("Methods", ()))


def _route_word(route: Mapping[str, Any]) -> str:
    path = route["UriPathRoute"]
    methods: Iterable[str] = path.get("Methods", ())
    return _camel(f"{path['SourcePath']} {' '.join(method.lower() for method in methods)}")


def _camel(text: str) -> str:
    words = [word for word in _NOT_IN_AN_ID.split(text) if word]
    return "".join(word[:1].upper() + word[1:] for word in words)


def _unique(name: str, taken: Mapping[str, Any]) -> str:
    number, found = 2, name
    while found in taken:
        found, number = f"{name}{number}", number + 1
    return found
