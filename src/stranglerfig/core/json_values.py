"""Values of the core as JSON and back, led by their type hints. Pure.

What is written here is read by later versions of fig, so:
- every field is written, for a default may change, and what a user has must not change with it;
- an absent field takes its default, so a field may be added to a core value without a migration;
- an unknown field is refused, for dropping what a newer fig wrote would lose it at the next write;
- the alternatives of a union are told apart by a ``kind`` from ``KINDS``, never by a class name, which may change;
- what is JSON already, as a template is, has the type Any and stays as it is.
"""

from __future__ import annotations

import base64
import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache, partial
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from stranglerfig.core.containers import ContainerTargets
from stranglerfig.core.desired import ProcessTargets, UrlTargets
from stranglerfig.core.observed import ContainerIdentity, TaskIdentity
from stranglerfig.core.refactor_spaces.resources import Application as SpaceApplication
from stranglerfig.core.refactor_spaces.resources import Environment as SpaceEnvironment
from stranglerfig.core.refactor_spaces.resources import Route as SpaceRoute
from stranglerfig.core.refactor_spaces.resources import Service as SpaceService
from stranglerfig.core.routing.rules import (
    FixedResponse,
    Forward,
    PathExact,
    PathPattern,
    PathPrefix,
    PathRegex,
    PathTemplate,
    Redirect,
)

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Decoder = Callable[[object], object]
T = TypeVar("T")

KINDS: dict[type, str] = {
    PathExact: "exact",
    PathPrefix: "prefix",
    PathTemplate: "template",
    PathPattern: "pattern",
    PathRegex: "regex",
    Forward: "forward",
    Redirect: "redirect",
    FixedResponse: "fixed-response",
    UrlTargets: "urls",
    ProcessTargets: "process",
    ContainerTargets: "containers",
    TaskIdentity: "process",
    ContainerIdentity: "container",
    SpaceEnvironment: "environment",
    SpaceApplication: "application",
    SpaceService: "service",
    SpaceRoute: "route",
}


class UnreadableValue(ValueError):
    """JSON that is not what its type asks for."""


def to_json(value: object) -> Json:
    """``value`` is built of dataclasses, enums, tuples, lists, dicts with text keys, text, numbers, booleans, None.

    Bytes become base64.
    """
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, tuple | list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, Enum):
        return to_json(value.value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    kind: type = type(value)
    out: dict[str, Json] = {name: to_json(getattr(value, name)) for name in field_names(kind)}
    if kind in KINDS:
        out["kind"] = KINDS[kind]
    return out


def from_json(kind: Callable[..., T], value: object) -> T:
    """The ``kind`` that ``to_json`` made ``value`` of. Raises ``UnreadableValue`` with the reason."""
    return cast(T, decoder(kind)(value))


@cache
def field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


@cache
def decoder(kind: Any) -> Decoder:
    """Built once a type: ten thousand routes are read at every start."""
    if kind is Any:
        return as_it_is
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return union_decoder(arguments)
    if origin is tuple and arguments[-1] is Ellipsis:
        return partial(decode_run, decoder(arguments[0]))
    if origin is tuple:
        return partial(decode_tuple, tuple(decoder(argument) for argument in arguments))
    if origin is dict:
        return partial(decode_dict, decoder(arguments[1]))
    if is_dataclass(kind):
        return dataclass_decoder(cast(type, kind))
    if issubclass(kind, Enum):
        return partial(decode_enum, kind)
    if kind is bytes:
        return decode_bytes
    return partial(decode_float if kind is float else decode_scalar, kind)


def union_decoder(arguments: tuple[Any, ...]) -> Decoder:
    alternatives = [argument for argument in arguments if argument is not type(None)]
    if len(alternatives) == 1:
        inner = decoder(alternatives[0])
    else:
        inner = partial(decode_kind, {KINDS[alternative]: decoder(alternative) for alternative in alternatives})
    return partial(decode_optional, inner) if len(alternatives) < len(arguments) else inner


def dataclass_decoder(kind: type) -> Decoder:
    hints = get_type_hints(kind)
    optional = {f.name for f in fields(kind) if f.default is not MISSING or f.default_factory is not MISSING}
    decoders = {name: decoder(hints[name]) for name in field_names(kind)}
    return partial(decode_dataclass, kind, decoders, frozenset(decoders.keys() - optional))


def as_it_is(value: object) -> object:
    return value


def decode_dataclass(kind: type, decoders: dict[str, Decoder], required: frozenset[str], value: object) -> object:
    found = expect(dict, value)
    if not required <= found.keys():
        raise UnreadableValue(f"{kind.__name__} lacks {', '.join(sorted(required - found.keys()))}")
    try:
        given = ((name, item) for name, item in found.items() if name != "kind" or name in decoders)
        return kind(**{name: decoders[name](item) for name, item in given})
    except KeyError as error:
        raise UnreadableValue(f"{kind.__name__} has the unknown field {error.args[0]!r}") from error


def decode_kind(decoders: dict[str, Decoder], value: object) -> object:
    kind = expect(dict, value).get("kind")
    if not isinstance(kind, str) or kind not in decoders:
        raise UnreadableValue(f"unknown kind {kind!r}")
    return decoders[kind](value)


def decode_optional(inner: Decoder, value: object) -> object:
    return None if value is None else inner(value)


def decode_run(inner: Decoder, value: object) -> object:
    return tuple([inner(item) for item in expect(list, value)])


def decode_tuple(inners: tuple[Decoder, ...], value: object) -> object:
    items = expect(list, value)
    if len(items) != len(inners):
        raise UnreadableValue(f"{len(items)} values where {len(inners)} belong")
    return tuple(inner(item) for inner, item in zip(inners, items, strict=True))


def decode_dict(inner: Decoder, value: object) -> object:
    return {key: inner(item) for key, item in expect(dict, value).items()}


def decode_enum(kind: type[Enum], value: object) -> object:
    try:
        return kind(value)
    except ValueError as error:
        raise UnreadableValue(f"{value!r} is no {kind.__name__}") from error


def decode_bytes(value: object) -> object:
    try:
        return base64.b64decode(expect(str, value), validate=True)
    except ValueError as error:
        raise UnreadableValue(f"no base64: {error}") from error


def decode_float(_: type[float], value: object) -> object:
    return float(value) if type(value) is int else expect(float, value)


def decode_scalar(kind: type, value: object) -> object:
    return expect(kind, value)


def expect(kind: type[T], value: object) -> T:
    # Exactly this type: True is an int to isinstance, but not what a port was written as.
    if type(value) is not kind:
        raise UnreadableValue(f"{type(value).__name__} where {kind.__name__} belongs")
    return value
