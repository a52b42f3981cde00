"""Which parts of an ECS task definition a manifest may not override. Pure."""

from __future__ import annotations

import re

_REFUSED = re.compile(r"Family|ContainerDefinitions\[\d+\]\.Name")
_SEGMENT = re.compile(r"[a-zA-Z0-9_-]+(\[(\d+|-)\])?")


def may_be_overridden(path: str) -> str | None:
    if not all(_SEGMENT.fullmatch(segment) for segment in path.split(".")):
        return "must be names joined by dots, each with an index like [0], or [-] to append, if it is a list"
    if _REFUSED.fullmatch(path):
        return f"{path} cannot be overridden"
    return None
