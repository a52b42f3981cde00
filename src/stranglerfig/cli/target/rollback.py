"""``fig target rollback``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import show_json
from stranglerfig.cli.target.rollout import conclude


@verb(
    "rollback",
    examples="""
    fig target rollback users
    fig target rollback users --revision 2
    """,
)
@flags.target_name
@click.option("--revision", type=click.IntRange(min=1), help="Which one; without it the one before the present.")
@flags.no_wait
@flags.as_json
def rollback(name: str, revision: int | None, no_wait: bool, as_json: bool) -> None:
    """Go back to an earlier revision, command and health check included, the same gentle way as forward."""
    client = to_daemon()
    target = client.targets.rollback(name, revision)
    if not no_wait:
        target = conclude(client, target)
    if as_json:
        show_json(target)
