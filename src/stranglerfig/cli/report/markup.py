"""HTML without a library: text that is escaped, and tables of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


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
    """Numbers stand right."""
    head = element("tr", *(element("th", header) for header in headers))
    body = [element("tr", *(element("td", cell, class_=_side(cell)) for cell in row)) for row in rows]
    return element("table", element("thead", head), element("tbody", *body))


def _side(cell: object) -> str | None:
    return "number" if isinstance(cell, int | float) or (isinstance(cell, str) and cell[:1].isdigit()) else None
