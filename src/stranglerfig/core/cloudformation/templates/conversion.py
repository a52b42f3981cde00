"""Evaluated properties with their scalars as the schema has them: CloudFormation takes "80" for 80 (pure)."""

from __future__ import annotations

import re
from typing import Any

from stranglerfig.core.cloudformation.templates.schemas import Shape
from stranglerfig.core.cloudformation.templates.tree import is_scalar, to_text

WHOLE = re.compile(r"[-+]?\d{1,18}", re.ASCII)
NUMBER = re.compile(r"[-+]?\d{1,18}(\.\d{1,18})?", re.ASCII)


def as_schema_has_it(shape: Shape, value: Any) -> Any:
    """What cannot be converted stays as it is, for the schema to object to."""
    if isinstance(value, dict) and shape.kind == "{":
        members = shape.members
        return {key: as_schema_has_it(members[key], inner) if key in members else inner for key, inner in value.items()}
    if isinstance(value, list) and shape.item is not None:
        return [as_schema_has_it(shape.item, inner) for inner in value]
    return _scalar(shape.kind, value) if is_scalar(value) else value


def _scalar(kind: str, value: Any) -> Any:
    text = to_text(value)
    match kind:
        case "s":
            return text
        case "b" if text.lower() in ("true", "false"):
            return text.lower() == "true"
        case "i" | "n" if WHOLE.fullmatch(text):
            return int(text)
        case "n" if NUMBER.fullmatch(text):
            return float(text)
    return value
