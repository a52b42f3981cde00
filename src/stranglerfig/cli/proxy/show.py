"""``fig proxy show``."""

from __future__ import annotations

from stranglerfig.cli import flags
from stranglerfig.cli.aws.proxies.reaching import Where, elsewhere
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import show, show_json, show_table
from stranglerfig.cli.views import route_table


@verb(
    "show",
    examples="""
    fig proxy show shop
    fig proxy show shop --json
    """,
)
@flags.proxy_name
@elsewhere
@flags.as_json
def show_proxy(name: str, where: Where, as_json: bool) -> None:
    """One proxy, its routes and who answers them."""
    name, found = where.locate(name)
    if found is not None:
        from stranglerfig.cli.aws.proxies import proxies

        proxies.show_proxy(found, as_json=as_json)
        return
    proxy = to_daemon().proxies.show(name)
    if as_json:
        show_json(proxy)
        return
    show(f"Proxy     {proxy['name']}")
    show(f"URL       {proxy['url']}{' (HTTP/2 too)' if proxy['http2'] else ''}")
    show(f"Default   {proxy['default'] or 'nobody: what no route takes is refused'}")
    show(f"Order     {proxy['order']}")
    if proxy["declared_by"]:
        show(f"Manifest  {proxy['declared_by']}")
    show(f"Requests  {proxy['requests']} ({proxy['rate']:.1f}/s)")
    if proxy["routes"]:
        show()
        show_table(*route_table(proxy["routes"]))
