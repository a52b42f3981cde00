"""``fig shift resume``."""

from __future__ import annotations

from stranglerfig.cli import flags
from stranglerfig.cli.aws.proxies.reaching import Where, elsewhere
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.shift.reaching import steer


@verb(
    "resume",
    examples="""
    fig shift resume shop /api/users
    fig shift resume shop users --json
    """,
)
@flags.proxy
@flags.route
@elsewhere
@flags.as_json
def resume(proxy: str, route: str, where: Where, as_json: bool) -> None:
    """Go on where it was paused. What was measured so far is forgotten, and the step bakes anew."""
    steer(where, proxy, route, "resume", as_json=as_json)
