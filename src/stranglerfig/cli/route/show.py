"""``fig route show``."""

from __future__ import annotations

from stranglerfig.cli import flags
from stranglerfig.cli.connect import to_daemon
from stranglerfig.cli.lazy import verb
from stranglerfig.cli.output import percent, show, show_json
from stranglerfig.cli.route.address import choose
from stranglerfig.cli.views import expiry, route_limits, route_path


@verb(
    "show",
    examples="""
    fig route show shop /api/users
    fig route show shop users-1 --json
    """,
)
@flags.proxy
@flags.route
@flags.as_json
def show_route(proxy: str, route: str, as_json: bool) -> None:
    """One route in full."""
    routes = to_daemon().routes
    is_path = "/" in route or "*" in route
    found = choose(routes.all(proxy), proxy, route) if is_path else routes.show(proxy, route)
    if as_json:
        show_json(found)
        return
    show(f"Route     {found['id']} of {found['proxy']}")
    show(f"Path      {route_path(found)}{' (taken off)' if found['strip'] else ''}")
    show(f"Only      {route_limits(found) or 'no other condition'}")
    show(f"To        {found['to']} ({percent(found['weight'])})")
    show(f"Legacy    {found['legacy']} ({percent(100 - found['weight'])})")
    show(f"Sticky    {found['sticky']}")
    show(f"State     {found['state']}")
    if found["priority"] is not None:
        show(f"Priority  {found['priority']}")
    show(f"Made      {'by a manifest' if found['declared'] else 'by hand'}")
    if found["owner"]:
        show(f"Owner     {found['owner']}")
    if found["expires"]:
        show(f"Expires   {expiry(found)}")
