"""The typed client of ``/v1/ledger``."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from stranglerfig.api.client import STOP_TIMEOUT_S, segment

if TYPE_CHECKING:
    from stranglerfig.api.client import Transport
    from stranglerfig.api.ledger.wire import (
        CandidateWire,
        HourWire,
        LedgerWire,
        Retire,
        RetirementWire,
        TrialWire,
        TryRoutes,
    )


class LedgerClient:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def show(self, listener: str | None, since_s: float) -> LedgerWire:
        """``listener`` None: of all."""
        return cast("LedgerWire", self._transport.call("GET", f"/v1/ledger{_query(listener, since_s)}"))

    def timeline(self, listener: str, since_s: float) -> list[HourWire]:
        """Those hours that had requests, the oldest first."""
        path = f"/v1/ledger/timeline{_query(listener, since_s)}"
        return cast("list[HourWire]", self._transport.call("GET", path))

    def candidates(self, listener: str | None, since_s: float) -> list[CandidateWire]:
        """Of each listener, the best first."""
        path = f"/v1/ledger/candidates{_query(listener, since_s)}"
        return cast("list[CandidateWire]", self._transport.call("GET", path))

    def try_routes(self, proxy: str, proposal: TryRoutes) -> TrialWire:
        return cast("TrialWire", self._transport.call("POST", f"/v1/proxies/{segment(proxy)}/try", proposal))

    def retire(self, order: Retire) -> RetirementWire:
        """When this returns, its tasks are gone, unless it was only looked."""
        return cast(
            "RetirementWire", self._transport.call("POST", "/v1/ledger/retire", order, timeout_s=STOP_TIMEOUT_S)
        )


def _query(listener: str | None, since_s: float) -> str:
    return f"?since_s={int(since_s)}" + ("" if listener is None else f"&listener={segment(listener)}")
