"""The one question fig asks: whether it is sure. Never when input is not a terminal."""

from __future__ import annotations

import select
import sys
from collections.abc import Callable

import click

from stranglerfig.cli.output import say
from stranglerfig.errors import Refused

#: so often whoever asks hears of Ctrl-C
LISTEN_EVERY_S = 0.1


def confirm(what: str, *, yes: bool, flag: str = "--yes", listen: Callable[[], None] | None = None) -> None:
    """Return if the user agrees. ``what`` is what would be done, as a question without its mark; ``flag`` is what says
    yes to it. ``listen`` raises when Ctrl-C was pressed, where that is heard by somebody else than Python."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise Refused(
            f"not done without confirmation: {what}", hint=f"Input is not a terminal: add `{flag}` to go ahead."
        )
    try:
        agreed = click.confirm(f"{what}?", default=False, err=True) if listen is None else ask(what, listen)
    except Exception:
        # Ctrl-C or Ctrl-D: what comes next on this terminal begins a line.
        say()
        raise
    if not agreed:
        raise Refused("not done: you did not confirm", hint="Nothing was changed.")


def ask(what: str, listen: Callable[[], None]) -> bool:
    """In any thread: only the main one is told of signals."""
    while True:
        click.echo(f"{what}? [y/N]: ", nl=False, err=True)
        while not select.select([sys.stdin], [], [], LISTEN_EVERY_S)[0]:
            listen()
        typed = sys.stdin.readline()
        if not typed:
            raise click.Abort
        if (answer := typed.strip().lower()) in ("y", "yes", "n", "no", ""):
            return answer.startswith("y")
