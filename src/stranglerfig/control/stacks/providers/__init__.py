"""The providers, by the types that they know."""

from __future__ import annotations

from stranglerfig.control.context import Control
from stranglerfig.control.stacks.provider import Provider
from stranglerfig.control.stacks.providers.records import RecordProvider
from stranglerfig.control.stacks.providers.routes import RouteProvider
from stranglerfig.control.stacks.providers.spaces import KINDS, SpaceProvider
from stranglerfig.core.cloudformation.stacks.order import ROUTE


def to_provider(control: Control, type_name: str) -> Provider:
    if type_name == ROUTE:
        return RouteProvider(control)
    kind = KINDS.get(type_name)
    return RecordProvider(control.identity.region) if kind is None else SpaceProvider(control, kind)
