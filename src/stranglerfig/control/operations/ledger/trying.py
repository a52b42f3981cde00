"""What a change of routes would do to requests that were seen. Nothing is changed, and nothing sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from stranglerfig.control.context import Control
from stranglerfig.control.operations.ledger.viewing import view_ledger
from stranglerfig.control.operations.routes import NewRoute, draft_route
from stranglerfig.core.compile import compile_proxy
from stranglerfig.core.desired import Proxy
from stranglerfig.core.ledger.records import DAY_S, KEPT_DAYS, UNSEEN
from stranglerfig.core.routing.rules import Request
from stranglerfig.core.routing.trial import Asked, Trial, try_rules
from stranglerfig.errors import NotFound


@dataclass(frozen=True, slots=True)
class Proposal:
    """``table`` replaces all routes, None leaves them; then some go, some get another weight, and others come."""

    table: tuple[NewRoute, ...] | None = None
    without: tuple[str, ...] = ()
    weights: tuple[tuple[str, int], ...] = ()
    added: tuple[NewRoute, ...] = ()


async def try_proposal(control: Control, proxy_name: str, proposal: Proposal, asked: tuple[Asked, ...] | None) -> Trial:
    """``asked`` None: what the ledger has seen."""
    before = control.books.proxy(proxy_name)
    after = _propose(control, before, proposal)
    if asked is None:
        asked = await _of_ledger(control, proxy_name)
    # Each request is compared with every rule, which takes long where both are many.
    return await asyncio.to_thread(try_rules, compile_proxy(before).listener, compile_proxy(after).listener, asked)


def _propose(control: Control, proxy: Proxy, proposal: Proposal) -> Proxy:
    if proposal.table is not None:
        proxy = replace(proxy, routes=())
        for wanted in proposal.table:
            proxy = _with(control, proxy, wanted)
    known = {route.id for route in proxy.routes}
    for name in (*proposal.without, *(name for name, _ in proposal.weights)):
        if name not in known:
            raise NotFound(
                f"no route {name!r} in proxy {proxy.name!r}", hint=f"`fig route ls {proxy.name}` lists them."
            )
    weights = dict(proposal.weights)
    routes = [
        replace(route, weight=weights.get(route.id, route.weight))
        for route in proxy.routes
        if route.id not in proposal.without
    ]
    proxy = replace(proxy, routes=tuple(routes))
    for wanted in proposal.added:
        proxy = _with(control, proxy, wanted)
    return proxy


def _with(control: Control, proxy: Proxy, wanted: NewRoute) -> Proxy:
    return replace(proxy, routes=(*proxy.routes, draft_route(control, proxy, wanted)))


async def _of_ledger(control: Control, proxy_name: str) -> tuple[Asked, ...]:
    """The last request of each endpoint stands for all of them."""
    view = await view_ledger(control, proxy_name, KEPT_DAYS * DAY_S)
    found: dict[Request, int] = {}
    for entry in view.summaries[0].entries:
        if entry.last is not None and entry.last.path and entry.key.endpoint != UNSEEN:
            request = Request(
                entry.key.method, entry.last.path, entry.last.host, source=entry.last.client or "127.0.0.1"
            )
            found[request] = found.get(request, 0) + entry.figures.requests
    return tuple(Asked(request, times) for request, times in found.items())
