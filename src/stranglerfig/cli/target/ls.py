"""``fig target ls``."""

from __future__ import annotations

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import recommend, say, show_json, show_table
from stranglerfig.cli.views import TARGET_HEADERS, target_row


@verb(
    "ls",
    examples="""
    fig target ls
    fig target ls --json
    """,
)
@flags.as_json
def ls(as_json: bool) -> None:
    """All targets with health, requests a second and mean milliseconds to the first byte."""
    targets = to_daemon().targets.all()
    if as_json:
        show_json(targets)
    elif targets:
        show_table(TARGET_HEADERS, map(target_row, targets))
    else:
        say("There are no targets.")
        recommend("fig target run NAME --health / -- COMMAND", "fig target add NAME URL")
