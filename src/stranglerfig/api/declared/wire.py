"""The shapes of declared proxies."""

from __future__ import annotations

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict


class DeclareProxy(TypedDict):
    """``declaration`` is ``core.declared.declaration.ProxyDeclaration``. ``preview``: change nothing, tell what would
    be. ``force`` as in ``CreateRoute``.
    """

    declaration: dict[str, Any]
    preview: NotRequired[bool]
    force: NotRequired[bool]


class ExpiredWire(TypedDict):
    route: str
    owner: str
    expires: str


class HeldWire(TypedDict):
    """A route whose shift is running, with its ``weight`` now; ``values`` are what the manifest says otherwise."""

    route: str
    weight: float
    values: list[str]


class SpentWire(TypedDict):
    """A route whose candidate has had its shift: ``phase`` and ``reason`` are how that ended."""

    route: str
    candidate: str
    phase: str
    reason: str


class DeclaredProxy(TypedDict):
    """``before`` and ``after`` are the proxy as the body of a manifest; ``before`` None: it is new. ``url`` empty: its
    port is chosen when it is made. Durations are seconds. ``by_hand`` are routes that no manifest made: they stay as
    they are, as are those that are ``held``. ``begun`` are routes whose shift begins.
    """

    name: str
    url: str
    outcome: Literal["created", "changed", "unchanged"]
    before: dict[str, Any] | None
    after: dict[str, Any]
    by_hand: list[str]
    held: list[HeldWire]
    begun: list[str]
    spent: list[SpentWire]
    expired: list[ExpiredWire]


class ProxyBodyWire(TypedDict):
    """``body`` as in ``DeclaredProxy``."""

    body: dict[str, Any]
