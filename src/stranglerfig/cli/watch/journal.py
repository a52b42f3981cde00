"""``fig journal``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import say, show_json, show_table


@verb(
    "journal",
    examples="""
    fig journal
    fig journal --limit 200 --json
    """,
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=30, show_default=True, help="How many entries.")
@flags.as_json
def journal(limit: int, as_json: bool) -> None:
    """What fig decided and why, newest first. Times are UTC."""
    entries = to_daemon().daemon.journal(limit)
    if as_json:
        show_json(entries)
    elif entries:
        show_table(
            ("TIME", "SUBJECT", "WHAT", "REASON"),
            ((e["time"], e["subject"] or "-", e["what"], e["reason"]) for e in entries),
        )
    else:
        say("The journal is empty.")
