"""``taskdef_overrides``: what a manifest itself puts into its task definition. Pure.

Paths are like ``ContainerDefinitions[0].Ulimits[-].Name``, below the Properties; what is missing on the way is made.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import cast

from stranglerfig.aws.synth.template import Value, to_value
from stranglerfig.errors import UsageError
from stranglerfig.manifest.rules.given import Body, has, items, text

_SEGMENT = re.compile(r"([a-zA-Z0-9_-]+)(?:\[(\d+|-)\])?")
APPEND = "-"
Properties = dict[str, object]


def overridden(properties: Mapping[str, Value], body: Body) -> Mapping[str, Value]:
    """In the order of the manifest."""
    if not has(body, "taskdef_overrides"):
        return properties
    result = cast("Properties", to_value(properties))
    for at, rule in items(body, "taskdef_overrides"):
        path = text(rule, "path") or ""
        _put(result, path.split("."), copy.deepcopy(rule.get("value")), f"taskdef_overrides[{at}].path: {path}")
    return cast("Mapping[str, Value]", result)


def _put(found: Properties, segments: list[str], value: object, said: str) -> None:
    for at, segment in enumerate(segments):
        is_last = at == len(segments) - 1
        key, index = _parts(segment)
        if index is None:
            if is_last:
                found[key] = value
                return
            inner = found.setdefault(key, {})
        else:
            inner = _item(_list(found, key, said), index, value if is_last else None, said)
            if is_last:
                return
        if not isinstance(inner, dict):
            raise UsageError(f"{said}: {segment} is no mapping, and has nothing below it")
        found = inner


def _parts(segment: str) -> tuple[str, str | None]:
    match = _SEGMENT.fullmatch(segment)
    return (match[1], match[2]) if match else (segment, None)


def _list(found: Properties, key: str, said: str) -> list[object]:
    inner = found.setdefault(key, [])
    if not isinstance(inner, list):
        raise UsageError(f"{said}: {key} is no list")
    return inner


def _item(found: list[object], index: str, value: object, said: str) -> object:
    """The item at the index, put there if there is a value, made if it is the next one."""
    at = len(found) if index == APPEND else int(index)
    if at > len(found):
        raise UsageError(f"{said}: the list has {len(found)} items", hint=f"Append with [{APPEND}] or [{len(found)}].")
    if at == len(found):
        found.append({} if value is None else value)
    elif value is not None:
        found[at] = value
    return found[at]
