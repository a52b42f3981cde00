"""What a command shows: data on stdout, talk on stderr. Colours only on a terminal, and never under NO_COLOR."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

import click

from stranglerfig.errors import Conflict, StateUnusable

if TYPE_CHECKING:
    from pathlib import Path


def show_json(value: object) -> None:
    """One compact document, one line."""
    click.echo(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def show(text: str = "") -> None:
    click.echo(text, color=has_colour(sys.stdout))


def show_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    for line in render_table(headers, rows):
        show(line)


def render_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Aligned columns, two spaces apart, each row one line; a column of numbers stands right."""
    cells = [[one_line(str(cell)) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [list(headers), *cells]) for column in range(len(headers))]
    right = [is_numeric([row[column] for row in cells]) for column in range(len(headers))]
    lines = []
    for row in [list(headers), *cells]:
        padded = (
            cell.rjust(width) if flush else cell.ljust(width)
            for cell, width, flush in zip(row, widths, right, strict=True)
        )
        lines.append("  ".join(padded).rstrip())
    lines[0] = click.style(lines[0], bold=True)
    return lines


def is_numeric(column: Sequence[str]) -> bool:
    """Numbers, or ``-`` where there is none."""
    numbers = [cell for cell in column if cell != "-"]
    return bool(numbers) and all(number.replace(".", "", 1).isdigit() for number in numbers)


def one_line(text: str) -> str:
    """What a program printed may hold anything, line ends and a terminal's control sequences too."""
    return "".join(c if c.isprintable() else "·" for c in " · ".join(map(str.strip, text.splitlines())))


def printable(text: str) -> str:
    return "\n".join("".join(c if c.isprintable() else "·" for c in line) for line in text.splitlines())


def say(text: str = "") -> None:
    """Talk: a line on stderr."""
    click.echo(text, err=True, color=has_colour(sys.stderr))


def done(text: str) -> None:
    """What is true now."""
    say(f"{click.style('✔', fg='green')} {text}")


def warn(text: str) -> None:
    say(f"{click.style('!', fg='yellow')} {text}")


def fail(message: str, hint: str | None) -> None:
    say(f"{click.style('✘', fg='red')} {printable(message)}")
    if hint:
        say(f"  {hint}")


def recommend(*commands: str) -> None:
    """What to try next: one line, or a list."""
    if len(commands) == 1:
        say(f"Recommended follow-up: {command(commands[0])}")
    elif commands:
        say("Recommended follow-ups:")
        for line in commands:
            say(f"  {command(line)}")


def require_free(path: Path, *, force: bool) -> None:
    """Raises ``Conflict`` for a file that has something to lose. Called before anything is asked or waited for."""
    if not force and path.is_file() and path.stat().st_size:
        raise Conflict(f"{path} is there already", hint="Name another file, or add `--force` to write over it.")


def write_file(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StateUnusable(
            f"cannot write {path}: {(error.strerror or str(error)).lower()}", hint="Name another file with `--output`."
        ) from error


def command(text: str) -> str:
    return click.style(text, fg="cyan")


def has_colour(stream: TextIO) -> bool:
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and stream.isatty()


def percent(share: float) -> str:
    """``25 %``, ``0.01 %``: as many decimals as it has, two at most."""
    return f"{share:.2f}".rstrip("0").rstrip(".") + " %"


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
