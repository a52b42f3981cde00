"""Who is legacy: who answers what nobody else takes, and is being left. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from stranglerfig.core.desired import Proxy
from stranglerfig.core.ingress import EVERYTHING, Claim, to_conditions


def legacy_of_proxy(proxy: Proxy) -> frozenset[str]:
    """The target groups that its routes lead away from; its default as long as no route says otherwise.

    Once the default is somebody else, as the last step off the monolith, the routes still tell whom they were moved
    from. A target that another route moves to is not legacy, though it may be left for a next one.
    """
    left = {route.legacy.group for route in proxy.routes} - {route.candidate.group for route in proxy.routes}
    if left or proxy.default is None:
        return frozenset(left)
    return frozenset({proxy.default})


def legacy_of_balancer(claims: Iterable[Claim]) -> frozenset[str]:
    """The services that take every path."""
    return frozenset(claim.group.name for claim in claims if to_conditions(claim.ingress) == EVERYTHING)
