"""A proxy as its manifest declares it for one environment. Values only."""

from __future__ import annotations

from dataclasses import dataclass

from stranglerfig.core.conditions_text import FULL_WEIGHT
from stranglerfig.core.declared.shadowing import ShadowDeclaration
from stranglerfig.core.desired import RouteState
from stranglerfig.core.routing.rules import Conditions, Order, Sticky
from stranglerfig.core.shift.terms import Terms


@dataclass(frozen=True, slots=True)
class RouteDeclaration:
    """``to`` and ``legacy`` are URLs or names of targets; ``legacy`` None: whoever answers without the route.

    With ``shift`` the weight is what shifts have made of it, none at first. ``expires`` is a date, as ISO 8601 writes
    it; empty for none, as is ``owner``.
    """

    id: str
    conditions: Conditions
    to: str
    weight: int = FULL_WEIGHT
    legacy: str | None = None
    strip: bool = False
    sticky: Sticky = Sticky()
    state: RouteState = RouteState.ACTIVE
    priority: int | None = None
    owner: str = ""
    expires: str = ""
    shift: Terms | None = None
    shadow: ShadowDeclaration | None = None


@dataclass(frozen=True, slots=True)
class ProxyDeclaration:
    """``name`` is the proxy's; ``source`` who declares it, ``APP/ENVIRONMENT/MANIFEST``.

    ``host`` None is the proxy's own, or 127.0.0.1 for a new one; ``port`` None its own, or a free one.
    """

    name: str
    source: str
    default: str
    host: str | None = None
    port: int | None = None
    order: Order = Order.SPECIFIC
    http2: bool = False
    routes: tuple[RouteDeclaration, ...] = ()
