"""The typed client of what ``spaces`` answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from stranglerfig.api.client import segment

if TYPE_CHECKING:
    from stranglerfig.api.client import Transport
    from stranglerfig.api.spaces.wire import BringPolicy, BroughtPolicyWire, BroughtWire, CopiedResource, TemplateWire


class SpaceClient:
    """``/v1/refactor-spaces``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def bring(self, resource: CopiedResource) -> BroughtWire:
        """Returns when it is in the state that it stays in. Idempotent."""
        return cast("BroughtWire", self._transport.call("POST", "/v1/refactor-spaces/resources", resource))

    def bring_policy(self, policy: BringPolicy) -> BroughtPolicyWire:
        return cast("BroughtPolicyWire", self._transport.call("POST", "/v1/refactor-spaces/policies", policy))

    def template(self, proxy: str) -> TemplateWire:
        path = f"/v1/refactor-spaces/templates/{segment(proxy)}"
        return cast("TemplateWire", self._transport.call("GET", path))
