"""``fig route ls``."""

from __future__ import annotations

from stranglerfig.cli import flags
from stranglerfig.cli.aws.proxies.reaching import Where, elsewhere
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
@elsewhere
@flags.as_json
def ls(proxy: str, where: Where, as_json: bool) -> None:
    """All routes of a proxy, and who answers them."""
    proxy, found = where.locate(proxy)
    if found is not None:
        from stranglerfig.cli.aws.proxies import routes as there

        there.ls(found, as_json=as_json)
        return
    routes = to_daemon().routes.all(proxy)
    if as_json:
        show_json(routes)
    elif routes:
        show_table(*route_table(routes))
    else:
        say(f"Proxy {proxy} has no routes: everything goes to its default.")
        recommend(f"fig route add {proxy} /PATH --to TARGET")
