"""Parameters against the model: required members, lengths, patterns, ranges, values and sizes, all problems at once.

Stock clients check the least of it themselves. A pattern has to match the whole value, in ASCII, as Java's do (pure).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from stranglerfig.api.aws.refusals import invalid

RESOURCE_ARN = r"^arn:aws:refactor-spaces:[a-zA-Z0-9\-]+:\w{12}:[a-zA-Z_0-9+=,.@\-_/]+$"
LONGEST_SHOWN = 256
MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class Limits:
    """Lengths of texts, sizes of lists and maps, or values of numbers."""

    least: float | None = None
    most: float | None = None
    pattern: str | None = None
    among: tuple[str, ...] = ()


#: What the documentation says of plain texts of the model. Names of shapes and members: ``item`` is what a list holds.
ALSO: dict[tuple[str, str], Limits] = {
    **{
        (f"{operation}Request", "ResourceArn"): Limits(20, 2048, RESOURCE_ARN)
        for operation in ("TagResource", "UntagResource", "ListTagsForResource")
    },
    ("UntagResourceRequest", "TagKeys"): Limits(1, 50),
    ("TagKeys", "item"): Limits(1, 128),
}


#: Shapes whose pattern is left to the operation, which has an error of its own for it.
OWN_ERROR = {"PolicyString"}


def check(shape: Any, parameters: Mapping[str, Any]) -> None:
    """``shape`` of the operation's input, None if it takes nothing. Raises a ``Fault``."""
    problems = [] if shape is None else list(_in_structure(shape, parameters, ""))
    if problems:
        noun = "validation error" if len(problems) == 1 else "validation errors"
        more = ["…"] if len(problems) > MOST_LISTED else []
        raise invalid(f"{len(problems)} {noun} detected: {'; '.join([*problems[:MOST_LISTED], *more])}")


def problem(value: object, where: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{_shorten(value)}'"
    return f"Value {shown} at '{where}' failed to satisfy constraint: {constraint}"


def _in_structure(shape: Any, value: Mapping[str, Any], where: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield problem(None, _place(where, name), "Member must not be null")
    for name, member in shape.members.items():
        if value.get(name) is not None:
            place = _place(where, name)
            yield from _in_value(member, value[name], place)
            yield from _beyond(ALSO.get((shape.name, name)), value[name], place)


def _in_value(shape: Any, value: Any, where: str) -> Iterator[str]:
    yield from _beyond(_limits(shape), value, where)
    match shape.type_name:
        case "structure":
            yield from _in_structure(shape, value, where)
        case "list":
            more = ALSO.get((shape.name, "item"))
            for number, item in enumerate(value, 1):
                place = f"{where}.{number}.member"
                yield from _in_value(shape.member, item, place)
                yield from _beyond(more, item, place)
        case "map":
            for key, item in value.items():
                for kind, inner, one in (("keys", shape.key, key), ("value", shape.value, item)):
                    yield from _in_map(kind, inner, one, value, where)


def _in_map(kind: str, shape: Any, one: Any, value: Any, where: str) -> Iterator[str]:
    if shape.type_name in ("structure", "list", "map"):
        yield from _in_value(shape, one, f"{where}.value")
        return
    broken = [constraint for constraint, holds in _clauses(_limits(shape), one) if not holds]
    if broken:
        yield problem(value, where, f"Map {kind} must satisfy constraint: [{', '.join(broken)}]")


def _beyond(limits: Limits | None, value: Any, where: str) -> Iterator[str]:
    if limits is not None:
        yield from (problem(value, where, constraint) for constraint, holds in _clauses(limits, value) if not holds)


def _clauses(limits: Limits, value: Any) -> Iterator[tuple[str, bool]]:
    """What is demanded, in the words of AWS, and whether it is so."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    measure = len(value) if isinstance(value, str | list | dict | bytes) else value
    noun = "value" if is_number else "length"
    if limits.most is not None and not isinstance(value, bool):
        yield f"Member must have {noun} less than or equal to {limits.most:g}", measure <= limits.most
    if limits.least is not None and not isinstance(value, bool):
        yield f"Member must have {noun} greater than or equal to {limits.least:g}", measure >= limits.least
    if limits.among:
        yield f"Member must satisfy enum value set: [{', '.join(limits.among)}]", value in limits.among
    if limits.pattern is not None and isinstance(value, str):
        # A text that is too long is wrong anyway, and a pattern may take long over it.
        too_long = limits.most is not None and len(value) > limits.most
        found = _compile(limits.pattern)
        holds = too_long or found is None or found.fullmatch(value) is not None
        yield f"Member must satisfy regular expression pattern: {limits.pattern}", holds


def _limits(shape: Any) -> Limits:
    found = shape.metadata
    among = found.get("enum", ()) if shape.type_name == "string" else ()
    pattern = None if shape.name in OWN_ERROR else found.get("pattern")
    return Limits(found.get("min"), found.get("max"), pattern, tuple(among))


@cache
def _compile(pattern: str) -> re.Pattern[str] | None:
    """None for what Python does not know, as ``\\p{…}``."""
    try:
        return re.compile(pattern, re.ASCII)
    except re.error:
        return None


def _place(where: str, name: str) -> str:
    small = name[:1].lower() + name[1:]
    return f"{where}.{small}" if where else small


def _shorten(value: object) -> str:
    text = str(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
