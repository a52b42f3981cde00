"""``fig shift abort``."""

from __future__ import annotations

import click

from stranglerfig.cli import flags
from stranglerfig.cli.aws.proxies.reaching import Where, elsewhere
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.shift.reaching import steer


@verb(
    "abort",
    examples="""
    fig shift abort shop /api/users
    fig shift abort shop users --json
    """,
)
@flags.proxy
@flags.route
@click.option("--force", is_flag=True, help="Even if legacy has nobody to answer.")
@elsewhere
@flags.as_json
def abort(proxy: str, route: str, force: bool, where: Where, as_json: bool) -> None:
    """Give a shift up: every new request goes to legacy when the command returns. The candidate stays up."""
    steer(where, proxy, route, "abort", as_json=as_json, force=force)
