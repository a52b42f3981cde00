"""What differs between two documents, as Copilot shows it: ``+`` new, ``-`` gone, ``~`` another value. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import ndiff

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
    elif "\n" in f"{text(old)}{text(new)}":
        yield f"{indent}~ {key}:"
        yield from rows(text(old).splitlines(), text(new).splitlines(), indent + INDENT)
    else:
        yield f"{indent}~ {key}: {text(old)} -> {text(new)}"


def items(old: list[object], new: list[object], indent: str) -> Iterator[str]:
    gone, come = [item for item in old if item not in new], [item for item in new if item not in old]
    equal = len(old) - len(gone)
    if len(gone) == len(come) and all(isinstance(item, dict) for item in (*gone, *come)):
        for before, after in zip(gone, come, strict=True):
            yield f"{indent}~ - (changed item)"
            yield from lines(before, after, indent + INDENT)
    else:
        yield from (f"{indent}- {text(item)}" for item in gone)
        yield from (f"{indent}+ {text(item)}" for item in come)
    if equal:
        yield f"{indent}({equal} unchanged item{'' if equal == 1 else 's'})"


def rows(old: list[str], new: list[str], indent: str) -> Iterator[str]:
    """Lines of a text that have gone or come, without those that stay."""
    yield from (f"{indent}{line}" for line in ndiff(old, new) if line[:1] in "+-")


def text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
