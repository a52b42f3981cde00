"""``fig route show``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stranglerfig.cli import flags
from stranglerfig.cli.aws.proxies.reaching import Where, elsewhere
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import percent, show, show_json
from stranglerfig.cli.route.address import choose
from stranglerfig.cli.views import expiry, route_limits, route_path

if TYPE_CHECKING:
    from stranglerfig.api.wire import RouteWire


@verb(
    "show",
    examples="""
    fig route show shop /api/users
    fig route show shop users-1 --json
    """,
)
@flags.proxy
@flags.route
@elsewhere
@flags.as_json
def show_route(proxy: str, route: str, where: Where, as_json: bool) -> None:
    """One route in full."""
    proxy, found = where.locate(proxy)
    if found is not None:
        from stranglerfig.cli.aws.proxies import routes as there

        there.show_one(found, route, as_json=as_json)
        return
    routes = to_daemon().routes
    is_path = "/" in route or "*" in route
    wire = choose(routes.all(proxy), proxy, route) if is_path else routes.show(proxy, route)
    if as_json:
        show_json(wire)
        return
    for line in lines(wire):
        show(line)


def lines(found: RouteWire) -> list[str]:
    told = [
        f"Route     {found['id']} of {found['proxy']}",
        f"Path      {route_path(found)}{' (taken off)' if found['strip'] else ''}",
        f"Only      {route_limits(found) or 'no other condition'}",
        f"To        {found['to']} ({percent(found['weight'])})",
        f"Legacy    {found['legacy']} ({percent(100 - found['weight'])})",
        f"Sticky    {found['sticky']}",
        f"State     {found['state']}",
    ]
    if found["priority"] is not None:
        told.append(f"Priority  {found['priority']}")
    told.append(f"Made      {'by a manifest' if found['declared'] else 'by hand'}")
    if found["owner"]:
        told.append(f"Owner     {found['owner']}")
    if found["expires"]:
        told.append(f"Expires   {expiry(found)}")
    return told
