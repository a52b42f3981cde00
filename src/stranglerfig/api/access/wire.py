"""The shapes of ``/v1/aws``: where the AWS API is, and the keys that open it."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict


class AwsWire(TypedDict):
    """``endpoint`` None: nothing listens, because of ``problem`` or, without one, because it is switched off."""

    endpoint: str | None
    region: str
    account: str
    problem: str | None
    hint: str | None


class CreateKey(TypedDict):
    """``account`` None or left out: this machine's own."""

    name: str
    read_only: NotRequired[bool]
    path_prefix: NotRequired[str | None]
    account: NotRequired[str | None]


class RotateKey(TypedDict):
    """``expire_old``: the keys that were there are gone when the new one is answered."""

    expire_old: NotRequired[bool]


class KeyWire(TypedDict):
    id: str
    secret: str
    name: str
    account: str
    created_at: str
    read_only: bool
    path_prefix: str | None
