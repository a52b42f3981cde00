"""What to do next, as Copilot's commands end."""

from __future__ import annotations

import re

import click

from stranglerfig.cli.output import say

COMMAND = re.compile(r"`[^`\n]+`")


def follow_up(*actions: str) -> None:
    """Sentences; commands in them stand in backticks. Further lines of one are indented."""
    if not actions:
        return
    say()
    say("Recommended follow-up action:" if len(actions) == 1 else "Recommended follow-up actions:")
    for action in actions:
        first, *rest = highlight(action).splitlines()
        say(f"  - {first}")
        for line in rest:
            say(f"    {line}")


def highlight(text: str) -> str:
    """Commands in Copilot's colour."""
    return COMMAND.sub(lambda found: click.style(found[0], fg="bright_cyan"), text)


def strong(name: str) -> str:
    """A name that the user gave."""
    return click.style(name, bold=True)


def created(what: str) -> str:
    """A path or address that is there now."""
    return click.style(what, fg="bright_blue")
