"""The one question fig asks: whether it is sure. Never when input is not a terminal."""

from __future__ import annotations

import sys

import click

from stranglerfig.cli.output import say
from stranglerfig.errors import Refused


def confirm(what: str, *, yes: bool) -> None:
    """Return if the user agrees. ``what`` is what would be done, as a question without its mark."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused(
            f"not done without confirmation: {what}", hint="Input is not a terminal: add `--yes` to go ahead."
        )
    try:
        agreed = click.confirm(f"{what}?", default=False, err=True)
    except click.Abort:
        # Ctrl-C or Ctrl-D: what comes next on this terminal begins a line.
        say()
        raise
    if not agreed:
        raise Refused("not done: you did not confirm", hint="Nothing was changed.")
