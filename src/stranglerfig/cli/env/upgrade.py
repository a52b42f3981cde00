"""``fig env upgrade``, for scripts of Copilot's."""

from __future__ import annotations

import click

from stranglerfig.cli import workspace_flags as flags
from stranglerfig.cli.app.upgrade import NOTHING
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import say


@verb("upgrade", examples="fig env upgrade --name prod")
@flags.app
@click.option("-n", "--name", metavar="NAME", help="The environment; it makes no difference.")
@click.option("--all", "everything", is_flag=True, help="All of them; it makes no difference.")
def upgrade(app: str | None, name: str | None, everything: bool) -> None:
    """Nothing: the next `fig env deploy` brings the template of the fig that runs. Scripts of Copilot's may go on
    calling it."""
    say(NOTHING)
