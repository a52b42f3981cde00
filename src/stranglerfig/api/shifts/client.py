"""The typed client of what ``shifts`` answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from stranglerfig.api.client import route_path

if TYPE_CHECKING:
    from stranglerfig.api.client import Transport
    from stranglerfig.api.shifts.wire import DecisionWire, ShiftWire, StartShift, Verb
    from stranglerfig.api.wire import RouteWire


class ShiftClient:
    """``/v1/shifts``, and the shifts of routes."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def all(self, *, ended: bool) -> list[ShiftWire]:
        return cast("list[ShiftWire]", self._transport.call("GET", f"/v1/shifts?ended={int(ended)}"))

    def start(self, proxy: str, route: str, shift: StartShift) -> ShiftWire:
        return cast("ShiftWire", self._transport.call("POST", f"{route_path(proxy, route)}/shift", shift))

    def show(self, proxy: str, route: str) -> ShiftWire:
        """The route's last one."""
        return cast("ShiftWire", self._transport.call("GET", f"{route_path(proxy, route)}/shift"))

    def history(self, proxy: str, route: str) -> list[DecisionWire]:
        path = f"{route_path(proxy, route)}/shift/history"
        return cast("list[DecisionWire]", self._transport.call("GET", path))

    def steer(self, proxy: str, route: str, verb: Verb, *, force: bool = False) -> ShiftWire:
        path = f"{route_path(proxy, route)}/shift/{verb}"
        return cast("ShiftWire", self._transport.call("POST", path, {"force": force}))

    def roll_back(self, proxy: str, route: str, *, force: bool) -> RouteWire:
        path = f"{route_path(proxy, route)}/rollback"
        return cast("RouteWire", self._transport.call("POST", path, {"force": force}))
