"""``fig route ls``."""

from __future__ import annotations

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import recommend, say, show_json, show_table
from stranglerfig.cli.views import route_table


@verb(
    "ls",
    examples="""
    fig route ls shop
    fig route ls shop --json
    """,
)
@flags.proxy
@flags.as_json
def ls(proxy: str, as_json: bool) -> None:
    """All routes of a proxy, and who answers them."""
    routes = to_daemon().routes.all(proxy)
    if as_json:
        show_json(routes)
    elif routes:
        show_table(*route_table(routes))
    else:
        say(f"Proxy {proxy} has no routes: everything goes to its default.")
        recommend(f"fig route add {proxy} /PATH --to TARGET")
