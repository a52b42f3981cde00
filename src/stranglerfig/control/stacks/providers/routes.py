"""Routes of Refactor Spaces. One that replaces another takes its place from one request to the next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from stranglerfig.control.context import Control
from stranglerfig.control.operations.refactor_spaces.routes import (
    create_route,
    delete_route,
    replace_route,
    update_route,
)
from stranglerfig.control.stacks.provider import StepFailure, Wish
from stranglerfig.control.stacks.providers.spaces import SpaceKind, SpaceProvider, id_of
from stranglerfig.core.access import Caller
from stranglerfig.core.cloudformation.stacks.effects import Made
from stranglerfig.core.cloudformation.stacks.records import Incarnation
from stranglerfig.core.refactor_spaces.rendering import show_route
from stranglerfig.core.refactor_spaces.resources import Route, State

_ABOVE = ("EnvironmentIdentifier", "ApplicationIdentifier")


def _of_route(route: Route, region: str) -> Mapping[str, Any]:
    paths = show_route(route, region, None).get("PathResourceToId")
    return {"PathResourceToId": None if paths is None else json.dumps(paths, sort_keys=True)}


_KIND = SpaceKind("Route", create_route, delete_route, "RouteIdentifier", _ABOVE, _of_route)


@dataclass(frozen=True, slots=True)
class RouteProvider:
    control: Control

    async def create(self, wish: Wish) -> Made:
        return await self._spaces.create(wish)

    async def update(self, wish: Wish, now: Incarnation) -> Made:
        spaces = self._spaces
        route = await spaces.settled(wish, now.physical_id)
        state = _activation(wish.properties)
        if route.facts.state.value != state:
            ids = dict(zip((*_ABOVE, "RouteIdentifier"), now.physical_id.split("|"), strict=True))
            await update_route(self.control, wish.caller, {**ids, "ActivationState": state})
            route = await spaces.settled(wish, now.physical_id)
            if route.facts.state is State.FAILED and route.facts.failure is not None:
                raise StepFailure(route.facts.failure.message)
        await spaces.retag(wish, now, route)
        return spaces.made(now.physical_id, await spaces.settled(wish, now.physical_id))

    async def replace(self, wish: Wish, now: Incarnation) -> Made:
        """Within one application, no request meets neither of the two."""
        is_beside = all(wish.properties.get(name) == now.properties.get(name) for name in _ABOVE)
        if not is_beside:
            return await self.create(wish)

        async def swap(control: Control, caller: Caller, parameters: Mapping[str, Any]) -> dict[str, Any]:
            return await replace_route(control, caller, id_of(now.physical_id), parameters)

        return replace(await self._spaces.make(wish, swap), is_swapped=True)

    async def delete(self, caller: Caller, gone: Incarnation) -> None:
        await self._spaces.delete(caller, gone)

    @property
    def _spaces(self) -> SpaceProvider:
        return SpaceProvider(self.control, _KIND)


def _activation(properties: Mapping[str, Any]) -> str:
    given = properties.get("DefaultRoute" if properties.get("RouteType") == "DEFAULT" else "UriPathRoute") or {}
    return str(given.get("ActivationState", "ACTIVE"))
