"""``fig app upgrade``, for scripts of Copilot's."""

from __future__ import annotations

import click

from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import say

NOTHING = "There is nothing to upgrade: the next deploy brings the templates of the fig that runs."


@verb("upgrade", examples="fig app upgrade --name forum")
@click.option("-n", "--name", metavar="NAME", help="The application; it makes no difference.")
def upgrade(name: str | None) -> None:
    """Nothing: the next deploy brings the templates of the fig that runs. Scripts of Copilot's may go on calling it."""
    say(NOTHING)
