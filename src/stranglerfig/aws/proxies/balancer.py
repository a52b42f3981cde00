"""A proxy needs its environment's public load balancer as a service behind it does, and keeps it as long."""

from __future__ import annotations

from stranglerfig.aws.environments import Environment
from stranglerfig.aws.synth.environment import Features, both
from stranglerfig.aws.synth.environment.features import read


def needs_of(proxy: str) -> Features:
    return Features(public_balancer=frozenset({proxy}))


def bring_balancer(env: Environment, proxy: str) -> None:
    """It is there then, for this proxy too. Raises ``Interrupted`` where the user wants it no more."""
    env.bring_features(lambda known: both(read(known), needs_of(proxy)))
