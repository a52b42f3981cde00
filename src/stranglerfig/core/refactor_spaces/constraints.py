"""What the API's model asks of the parameters of its Create operations, for those that do not come by the API (pure).

The model's own check is what guards the API; this one holds the same limits, and a test compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from stranglerfig.core.refactor_spaces.faults import invalid

_NAME = "[a-zA-Z0-9]+[a-zA-Z0-9-_ ]+"
_STATE = "ACTIVE|INACTIVE"

#: by member, whichever operation it belongs to: least and most characters, and what all of them look like
TEXTS: dict[str, tuple[int, int, str]] = {
    "ApplicationIdentifier": (14, 14, "app-[0-9A-Za-z]{10}"),
    "Description": (1, 256, r"[a-zA-Z0-9-_\s\.\!\*\#\@\']+"),
    "EndpointType": (3, 6, "LAMBDA|URL"),
    "EnvironmentIdentifier": (14, 14, "env-[0-9A-Za-z]{10}"),
    "NetworkFabricType": (4, 15, "TRANSIT_GATEWAY|NONE"),
    "ProxyType": (11, 11, "API_GATEWAY"),
    "RouteType": (7, 8, "DEFAULT|URI_PATH"),
    "ServiceIdentifier": (14, 14, "svc-[0-9A-Za-z]{10}"),
    "VpcId": (12, 21, "vpc-[-a-f0-9]{8}([-a-f0-9]{9})?"),
    "ApiGatewayProxy.EndpointType": (7, 8, "REGIONAL|PRIVATE"),
    "ApiGatewayProxy.StageName": (1, 128, "[-a-zA-Z0-9_]*"),
    "DefaultRoute.ActivationState": (6, 8, _STATE),
    "LambdaEndpoint.Arn": (
        *(1, 2048),
        r"arn:(aws[a-zA-Z-]*)?:lambda:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1}:\d{12}:function:[a-zA-Z0-9-_]+"
        r"(:(\$LATEST|[a-zA-Z0-9-_]+))?",
    ),
    "UriPathRoute.ActivationState": (6, 8, _STATE),
    "UriPathRoute.SourcePath": (1, 2048, r"(/([a-zA-Z0-9._:-]+|\{[a-zA-Z0-9._:-]+\}))+"),
    "UrlEndpoint.HealthUrl": (1, 2048, r"https?://[-a-zA-Z0-9+\x38@#/%?=~_|!:,.;]*[-a-zA-Z0-9+\x38@#/%=~_|]"),
    "UrlEndpoint.Url": (1, 2048, r"https?://[-a-zA-Z0-9+\x38@#/%?=~_|!:,.;]*[-a-zA-Z0-9+\x38@#/%=~_|]"),
}
#: Name differs: it may not begin as the ids of its kind do
NAMES = {
    "CreateEnvironment": (3, 63, f"(?!env-){_NAME}"),
    "CreateApplication": (3, 63, f"(?!app-){_NAME}"),
    "CreateService": (3, 63, f"(?!svc-){_NAME}"),
}
REQUIRED = {
    "CreateEnvironment": ("Name", "NetworkFabricType"),
    "CreateApplication": ("EnvironmentIdentifier", "Name", "ProxyType", "VpcId"),
    "CreateService": ("ApplicationIdentifier", "EndpointType", "EnvironmentIdentifier", "Name"),
    "CreateRoute": ("ApplicationIdentifier", "EnvironmentIdentifier", "RouteType", "ServiceIdentifier"),
}
#: of what is given at all
REQUIRED_WITHIN = {
    "LambdaEndpoint": ("Arn",),
    "UrlEndpoint": ("Url",),
    "UriPathRoute": ("ActivationState", "SourcePath"),
}
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


def check_creation(operation: str, parameters: Mapping[str, Any]) -> None:
    """Raises a ValidationException. Shapes, a text where a text belongs, are right already."""
    problems = list(_problems(operation, parameters))
    if problems:
        raise invalid(f"{'; '.join(problems)}.")


def _problems(operation: str, parameters: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{name} is required" for name in REQUIRED[operation] if parameters.get(name) is None)
    for name, value in parameters.items():
        if isinstance(value, dict) and name != "Tags":
            within = REQUIRED_WITHIN.get(name, ())
            yield from (f"{name}.{one} is required" for one in within if value.get(one) is None)
            for inner, leaf in value.items():
                yield from _problems_of_text(f"{name}.{inner}", leaf, TEXTS.get(f"{name}.{inner}"))
        else:
            yield from _problems_of_text(name, value, NAMES.get(operation) if name == "Name" else TEXTS.get(name))
    for method in (parameters.get("UriPathRoute") or {}).get("Methods") or ():
        if method not in METHODS:
            yield f"UriPathRoute.Methods holds {method}, which is none of {', '.join(METHODS)}"


def _problems_of_text(name: str, value: object, limits: tuple[int, int, str] | None) -> Iterator[str]:
    if limits is None or not isinstance(value, str):
        return
    least, most, pattern = limits
    if not least <= len(value) <= most:
        yield f"{name} has {len(value)} characters; {least} to {most} are allowed"
    elif re.fullmatch(pattern, value, re.ASCII) is None:
        yield f"{name} is {value[:256]!r}, which does not match {pattern}"
