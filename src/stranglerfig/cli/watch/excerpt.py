"""The flags that choose lines by when they were written, and what they ask the daemon for."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from stranglerfig.errors import UsageError

#: Without a limit, as many as the daemon gives at once.
ALL_LINES = 10_000
FEW_LINES = 10
RESOLUTION = "known to a second or so"

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def duration(text: str) -> float:
    from stranglerfig.manifest.durations import parse_duration

    found = parse_duration(text)
    if found is None or found <= 0:
        raise click.BadParameter(f"{text!r} is no time that has passed: write 30s, 5m or 1h30m")
    return found


def moment(text: str) -> str:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise click.BadParameter(f"{text!r} is no time with its zone: write it like 2026-03-01T09:30:00Z")
    return found.isoformat()


def times(lines: str) -> Decorator:
    """``--limit`` and the three flags of time. ``lines`` says what the limit counts."""

    def declare(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in (
            click.option("--end-time", type=moment, metavar="TIME", help="Only what was written before then."),
            click.option("--start-time", type=moment, metavar="TIME", help="Only from then on: 2026-03-01T09:30:00Z."),
            click.option(
                "--since",
                type=duration,
                metavar="DURATION",
                help=f"Only of the last 30s, 5m or 1h30m. When a line was written is {RESOLUTION}.",
            ),
            click.option(
                "--limit",
                type=click.IntRange(min=0),
                metavar="N",
                help=f"{lines} ({FEW_LINES}, or {ALL_LINES:,} where a time is asked for).",
            ),
        ):
            function = option(function)
        return function

    return declare


def several(context: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(part for text in given for part in text.split(",") if part)


of_tasks = click.option(
    "--tasks",
    multiple=True,
    metavar="ID,…",
    callback=several,
    help="Only of tasks whose id begins or ends so; several with commas between them, or repeated.",
)


def to_excerpt(given: dict[str, Any], *, follow: bool) -> tuple[int, dict[str, str]]:
    """How many lines at most, and what else the daemon is asked."""
    since, start, end = given["since"], given["start_time"], given["end_time"]
    if since is not None and start is not None:
        raise UsageError("--since and --start-time say two different beginnings", hint="Leave one of them out.")
    if follow and end is not None:
        raise UsageError("--follow and --end-time say two different ends", hint="Leave one of them out.")
    if start is not None and end is not None and datetime.fromisoformat(start) >= datetime.fromisoformat(end):
        raise UsageError("--end-time is not after --start-time", hint="Give the earlier time to `--start-time`.")
    if since is not None:
        start = datetime.fromtimestamp(max(0.0, time.time() - since), UTC).isoformat()
    asked = {name: text for name, text in (("since", start), ("until", end)) if text is not None}
    limit = given["limit"]
    return (limit if limit is not None else ALL_LINES if asked else FEW_LINES), asked
