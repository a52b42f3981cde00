"""``fig shadow show``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_shadows
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import show, show_json
from stranglerfig.cli.shadow.screen import render_difference


@verb(
    "show",
    examples="""
    fig shadow show 3f9a1c07
    fig shadow show 3f9a1c07 --json
    """,
)
@click.argument("difference")
@flags.as_json
def show_difference(difference: str, as_json: bool) -> None:
    """Show one difference of a report in full: whole answers, secrets redacted, and a curl line that asks again."""
    found = to_shadows().difference(difference)
    if as_json:
        show_json(found)
        return
    for line in render_difference(found):
        show(line)
