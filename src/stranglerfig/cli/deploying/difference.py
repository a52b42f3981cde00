"""What differs between two documents, as Copilot shows it: ``+`` new, ``-`` gone, ``~`` another value. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

import click

INDENT = "    "
COLOURS = {"+": "green", "-": "red", "~": "yellow"}


def render_difference(old: object, new: object) -> list[str]:
    """No lines for equal ones."""
    return list(lines(old, new, ""))


def coloured(line: str) -> str:
    colour = COLOURS.get(line.lstrip()[:1])
    return click.style(line, fg=colour) if colour else line


def lines(old: object, new: object, indent: str) -> Iterator[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from field(str(key), old.get(key), new.get(key), indent)


def field(key: str, old: object, new: object, indent: str) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield f"{indent}~ {key}:"
        yield from lines(old, new, indent + INDENT)
    elif isinstance(old, list) and isinstance(new, list):
        yield f"{indent}~ {key}:"
        yield from items(old, new, indent + INDENT)
    elif old is None:
        yield f"{indent}+ {key}: {text(new)}"
    elif new is None:
        yield f"{indent}- {key}: {text(old)}"
    else:
        yield f"{indent}~ {key}: {text(old)} -> {text(new)}"


def items(old: list[object], new: list[object], indent: str) -> Iterator[str]:
    equal = [item for item in old if item in new]
    for item in old:
        if item not in new:
            yield f"{indent}- {text(item)}"
    for item in new:
        if item not in old:
            yield f"{indent}+ {text(item)}"
    if equal:
        yield f"{indent}({len(equal)} unchanged item{'' if len(equal) == 1 else 's'})"


def text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
