"""A proxy needs its environment's public load balancer as a service behind it does, and keeps it as long."""

from __future__ import annotations

from stranglerfig.aws.environments import Environment
from stranglerfig.aws.stacks.values import Ended
from stranglerfig.aws.synth.environment import Features, both
from stranglerfig.aws.synth.environment.features import read
from stranglerfig.errors import DeployFailed


def bring_balancer(env: Environment, proxy: str) -> None:
    """It is there then, for this proxy too. Raises ``DeployFailed`` where the user wants it no more."""
    needed = Features(public_balancer=frozenset({proxy}))
    outcome = env.bring_features(lambda known: both(read(known), needed))
    if outcome is not None and outcome.ended not in (Ended.DEPLOYED, Ended.UNCHANGED):
        raise DeployFailed(
            f"environment {env.name} has no load balancer for proxy {proxy} yet: {outcome.ended.value}",
            hint=f"`fig proxy deploy {proxy} --env {env.name}` goes on.",
        )
