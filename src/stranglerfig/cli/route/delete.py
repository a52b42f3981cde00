"""``fig route delete``."""

from __future__ import annotations

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import done, recommend
from stranglerfig.cli.prompt import confirm
from stranglerfig.cli.route.address import route_id


@verb(
    "delete",
    examples="""
    fig route delete shop /api/users
    fig route delete shop users-1 --yes
    """,
)
@flags.proxy
@flags.route
@flags.yes
def delete(proxy: str, route: str, yes: bool) -> None:
    """Take a route away: its requests go to the next route that matches, else to the proxy's default."""
    confirm(f"Delete route {route} of {proxy}", yes=yes)
    client = to_daemon()
    client.routes.delete(proxy, route_id(client, proxy, route))
    done(f"Route {route} of {proxy} is gone; its requests follow the remaining routes.")
    recommend(f"fig route ls {proxy}", f"fig route lint {proxy}")
