"""How one path condition reads a canonical path."""

from __future__ import annotations

import re
from typing import assert_never

from stranglerfig.core.routing import glob
from stranglerfig.core.routing.rules import (
    PathCondition,
    PathExact,
    PathPattern,
    PathPrefix,
    PathRegex,
    PathTemplate,
)


def segments(path: str) -> tuple[str, ...]:
    """Without the leading slash; the root has none. A trailing slash leaves an empty last segment."""
    return () if path == "/" else tuple(path.removeprefix("/").split("/"))


def is_parameter(segment: str) -> bool:
    return segment.startswith("{") and segment.endswith("}")


def parameters(template: PathTemplate, path: str) -> dict[str, str] | None:
    """What the ``{name}`` segments stand for; None when the path is not meant.

    With children, ``proxy`` is everything below the template, as API Gateway calls it, when there is anything.
    """
    wanted, found = segments(template.path), segments(path)
    if len(found) < len(wanted):
        return None
    below = found[len(wanted) :]
    if not template.children and below not in ((), ("",)):
        return None
    values: dict[str, str] = {}
    for name, value in zip(wanted, found, strict=False):
        if is_parameter(name) and value:
            values[name[1:-1]] = value
        elif name != value:
            return None
    if any(below):
        values["proxy"] = "/".join(below)
    return values


def path_matches(condition: PathCondition | None, path: str) -> bool:
    match condition:
        case None:
            return True
        case PathExact(wanted):
            return path == wanted or path == f"{wanted}/"
        case PathPrefix("/"):
            return path.startswith("/")
        case PathPrefix(prefix):
            return path == prefix or path.startswith(f"{prefix}/")
        case PathTemplate():
            return path.startswith("/") and parameters(condition, path) is not None
        case PathPattern(pattern):
            return glob.matches(pattern, path)
        case PathRegex(regex):
            # ASCII: HAProxy runs PCRE on bytes
            return re.search(regex, path, re.ASCII) is not None
        case _:  # pragma: no cover
            assert_never(condition)


def path_text(condition: PathCondition | None) -> str:
    """How a path condition is written for people."""
    match condition:
        case None:
            return "any path"
        case PathExact(path):
            return f"{path} exactly"
        case PathPrefix(path):
            return f"{path.rstrip('/')}/…"
        case PathTemplate(path, children):
            return f"{path.rstrip('/')}/…" if children else path
        case PathPattern(pattern):
            return f"pattern {pattern}"
        case PathRegex(regex):
            return f"regular expression {regex}"
        case _:  # pragma: no cover
            assert_never(condition)
