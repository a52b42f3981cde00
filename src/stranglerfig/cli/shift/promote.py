"""``fig shift promote``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags
from stranglerfig.cli.aws.proxies.reaching import Where, elsewhere
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.shift.reaching import steer


@verb(
    "promote",
    examples="""
    fig shift promote shop /api/users
    fig shift promote shop users --json
    """,
)
@flags.proxy
@flags.route
@click.option("--force", is_flag=True, help="Even if the candidate has nobody to answer, or too few.")
@elsewhere
@flags.as_json
def promote(proxy: str, route: str, force: bool, where: Where, as_json: bool) -> None:
    """Take the next step at once, whatever the evidence. No step is skipped; from the last one it is finished."""
    steer(where, proxy, route, "promote", as_json=as_json, force=force)
