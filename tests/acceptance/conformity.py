"""Holds every answer of the Refactor Spaces API against botocore's model of it, and against what its pages promise.

The model requires no member of an answer. Here all of them are, but for those that say nothing in some cases.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

SERVICE = "migration-hub-refactor-spaces"
#: Members that an answer may be without: what was not given, has not failed, or is not so for its kind of resource.
MAY_BE_MISSING = {
    *("AdditionalDetails", "CidrBlocks", "Description", "Error", "HealthUrl", "LambdaEndpoint", "Methods", "NextToken"),
    *("TransitGatewayId", "UriPathRoute", "UrlEndpoint", "VpcId"),
}
#: Of the proxy: the answer to a creation and a proxy that is not there yet have the first two alone.
OF_PROXY = {"ApiGatewayId", "NlbArn", "NlbName", "ProxyUrl", "VpcLinkId"}
#: Of routes with a path.
OF_PATH = {"AppendSourcePath", "IncludeChildPaths", "PathResourceToId", "SourcePath"}
#: Errors that any AWS service may answer with, whatever its model says.
OF_ANY_SERVICE = {
    *("AccessDeniedException", "IncompleteSignature", "InvalidSignatureException", "MissingAuthenticationToken"),
    *("SerializationException", "ThrottlingException", "UnknownOperationException", "UnrecognizedClientException"),
}
FIRST_STATES = {"Create": {"CREATING"}, "Delete": {"DELETING"}, "Update": {"UPDATING", "ACTIVE", "INACTIVE"}}
LEAVES = {"RouteId": "route", "ServiceId": "service"}
JAVA_CLASSES = {r"\p{Alnum}": "a-zA-Z0-9", r"\p{Punct}": r"!-/:-@\[-`{-~", r"\p{Blank}": r" \t"}
KINDS: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "timestamp": (int, float),
}


@dataclass
class Witness:
    """``operations`` are those that were answered, ``refused`` pairs of operation and error code."""

    operations: set[str] = field(default_factory=set)
    refused: set[tuple[str, str]] = field(default_factory=set)

    def watch(self, client: Any) -> None:
        """From now on an answer that is not as it should be is an error of whoever asked."""
        client.meta.events.register(f"after-call.{SERVICE}", self._after_call)

    def _after_call(self, http_response: Any, model: Any, **_: Any) -> None:
        status, headers = http_response.status_code, http_response.headers
        body = json.loads(http_response.content)
        found = [] if headers.get("x-amzn-requestid") else ["no request id"]
        found += [] if headers.get("content-type") == "application/json" else ["no JSON by its header"]
        if status == 200:
            self.operations.add(model.name)
            found += [*in_value(model.output_shape, body, model.name), *in_meaning(model.name, body)]
        else:
            code = headers.get("x-amzn-errortype", "")
            self.refused.add((model.name, code))
            found += in_error(model, status, code, body)
        assert not found, f"{model.name} answered {status} {body}:\n" + "\n".join(found)


def in_error(model: Any, status: int, code: str, body: dict[str, Any]) -> Iterator[str]:
    shape = next((one for one in model.error_shapes if one.name == code), None)
    if shape is None:
        if code not in OF_ANY_SERVICE:
            yield f"{code} is no error of {model.name}"
        return
    if status != shape.metadata["error"]["httpStatusCode"]:
        yield f"{code} has the status {status}"
    if not body.get("Message"):
        yield "no Message"
    for name in shape.required_members:
        if not body.get(name):
            yield f"{code} lacks {name}"
    inner = {name: member for name, member in shape.members.items() if member.serialization.get("location") is None}
    for name, value in body.items():
        if name in inner:
            yield from in_value(inner[name], value, f"{code}.{name}")
        elif name != "__type":
            yield f"{code} has no member {name}"


def in_value(shape: Any, value: Any, where: str) -> Iterator[str]:
    """What is wrong with it by the model."""
    if type(value) not in KINDS[shape.type_name]:
        yield f"{where}: {value!r} is no {shape.type_name}"
        return
    yield from in_constraints(shape.metadata, value, where)
    match shape.type_name:
        case "structure":
            yield from in_structure(shape, value, where)
        case "list":
            for number, item in enumerate(value):
                yield from in_value(shape.member, item, f"{where}[{number}]")
        case "map":
            for key, item in value.items():
                yield from in_value(shape.key, key, f"{where} key")
                yield from in_value(shape.value, item, f"{where}[{key}]")


def in_structure(shape: Any, value: dict[str, Any], where: str) -> Iterator[str]:
    may_miss = MAY_BE_MISSING | OF_PROXY | (OF_PATH if value.get("RouteType") == "DEFAULT" else set())
    for name, member in shape.members.items():
        if name in value:
            yield from in_value(member, value[name], f"{where}.{name}")
        elif name not in may_miss:
            yield f"{where} lacks {name}"
    for name in value.keys() - shape.members.keys():
        if not name.startswith("Fig"):
            yield f"{where} has no member {name}"


def in_constraints(limits: dict[str, Any], value: Any, where: str) -> Iterator[str]:
    measure = len(value) if isinstance(value, str | list | dict) else value
    if not limits.get("min", measure) <= measure <= limits.get("max", measure):
        yield f"{where}: {value!r} is not from {limits.get('min')} to {limits.get('max')}"
    if "enum" in limits and value not in limits["enum"]:
        yield f"{where}: {value!r} is none of {limits['enum']}"
    if "pattern" in limits and not re.fullmatch(to_python(limits["pattern"]), value, re.ASCII):
        yield f"{where}: {value!r} does not match {limits['pattern']}"


def to_python(pattern: str) -> str:
    for java, plain in JAVA_CLASSES.items():
        pattern = pattern.replace(java, plain)
    return pattern


def in_meaning(operation: str, body: dict[str, Any]) -> Iterator[str]:
    """What no model says: the first state of a change, ARNs that name their ids, times in their order."""
    states = FIRST_STATES.get(re.match("[A-Z][a-z]+", operation)[0])  # type: ignore[index]
    if states is not None and "State" in body and body["State"] not in states:
        yield f"{operation} leaves the state {body['State']}"
    lists = [value for name, value in body.items() if name.endswith("SummaryList")]
    for shown in [body, *(one for items in lists for one in items)]:
        if "Arn" in shown and not shown["Arn"].endswith(arn_end(shown)):
            yield f"{shown['Arn']} does not end with {arn_end(shown)}"
        if "CreatedTime" in shown and shown["CreatedTime"] > shown["LastUpdatedTime"]:
            yield f"{operation}: updated before it was created"


def arn_end(shown: dict[str, Any]) -> str:
    parts = [f"environment/{shown['EnvironmentId']}"] if "EnvironmentId" in shown else []
    if "ApplicationId" in shown:
        parts.append(f"application/{shown['ApplicationId']}")
    # A route's service is not what the route's ARN names.
    leaf = next((name for name in LEAVES if name in shown), None)
    if leaf is not None:
        parts.append(f"{LEAVES[leaf]}/{shown[leaf]}")
    return "/".join(parts)
