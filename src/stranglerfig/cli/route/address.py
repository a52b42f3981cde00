"""How a user names a route: by its id, or by its path where one route alone has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stranglerfig.cli.views import route_limits
from stranglerfig.errors import Conflict, NotFound

if TYPE_CHECKING:
    from stranglerfig.api.client import Client
    from stranglerfig.api.wire import RouteWire


def route_id(client: Client, proxy: str, route: str) -> str:
    """The id of ``route``. An id costs no request; a path (it has a ``/`` or ``*``) one, or two if it is unknown."""
    if "/" not in route and "*" not in route:
        return route
    # All of them only to suggest one: there may be ten thousand.
    found = client.routes.all(proxy, path=plain(route)) or client.routes.all(proxy)
    return choose(found, proxy, route)["id"]


def choose(routes: list[RouteWire], proxy: str, path: str) -> RouteWire:
    """The one route of that path; a trailing slash or ``/…``, as tables show it, makes no difference."""
    wanted = plain(path)
    found = [route for route in routes if plain(route["path"]) == wanted]
    if not found:
        import difflib

        near = difflib.get_close_matches(wanted, [plain(route["path"]) for route in routes], n=1)
        raise NotFound(
            f"no route of {proxy} has the path {path}",
            hint=f"Did you mean {near[0]}?" if near else f"`fig route ls {proxy}` lists its routes.",
        )
    if len(found) > 1:
        ids = ", ".join(f"{route['id']} ({route_limits(route) or 'all requests'})" for route in found)
        raise Conflict(
            f"{len(found)} routes of {proxy} have the path {path}: {ids}", hint="Name the one you mean by its id."
        )
    return found[0]


def plain(path: str) -> str:
    return path.removesuffix("…").rstrip("/") or "/"
