"""A proxy's stage: the first segment that all of its requests have, in front of the paths that its routes say."""

from __future__ import annotations

from dataclasses import replace

from stranglerfig.core.routing.rules import (
    Conditions,
    PathCondition,
    PathExact,
    PathPattern,
    PathPrefix,
    PathRegex,
    PathTemplate,
)
from stranglerfig.errors import UsageError


def below_stage(conditions: Conditions, stage: str) -> Conditions:
    """The same requests as they arrive. Raises ``UsageError`` for a regular expression, whose begin is not known."""
    if not stage:
        return conditions
    paths = conditions.paths or (PathPrefix("/"),)
    return replace(conditions, paths=tuple(_below(path, f"/{stage}") for path in paths))


def _below(path: PathCondition, base: str) -> PathCondition:
    match path:
        case PathExact(text):
            return PathExact(base if text == "/" else base + text)
        case PathPrefix(text):
            return PathPrefix(base if text == "/" else base + text)
        case PathTemplate(text, children):
            return PathTemplate(base + text, children)
        case PathPattern(pattern):
            return PathPattern(base + (pattern if pattern.startswith("/") else f"/{pattern}"))
        case PathRegex(regex):
            raise UsageError(
                f"the route's path is the regular expression {regex!r}, and the proxy has the stage {base}",
                hint="Give a path or a pattern: either can be put below the stage.",
            )
