"""The typed client of ``/v1/aws``: where the AWS API is, and the keys that open it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from stranglerfig.api.client import segment

if TYPE_CHECKING:
    from stranglerfig.api.access.wire import AwsWire, CreateKey, KeyWire
    from stranglerfig.api.client import Transport

KEYS = "/v1/aws/keys"


class AwsClient:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def show(self) -> AwsWire:
        return cast("AwsWire", self._transport.call("GET", "/v1/aws"))

    def keys(self) -> list[KeyWire]:
        """By name, and of one name the newest first."""
        return cast("list[KeyWire]", self._transport.call("GET", KEYS))

    def key(self, name: str) -> KeyWire:
        """The newest of that name; the default one is made when there is none."""
        return cast("KeyWire", self._transport.call("PUT", f"{KEYS}/{segment(name)}", {}))

    def create(self, key: CreateKey) -> KeyWire:
        return cast("KeyWire", self._transport.call("POST", KEYS, key))

    def rotate(self, name: str, *, expire_old: bool) -> KeyWire:
        path = f"{KEYS}/{segment(name)}/rotate"
        return cast("KeyWire", self._transport.call("POST", path, {"expire_old": expire_old}))

    def delete(self, name: str) -> list[KeyWire]:
        """All keys of a name, or the one with that id."""
        return cast("list[KeyWire]", self._transport.call("DELETE", f"{KEYS}/{segment(name)}"))
