"""Of which requests HAProxy is to tell the bodies: those of routes whose writes are copied or recorded."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from stranglerfig.control.books import Books
from stranglerfig.core.desired import Proxy
from stranglerfig.core.routing.cover import literal_head
from stranglerfig.core.routing.stages import below_stage
from stranglerfig.core.topology import Topology
from stranglerfig.errors import FigError

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Bodies:
    """``shadows`` are proxy and route, ``recordings`` too: None is every route. ``follow`` as in ``Applier``."""

    books: Books
    follow: Callable[[], Awaitable[None]]
    shadows: frozenset[tuple[str, str]] = frozenset()
    recordings: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    _told: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def mark(self, topology: Topology) -> Topology:
        wanted = self._wanted()
        if not wanted:
            return topology
        listeners = (replace(one, bodies=wanted.get(one.name, ())) for one in topology.listeners)
        return replace(topology, listeners=tuple(listeners))

    async def settle(self) -> None:
        """One hitless reload if something else is wanted than was."""
        wanted = self._wanted()
        if wanted == self._told:
            return
        try:
            await self.follow()
        except FigError as error:
            log.warning("bodies of requests are not told as they are wanted: %s", error.message)
            return
        self._told = wanted

    def _wanted(self) -> dict[str, tuple[str, ...]]:
        """The beginnings of paths by proxy."""
        found: dict[str, set[str]] = {}
        for name, route_id in (*self.shadows, *+self.recordings):
            proxy = self.books.desired.proxies.get(name)
            if proxy is not None:
                found.setdefault(name, set()).update(_beginnings(proxy, route_id))
        return {name: tuple(sorted(paths)) for name, paths in found.items() if paths}


def _beginnings(proxy: Proxy, route_id: str | None) -> list[str]:
    if route_id is None:
        return ["/"]
    routes = (route for route in proxy.routes if route.id == route_id)
    paths = (path for route in routes for path in below_stage(route.conditions, proxy.stage).paths or (None,))
    return ["/" + "/".join(literal_head(path)) for path in paths]
