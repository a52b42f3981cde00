"""``fig shift pause``."""

from __future__ import annotations

from stranglerfig.cli import flags
from stranglerfig.cli.aws.proxies.reaching import Where, elsewhere
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.shift.reaching import steer


@verb(
    "pause",
    examples="""
    fig shift pause shop /api/users
    fig shift pause shop users --json
    """,
)
@flags.proxy
@flags.route
@elsewhere
@flags.as_json
def pause(proxy: str, route: str, where: Where, as_json: bool) -> None:
    """Take no further step until it is resumed or promoted. A candidate that breaks meanwhile is still taken back."""
    steer(where, proxy, route, "pause", as_json=as_json)
