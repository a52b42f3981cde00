"""What changes of a resource, and whether it must be replaced for it (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from stranglerfig.core.cloudformation.templates.schemas import Schema, Shape
from stranglerfig.core.cloudformation.templates.scope import UNKNOWN

ANYTHING = Shape("j")


@dataclass(frozen=True, slots=True)
class Difference:
    """``changed``: names of properties. ``replacement``: True, False or Conditional, as change sets spell it."""

    changed: tuple[str, ...]
    replacement: str


class Differs(IntEnum):
    """MAYBE: one of the two is not known yet. The greater of several is what they come to together."""

    NO = 0
    MAYBE = 1
    YES = 2


def difference_of(schema: Schema, before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """UNKNOWN counts as changed, and what may or may not be replaced for it as Conditional."""
    whole = schema.properties
    found = {
        name: _differs(whole.members.get(name, ANYTHING), before.get(name), after.get(name))
        for name in sorted({*before, *after})
    }
    changed = tuple(name for name, differs in found.items() if differs is not Differs.NO)
    at_paths = [_differs_at(whole, path, before, after) for path in schema.create_only]
    if Differs.YES in at_paths:
        return Difference(changed, "True")
    at_paths += [_differs_at(whole, path, before, after) for path in schema.conditional_create_only]
    return Difference(changed, "Conditional" if any(at_paths) else "False")


def _differs_at(shape: Shape, path: str, before: Any, after: Any) -> Differs:
    for word in path.split("."):
        if before is UNKNOWN or after is UNKNOWN:
            return Differs.MAYBE
        shape = shape.members.get(word, ANYTHING)
        before = before.get(word) if isinstance(before, Mapping) else None
        after = after.get(word) if isinstance(after, Mapping) else None
    return _differs(shape, before, after)


def _differs(shape: Shape, before: Any, after: Any) -> Differs:
    if before is UNKNOWN or after is UNKNOWN:
        return Differs.MAYBE
    if isinstance(before, dict) and isinstance(after, dict):
        members = {key: shape.members.get(key, ANYTHING) for key in {*before, *after}}
        found = [_differs(inner, before.get(key), after.get(key)) for key, inner in members.items()]
        return max(found, default=Differs.NO)
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        item = shape.item or ANYTHING
        if shape.kind == "<":
            before, after = _sorted(before), _sorted(after)
        return max((_differs(item, one, other) for one, other in zip(before, after, strict=True)), default=Differs.NO)
    return Differs.NO if before == after and type(before) is type(after) else Differs.YES


def _sorted(items: list[Any]) -> list[Any]:
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True, default=repr))
