"""HTML without a library: text that is escaped, and tables of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

_NUMBER = re.compile(r"[0-9][0-9,.]*( %)?")


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def to_html(value: object) -> str:
    if isinstance(value, Markup):
        return value
    text = "–" if value is None else str(value)
    return escape("".join(c if c.isprintable() or c == "\n" else "·" for c in text))


def element(name: str, *content: object, **attributes: object) -> Markup:
    """``class_`` and the like lose their underscore; the others of an attribute's underscores are hyphens."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{to_html(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{given}>{''.join(map(to_html, content))}</{name}>")


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> Markup:
    """Columns of numbers stand right."""
    found = [tuple(row) for row in rows]
    sides = ["number" if all(map(_is_number, column)) else None for column in zip(*found, strict=True)]
    head = element("tr", *(element("th", header, class_=side) for header, side in zip(headers, sides, strict=True)))
    body = [
        element("tr", *(element("td", cell, class_=s) for cell, s in zip(row, sides, strict=True))) for row in found
    ]
    return element("table", element("thead", head), element("tbody", *body))


def _is_number(cell: object) -> bool:
    return cell is None or isinstance(cell, int | float) or _NUMBER.fullmatch(str(cell)) is not None
