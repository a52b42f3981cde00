"""The typed client of shadows."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from stranglerfig.api.client import segment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stranglerfig.api.client import Transport
    from stranglerfig.api.shadows.wire import (
        DifferenceWire,
        RecordedWire,
        RecordRequests,
        ShadowReportWire,
        ShadowWire,
        StartShadow,
    )


class ShadowClient:
    """A route is named by its id."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def all(self) -> list[ShadowWire]:
        return cast("list[ShadowWire]", self._transport.call("GET", "/v1/shadows"))

    def start(self, proxy: str, route: str, wanted: StartShadow) -> ShadowWire:
        return cast("ShadowWire", self._transport.call("POST", _path(proxy, route), wanted))

    def stop(self, proxy: str, route: str) -> ShadowWire:
        return cast("ShadowWire", self._transport.call("DELETE", _path(proxy, route)))

    def report(self, proxy: str, route: str) -> ShadowReportWire:
        return cast("ShadowReportWire", self._transport.call("GET", _path(proxy, route)))

    def difference(self, id: str) -> DifferenceWire:
        return cast("DifferenceWire", self._transport.call("GET", f"/v1/shadows/differences/{segment(id)}"))

    def record(self, proxy: str, wanted: RecordRequests) -> Iterator[RecordedWire]:
        """As they pass, until as many or as long as wanted."""
        path = f"/v1/proxies/{segment(proxy)}/record"
        return cast("Iterator[RecordedWire]", self._transport.lines(path, wanted, endless=True))


def _path(proxy: str, route: str) -> str:
    return f"/v1/proxies/{segment(proxy)}/routes/{segment(route)}/shadow"
