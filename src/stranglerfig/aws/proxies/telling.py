"""CloudFormation learns of weights after they are in force: parameters of the proxy's stack, with its own template.

Cut off anywhere, the stack has old ones. Whoever deploys reads the rules first, so nothing of theirs is undone; and
tells of them before anything else, so that a rollback does not undo them either.

An update that was under way already sets what it began with, whatever was set since. So what takes traffic back is held
against it until it is over, and what gives more waits for its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from stranglerfig.aws.proxies.place import DeployedProxy, Place
from stranglerfig.aws.proxies.rules import change_rule, live_weights, require_live, set_weight
from stranglerfig.aws.stacks import states
from stranglerfig.aws.stacks.deploy import deploy
from stranglerfig.aws.stacks.values import Ended, Outcome, StackOrder
from stranglerfig.aws.synth.proxy.release import weights_id
from stranglerfig.aws.synth.proxy.template import weights_text
from stranglerfig.errors import Conflict, FigError

#: while others change weights and the stack at the same time
MOST_TRIES = 5
NOTHING: Mapping[str, int] = {}


@dataclass(frozen=True, slots=True)
class Moved:
    """A route whose candidate has ``weight`` in place of ``before``."""

    route: str
    before: int
    weight: int

    @property
    def lowered(self) -> Mapping[str, int]:
        """As ``tell`` wants to know it."""
        return {self.route: self.weight} if self.weight < self.before else NOTHING


def move(place: Place, proxy: DeployedProxy, route: str, weight: int, *, force: bool = False) -> Moved:
    """As ``set_weight``. Less is in force at once; more once nothing that would undo it changes the stack."""
    before = require_live(place, proxy, proxy.route(route))
    if weight > before:
        proxy = outlast(place, proxy)
        since = require_live(place, proxy, proxy.route(route))
        if since != before:
            raise Conflict(
                f"{since / 100:g} % of route {route!r} are moved, set by somebody else while the stack was busy",
                hint=f"`fig route ls {proxy.proxy.name}` shows what is in force. Repeat if it is to be another weight.",
            )
    return Moved(route, before, set_weight(place, proxy, proxy.route(route), weight, force=force))


def untold(proxy: DeployedProxy, weights: Mapping[str, int]) -> dict[str, str]:
    """Parameters whose values are others by now."""
    wanted = {weights_id(route): weights_text(weight) for route, weight in weights.items()}
    return {name: value for name, value in wanted.items() if proxy.stack.parameters.get(name) != value}


def tell(
    place: Place, proxy: DeployedProxy, lowered: Mapping[str, int] = NOTHING, *, waits: bool = True
) -> Outcome | None:
    """None: it knows. Without ``waits`` it is on its way. ``lowered`` as in ``outlast``. Raises ``Conflict`` where
    others never let it learn."""
    for _ in range(MOST_TRIES):
        proxy = outlast(place, proxy, lowered)
        weights = live_weights(place, proxy)
        if not untold(proxy, weights):
            return None
        try:
            outcome = _tell(place, proxy, weights, waits=waits)
        except FigError:
            if not _is_busy(place, proxy):
                raise
        else:
            if outcome.ended is not Ended.DECLINED:
                return outcome
    raise overtaken(place, proxy)


def overtaken(place: Place, proxy: DeployedProxy) -> Conflict:
    return Conflict(
        f"weights of {proxy.proxy.name} are changed again and again by somebody else",
        hint=f"`fig shift ls --env {place.env.name}` shows what is being shifted. Repeat when that is over.",
    )


def outlast(place: Place, proxy: DeployedProxy, lowered: Mapping[str, int] = NOTHING) -> DeployedProxy:
    """The proxy once nothing changes its stack any more. ``lowered`` are weights that were less than before when they
    were set: what an update under way gives the candidate again is taken back at once."""
    told = [proxy.stack.parameters]
    patience = place.how.patience()
    is_said = False
    while True:
        stack = place.stacks.find(proxy.stack.id)
        if stack is None:
            return place.require(proxy.name)
        told.append(stack.parameters)
        for route in undone(lowered, live_weights(place, proxy), told):
            change_rule(place, proxy, proxy.route(route), lowered[route])
        if not states.is_in_progress(stack.status):
            return proxy if stack == proxy.stack else place.require(proxy.name)
        if not is_said:
            place.how.telling.note(f"Stack {stack.name} is being changed already: waiting for that first.")
            is_said = True
        patience.pause()


def undone(lowered: Mapping[str, int], live: Mapping[str, int], told: Iterable[Mapping[str, str]]) -> list[str]:
    """Routes whose candidate has more again, and just what CloudFormation was told: other values are other people's."""
    return [
        route
        for route, weight in lowered.items()
        if live.get(route, 0) > weight and any(one.get(weights_id(route)) == weights_text(live[route]) for one in told)
    ]


def _tell(place: Place, proxy: DeployedProxy, weights: Mapping[str, int], *, waits: bool) -> Outcome:
    """Declined where weights are others by the time that it would be told."""
    kept: dict[str, str | None] = dict.fromkeys(proxy.stack.parameters)
    parameters = {**kept, **untold(proxy, weights)}
    order = StackOrder(proxy.stack.name, proxy.text, parameters, proxy.stack.tags, place.role)
    # What a change of weights loses has been lost, or gained, already.
    how = replace(
        place.how,
        agree=lambda *_: live_weights(place, proxy) == weights,
        detach=not waits,
        keep_failures=False,
    )
    return deploy(order, how)


def _is_busy(place: Place, proxy: DeployedProxy) -> bool:
    stack = place.stacks.find(proxy.stack.id)
    return stack is not None and states.is_in_progress(stack.status)
