"""``fig target scale``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import show_json
from stranglerfig.cli.target.rollout import conclude


@verb(
    "scale",
    examples="""
    fig target scale users 3
    fig target scale users 1 --no-wait
    """,
)
@flags.target_name
@click.argument("replicas", type=click.IntRange(min=1))
@flags.no_wait
@flags.as_json
def scale(name: str, replicas: int, no_wait: bool, as_json: bool) -> None:
    """Change the number of tasks. New ones get requests when healthy; leaving ones finish what they have."""
    client = to_daemon()
    target = client.targets.scale(name, replicas)
    if not no_wait:
        target = conclude(client, target)
    if as_json:
        show_json(target)
