"""Tables as Copilot shows them: two spaces from the margin, dashes under the headers, a bold title above."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click

from stranglerfig.cli.output import one_line, show

MARGIN = "  "
DITTO = '"'
#: Title, key of the document, and the columns with the row's keys.
Sections = tuple[tuple[str, str, Mapping[str, str]], ...]
#: keys of those in whose rows much repeats the row above
REPEATING = ("variables", "secrets")


def show_facts(title: str, facts: Iterable[tuple[str, str]]) -> None:
    """Names and values below each other."""
    rows = list(facts)
    width = max((len(name) for name, _ in rows), default=0)
    show(click.style(title, bold=True))
    show()
    for name, value in rows:
        show(f"{MARGIN}{name.ljust(width)}  {one_line(value)}".rstrip())


def show_section(title: str, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Nothing at all when there are no rows."""
    found = list(rows)
    if found:
        show()
        show(click.style(title, bold=True))
        show()
        for line in render_dashed(headers, found):
            show(f"{MARGIN}{line}")


def show_sections(document: Mapping[str, Any], sections: Sections) -> None:
    for title, key, columns in sections:
        rows = [tuple(str(row[column]) for column in columns.values()) for row in document[key]]
        show_section(title, tuple(columns), with_dittos(rows) if key in REPEATING else rows)


def show_rows(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    for line in render_dashed(headers, list(rows)):
        show(line)


def render_dashed(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    cells = [[one_line(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [list(headers), *cells]) for column in range(len(headers))]
    dashes = ["-" * len(header) for header in headers]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in [list(headers), dashes, *cells]
    ]


def with_dittos(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """A cell that repeats the one above it is a ditto mark; what names the row, its first cell, stays."""
    shown: list[list[str]] = []
    for place, row in enumerate(rows):
        above = rows[place - 1] if place else None
        shown.append(
            [
                DITTO if above is not None and column and cell and cell == above[column] else cell
                for column, cell in enumerate(row)
            ]
        )
    return shown


def bar(done: int, wanted: int, cells: int = 10) -> str:
    """``█████░░░░░``."""
    full = cells if wanted <= 0 else min(cells, round(cells * done / wanted))
    return "█" * full + "░" * (cells - full)
