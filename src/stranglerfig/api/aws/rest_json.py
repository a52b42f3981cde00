"""JSON by REST, version 1.1: from a request to an operation and its parameters, and back from members to an answer.

A path is split before it is decoded, so that an encoded ARN is one label; at the end of a path it may also stand as it
is, slashes and all (pure).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import unquote_to_bytes

from stranglerfig.api.aws.asked import Asked
from stranglerfig.api.aws.constraints import problem
from stranglerfig.api.aws.refusals import invalid, unknown_operation, unreadable
from stranglerfig.core.faults import Fault

#: Labels that may hold slashes.
WIDE = {"/tags/{ResourceArn}", "/resourcepolicy/{Identifier}"}
#: What JSON calls what was sent, as AWS's servers do.
KINDS = {str: "STRING_VALUE", bool: "BOOLEAN_VALUE", int: "NUMBER_VALUE", float: "NUMBER_VALUE", dict: "START_OBJECT"}
WANTED: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "double": (int, float),
    "float": (int, float),
    "timestamp": (int, float),
}


@dataclass(frozen=True, slots=True)
class Found:
    """``operation`` is botocore's model of it; ``labels`` are decoded, by their names."""

    operation: Any
    labels: dict[str, str]


def find(model: Any, method: str, path: str) -> Found:
    """Raises a ``Fault``, with another status if the path is known with another method."""
    segments = path.split("/")[1:]
    is_known = False
    for name in model.operation_names:
        operation = model.operation_model(name)
        labels = _match(operation.http["requestUri"], segments)
        if labels is None:
            continue
        if operation.http["method"] == method:
            return Found(operation, {label: _decode(text) for label, text in labels.items()})
        is_known = True
    why = f"Unable to determine the operation: {method} {path[:256]}"
    raise unknown_operation(why, http_status=405 if is_known else 404)


def read(found: Found, asked: Asked) -> dict[str, Any]:
    """The operation's parameters; what the model does not know of is left out."""
    shape = found.operation.input_shape
    if shape is None:
        return {}
    parameters: dict[str, Any] = {}
    query = _read_query(asked.query)
    inner = {name: member for name, member in shape.members.items() if "location" not in member.serialization}
    body = _read_body(asked.body) if inner else {}
    for name, member in shape.members.items():
        sent_as = member.serialization.get("name", name)
        match member.serialization.get("location"):
            case "uri":
                parameters[name] = found.labels[sent_as]
            case "querystring" if sent_as in query:
                parameters[name] = _from_query(member, query[sent_as], sent_as)
            case None if body.get(sent_as) is not None:
                parameters[name] = _from_json(member, body[sent_as])
    return parameters


def write(shape: Any, members: dict[str, Any]) -> bytes:
    """Members that the model does not know are our own, and stay."""
    return json.dumps({} if shape is None else _to_json(shape, members), allow_nan=False).encode()


def write_fault(fault: Fault) -> tuple[dict[str, str], bytes]:
    """Headers and body."""
    headers = {"x-amzn-errortype": fault.code}
    if fault.retry_after_s is not None:
        headers["retry-after"] = str(fault.retry_after_s)
    body = {"__type": fault.code, "Message": fault.message, **fault.members}
    return headers, json.dumps(body).encode()


def _match(template: str, segments: list[str]) -> dict[str, str] | None:
    wanted = template.split("/")[1:]
    if template in WIDE and len(segments) > len(wanted):
        segments = [*segments[: len(wanted) - 1], "/".join(segments[len(wanted) - 1 :])]
    if len(wanted) != len(segments):
        return None
    labels: dict[str, str] = {}
    for here, there in zip(wanted, segments, strict=True):
        if here.startswith("{"):
            if not there:
                return None
            labels[here[1:-1]] = there
        elif here != there:
            return None
    return labels


def _read_query(text: str) -> dict[str, list[str]]:
    query: dict[str, list[str]] = {}
    for piece in text.split("&"):
        name, _, value = piece.partition("=")
        query.setdefault(_decode(name), []).append(_decode(value))
    return query


def _read_body(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        found = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise unreadable("The body is not JSON in UTF-8, or is nested too deeply.") from error
    if not isinstance(found, dict):
        raise unreadable("Unexpected value: the body must be a JSON object.")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _from_query(shape: Any, values: list[str], name: str) -> Any:
    if shape.type_name == "list":
        return values
    text = values[-1]
    if shape.type_name in ("integer", "long"):
        if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) <= 10):
            raise invalid(f"1 validation error detected: {problem(text, name, 'Member must be an integer')}")
        return int(text)
    return text


def _from_json(shape: Any, value: Any) -> Any:
    match shape.type_name, value:
        case "structure", dict():
            sent = {name: member.serialization.get("name", name) for name, member in shape.members.items()}
            return {
                name: _from_json(shape.members[name], value[sent_as])
                for name, sent_as in sent.items()
                if value.get(sent_as) is not None
            }
        case "list", list():
            return [_from_json(shape.member, item) for item in value]
        case "map", dict():
            return {_from_json(shape.key, key): _from_json(shape.value, item) for key, item in value.items()}
    if type(value) not in WANTED.get(shape.type_name, ()):
        raise unreadable(f"{KINDS.get(type(value), 'The value')} can not be converted to {_article(shape.type_name)}")
    if isinstance(value, str):
        _refuse_halves(value)
    return value


def _article(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _refuse_halves(text: str) -> None:
    """JSON may spell one half of a character that takes two; nothing could store it."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise unreadable("A text holds half a surrogate pair.") from error


def _decode(text: str) -> str:
    try:
        return unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError as error:
        raise unreadable("The path or the query is not UTF-8.") from error


def _to_json(shape: Any, value: Any) -> Any:
    match shape.type_name, value:
        case "structure", dict():
            known = shape.members
            return {
                known[name].serialization.get("name", name) if name in known else name: (
                    _to_json(known[name], item) if name in known else item
                )
                for name, item in value.items()
                if item is not None
            }
        case "list", list() | tuple():
            return [_to_json(shape.member, item) for item in value]
        case "map", dict():
            return {key: _to_json(shape.value, item) for key, item in value.items() if item is not None}
    return value
