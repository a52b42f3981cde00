"""CloudFormation learns of weights after they are in force: parameters of the proxy's stack, with its own template.

Cut off anywhere, the stack has old ones. Whoever deploys reads the rules first, so nothing of theirs is undone; and
tells of them before anything else, so that a rollback does not undo them either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from stranglerfig.aws.proxies.place import DeployedProxy, Place
from stranglerfig.aws.stacks import states
from stranglerfig.aws.stacks.deploy import deploy
from stranglerfig.aws.stacks.values import Outcome, StackOrder
from stranglerfig.aws.synth.proxy.release import weights_id
from stranglerfig.aws.synth.proxy.template import weights_text


def untold(proxy: DeployedProxy, weights: Mapping[str, int]) -> dict[str, str]:
    """Parameters whose values are others by now."""
    wanted = {weights_id(route): weights_text(weight) for route, weight in weights.items()}
    return {name: value for name, value in wanted.items() if proxy.stack.parameters.get(name) != value}


def tell(place: Place, proxy: DeployedProxy, weights: Mapping[str, int], *, waits: bool = True) -> Outcome | None:
    """None: it knows, or is busy with what it will be told of after that. Without ``waits`` it is on its way."""
    changed = untold(proxy, weights)
    if not changed or (not waits and states.is_in_progress(proxy.stack.status)):
        return None
    kept: dict[str, str | None] = dict.fromkeys(proxy.stack.parameters)
    order = StackOrder(proxy.stack.name, proxy.text, {**kept, **changed}, proxy.stack.tags, place.role)
    # What a change of weights loses has been lost, or gained, already.
    return deploy(order, replace(place.how, agree=None, detach=not waits, keep_failures=False))
