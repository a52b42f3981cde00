"""Paths of values in a manifest: ``http.additional_rules[0].path``. Pure."""

from __future__ import annotations

from collections.abc import Iterator


def join(path: str, part: str | int) -> str:
    """``part`` is a key, a path below, or an index; an empty one is the path itself."""
    if isinstance(part, int):
        return f"{path}[{part}]"
    if not part or not path:
        return path or part
    return f"{path}{part}" if part.startswith("[") else f"{path}.{part}"


def upwards(path: str) -> Iterator[str]:
    """The path, what it is in, and so on, to the whole manifest (an empty path)."""
    while path:
        yield path
        cut = max(path.rfind("."), path.rfind("["))
        path = path[: max(cut, 0)]
    yield ""


def is_within(path: str, outer: str) -> bool:
    return not outer or path == outer or path.startswith((f"{outer}.", f"{outer}["))
