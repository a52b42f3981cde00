"""Which paths of a build context a ``.dockerignore`` leaves out. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable


def to_ignored(text: str) -> Callable[[str], bool]:
    """Asked with paths relative to the context. The last line that matches a path or a folder above it decides."""
    rules = tuple((not line.startswith("!"), to_regex(line.lstrip("!").strip())) for line in to_lines(text))

    def ignored(path: str) -> bool:
        verdict = False
        for leaves_out, regex in rules:
            if regex.fullmatch(path):
                verdict = leaves_out
        return verdict

    return ignored


def has_exceptions(text: str) -> bool:
    """Then a folder that is left out must be looked into all the same."""
    return any(line.startswith("!") for line in to_lines(text))


def to_lines(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def to_regex(pattern: str) -> re.Pattern[str]:
    """Go's ``filepath.Match`` with ``**`` for any number of folders; a folder stands for all below it."""
    rest = posixpath.normpath(pattern).strip("/")
    out = ""
    while rest:
        if rest.startswith("**/"):
            out, rest = out + "(?:.*/)?", rest[3:]
        elif rest.startswith("**"):
            out, rest = out + ".*", rest[2:]
        elif rest[0] == "*":
            out, rest = out + "[^/]*", rest[1:]
        elif rest[0] == "?":
            out, rest = out + "[^/]", rest[1:]
        elif rest[0] == "[" and "]" in rest[1:]:
            span, _, rest = rest[1:].partition("]")
            span = span.replace("\\", "\\\\")
            out += f"[^{span[1:]}]" if span.startswith(("^", "!")) else f"[{span}]"
        else:
            out, rest = out + re.escape(rest[0]), rest[1:]
    return re.compile(f"{out}(?:/.*)?", re.DOTALL)
