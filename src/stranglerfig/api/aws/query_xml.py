"""The query protocol: parameters are fields of a form, with dots and numbers for what nests; answers are XML (pure)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.sax.saxutils import escape

from stranglerfig.api.aws.asked import Asked
from stranglerfig.api.aws.constraints import problem
from stranglerfig.api.aws.refusals import invalid
from stranglerfig.core.faults import Fault

#: What services of this protocol call errors that have another name by REST, and their status where it differs.
CODES: dict[str, tuple[str, int | None]] = {
    "UnrecognizedClientException": ("InvalidClientTokenId", None),
    "InvalidSignatureException": ("SignatureDoesNotMatch", None),
    "AccessDeniedException": ("AccessDenied", None),
    "ThrottlingException": ("Throttling", 400),
    "ValidationException": ("ValidationError", None),
    "ConflictException": ("ValidationError", 400),
    "SerializationException": ("MalformedInput", None),
    "UnknownOperationException": ("InvalidAction", 400),
    "InternalServerException": ("InternalFailure", None),
}
MOST_FIELDS = 5_000
DEEPEST = 16
#: Not to be had in XML 1.0, however it is spelt.
UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
NUMBER = re.compile(r"[0-9]{1,6}")

#: A form's fields as they nest; the value of a field is kept under None, beside what is below it.
Tree = dict[str | None, Any]


def rename(fault: Fault) -> Fault:
    """In this protocol's words."""
    code, status = CODES.get(fault.code, (fault.code, None))
    return Fault(
        *(code, fault.message),
        http_status=status or fault.http_status,
        members=fault.members,
        retry_after_s=fault.retry_after_s,
    )


def read_fields(asked: Asked) -> dict[str, str]:
    """Of the body and of the query, but for what is a signature there. Raises a ``Fault`` if one stands twice."""
    fields: dict[str, str] = {}
    texts = [(asked.query, False), (asked.body.decode("latin-1"), True)]
    for text, is_form in texts:
        pieces = text.split("&", MOST_FIELDS)
        if len(pieces) > MOST_FIELDS:
            raise _malformed(f"a request may have at most {MOST_FIELDS} fields")
        for piece in filter(None, pieces):
            name, _, value = (part.replace("+", " ") if is_form else part for part in piece.partition("="))
            decoded = _decode(name)
            if decoded in fields:
                raise _malformed(f"{decoded[:64]} stands twice")
            fields[decoded] = _decode(value)
    return {name: value for name, value in fields.items() if not name.startswith("X-Amz-")}


def find(model: Any, fields: dict[str, str]) -> Any:
    """botocore's model of the operation. Raises a ``Fault``."""
    action, version = fields.get("Action"), fields.get("Version")
    if not action:
        raise Fault("MissingAction", "The request must contain the parameter Action", http_status=400)
    if action not in model.operation_names or version != model.api_version:
        raise no_action(action, version)
    return model.operation_model(action)


def no_action(action: str, version: str | None) -> Fault:
    why = f"Could not find operation {action[:64]} for version {(version or 'NO_VERSION_SPECIFIED')[:32]}"
    return Fault("InvalidAction", why, http_status=400)


def read(operation: Any, fields: dict[str, str]) -> dict[str, Any]:
    """The operation's parameters; what the model does not know of is left out."""
    shape = operation.input_shape
    return {} if shape is None else _read_structure(shape, _grow(fields), "")


def write(operation: Any, members: dict[str, Any], request_id: str) -> bytes:
    shape = operation.output_shape
    inner = "" if shape is None else "".join(_write_members(shape, members))
    wrapper = None if shape is None else shape.serialization.get("resultWrapper")
    if wrapper:
        inner = f"<{wrapper}>{inner}</{wrapper}>"
    name, space = f"{operation.name}Response", operation.service_model.metadata["xmlNamespace"]
    tail = f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
    return f'<{name} xmlns="{space}">{inner}{tail}</{name}>'.encode()


def write_fault(fault: Fault, request_id: str) -> tuple[dict[str, str], bytes]:
    """Headers and body. ``fault`` is named as this protocol does."""
    headers = {} if fault.retry_after_s is None else {"retry-after": str(fault.retry_after_s)}
    kind = "Sender" if fault.http_status < 500 else "Receiver"
    members = {"Type": kind, "Code": fault.code, "Message": fault.message, **fault.members}
    inner = "".join(f"<{name}>{_speak(text)}</{name}>" for name, text in members.items())
    body = f"<ErrorResponse><Error>{inner}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    return headers, body.encode()


def _grow(fields: dict[str, str]) -> Tree:
    tree: Tree = {}
    for name, value in fields.items():
        parts = name.split(".", DEEPEST)
        here = tree
        for part in parts:
            here = here.setdefault(part, {})
        here[None] = value
    return tree


def _read_structure(shape: Any, tree: Tree, where: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        branch = tree.get(member.serialization.get("name", name))
        if branch is not None:
            found[name] = _read_value(member, branch, f"{where}{name[:1].lower()}{name[1:]}")
    return found


def _read_value(shape: Any, tree: Tree, where: str) -> Any:
    match shape.type_name:
        case "structure":
            return _read_structure(shape, tree, f"{where}.")
        case "list":
            name = shape.member.serialization.get("name", "member")
            inner = tree if shape.serialization.get("flattened") else tree.get(name, {})
            return [_read_value(shape.member, one, f"{where}.{number}.member") for number, one in _in_order(inner)]
        case "map":
            inner = tree if shape.serialization.get("flattened") else tree.get("entry", {})
            key, value = (shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value"))
            return {
                _read_value(shape.key, one.get(key, {}), where): _read_value(shape.value, one.get(value, {}), where)
                for _, one in _in_order(inner)
            }
    return _read_scalar(shape.type_name, tree.get(None, ""), where)


def _in_order(tree: Tree) -> Iterator[tuple[int, Tree]]:
    numbers = sorted((int(part), part) for part in tree if part is not None and NUMBER.fullmatch(part))
    return ((place, tree[part]) for place, (_, part) in enumerate(numbers, 1))


def _read_scalar(kind: str, text: str, where: str) -> Any:
    try:
        match kind:
            case "boolean":
                return {"true": True, "false": False}[text.lower()]
            case "integer" | "long":
                if not re.fullmatch(r"-?[0-9]{1,18}", text):
                    raise ValueError
                return int(text)
            case "double" | "float":
                if not re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", text):
                    raise ValueError
                return float(text)
            case "timestamp":
                return datetime.fromisoformat(text).astimezone(UTC).timestamp()
            case "blob":
                return base64.b64decode(text, validate=True)
    except (ValueError, KeyError, OverflowError):
        constraint = f"Member must be of the type {kind}"
        raise invalid(f"1 validation error detected: {problem(text, where, constraint)}") from None
    return text


def _write_members(shape: Any, members: dict[str, Any]) -> Iterator[str]:
    for name, member in shape.members.items():
        if members.get(name) is not None:
            yield from _write_value(member, members[name], member.serialization.get("name", name))


def _write_value(shape: Any, value: Any, name: str) -> Iterator[str]:
    match shape.type_name:
        case "structure":
            yield f"<{name}>{''.join(_write_members(shape, value))}</{name}>"
        case "list" if shape.serialization.get("flattened"):
            for item in value:
                yield from _write_value(shape.member, item, name)
        case "list":
            inner = shape.member.serialization.get("name", "member")
            items = (part for item in value for part in _write_value(shape.member, item, inner))
            yield f"<{name}>{''.join(items)}</{name}>"
        case "map":
            key, inner = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
            entries = (
                f"<entry><{key}>{_speak(one)}</{key}>{''.join(_write_value(shape.value, item, inner))}</entry>"
                for one, item in value.items()
            )
            yield f"<{name}>{''.join(entries)}</{name}>"
        case _:
            yield f"<{name}>{_speak(_to_text(shape.type_name, value))}</{name}>"


def _to_text(kind: str, value: Any) -> str:
    match kind, value:
        case "boolean", _:
            return "true" if value else "false"
        case "timestamp", _:
            return datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        case "blob", bytes():
            return base64.b64encode(value).decode()
    return str(value)


def _speak(text: str) -> str:
    # A carriage return that stood as it is would be read as a line end.
    return escape(UNSPEAKABLE.sub("\ufffd", text), {"\r": "&#13;"})


def _decode(text: str) -> str:
    try:
        return unquote_to_bytes(text.encode("latin-1")).decode("utf-8")
    except UnicodeError as error:
        raise _malformed("it is not UTF-8") from error


def _malformed(why: str) -> Fault:
    return Fault("MalformedQueryString", f"The query string is malformed: {why}", http_status=400)
