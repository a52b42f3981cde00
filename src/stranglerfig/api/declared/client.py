"""The typed client of ``/v1/declared-proxies``."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from stranglerfig.api.client import segment

if TYPE_CHECKING:
    from stranglerfig.api.client import Transport
    from stranglerfig.api.declared.wire import DeclaredProxy, DeclareProxy, ProxyBodyWire

PATH = "/v1/declared-proxies"


class DeclaredClient:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def declare(self, order: DeclareProxy) -> DeclaredProxy:
        return cast("DeclaredProxy", self._transport.call("POST", PATH, order))

    def show(self, proxy: str) -> ProxyBodyWire:
        return cast("ProxyBodyWire", self._transport.call("GET", f"{PATH}/{segment(proxy)}"))
