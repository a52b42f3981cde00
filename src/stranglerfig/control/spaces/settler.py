"""Takes resources on to the state that is wanted of them, each by a job of its own beside the request that asked.

A job looks at nothing but the books: one that is begun anew after a crash does what the first one would have done.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from stranglerfig.control.spaces.books import SpaceBooks
from stranglerfig.core.refactor_spaces.resources import PASSING, Resource

log = logging.getLogger(__name__)

#: runs a job beside everything else, until the daemon ends
Spawn = Callable[[Coroutine[Any, Any, None], str], None]
#: takes a resource out of its passing state, whatever happens; harmless to repeat
Complete = Callable[[Resource], Awaitable[None]]


@dataclass(slots=True)
class Settler:
    books: SpaceBooks
    complete: Complete
    spawn: Spawn
    _settled: dict[str, asyncio.Event] = field(default_factory=dict)

    def begin(self, resource: Resource) -> None:
        """For a resource in a passing state that has no job yet."""
        resource_id = resource.facts.id
        self._settled[resource_id] = asyncio.Event()
        self.spawn(self._settle(resource), f"{resource.facts.state.value.lower()} {resource_id}")

    def resume(self) -> None:
        """What an earlier daemon left in its middle."""
        for resource in tuple(self.books.spaces.resources.values()):
            if resource.facts.state in PASSING:
                self.begin(resource)

    async def settled(self, resource_id: str) -> Resource | None:
        """The resource, once it is in no passing state; None if it is gone."""
        while (event := self._settled.get(resource_id)) is not None:
            await event.wait()
        return self.books.spaces.resources.get(resource_id)

    async def _settle(self, resource: Resource) -> None:
        try:
            await self.complete(resource)
        finally:
            event = self._settled.pop(resource.facts.id)
            event.set()
