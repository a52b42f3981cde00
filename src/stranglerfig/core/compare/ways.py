"""Which requests are a route's, and what its two sides would see of them (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from stranglerfig.core.compare.shadow import Shadow
from stranglerfig.core.compile import CompiledProxy, compile_route, pool_of
from stranglerfig.core.conditions_text import FULL_WEIGHT
from stranglerfig.core.desired import Proxy, Route
from stranglerfig.core.routing.admission import admit
from stranglerfig.core.routing.canonical import Canonical, Target, parse_target
from stranglerfig.core.routing.cover import literal_head
from stranglerfig.core.routing.match import matches
from stranglerfig.core.routing.precedence import Alternative, ordered
from stranglerfig.core.routing.rewrite import upstream_target
from stranglerfig.core.routing.rules import Forward, Request, Rule, WeightedGroup
from stranglerfig.core.traffic.lines import AccessLine


@dataclass(frozen=True, slots=True)
class Taken:
    """A request by the route's path that took it, canonical."""

    alternative: Alternative
    target: Target


@dataclass(frozen=True, slots=True)
class Way:
    """A shadow's route as the books have it at the moment.

    ``rivals`` are the paths that may take a request of the route, its own among them, in their order; ``heads`` are
    what targets of it begin with, as most clients write them.
    """

    shadow: Shadow
    proxy: Proxy
    route: Route
    rivals: tuple[Alternative, ...]
    pools: frozenset[str] = frozenset()
    heads: tuple[str, ...] = ()

    def takes(self, line: AccessLine, headers: Iterable[tuple[str, str]]) -> Taken | None:
        """None for a request of another route, or one that the shadow does not ask for."""
        if line.pool not in self.pools:
            return None
        request = Request(
            method=line.method, target=line.target, host=line.host, headers=tuple(headers), source=line.client
        )
        admitted = admit(request)
        if not isinstance(admitted, Canonical) or not self._is_wanted(request, admitted.path):
            return None
        winner = next((one for one in self.rivals if matches(one, request, admitted.path) is None), None)
        if winner is None or winner.rule.id != self.route.id:
            return None
        return Taken(winner, Target(admitted.path, parse_target(line.target).query))

    def legacy_target(self, taken: Taken, base_path: str) -> str:
        """Path and query as legacy sees them. ``base_path`` is that of its URL."""
        return _upstream(taken, self._side(0), base_path or self.route.legacy.base_path)

    def candidate_target(self, taken: Taken, base_path: str) -> str:
        return _upstream(taken, self._side(FULL_WEIGHT), base_path or self.shadow.candidate.base_path)

    def _is_wanted(self, request: Request, path: str) -> bool:
        rule = Rule("shadow", self.shadow.conditions, Forward(()))
        return any(matches(Alternative(rule, one), request, path) is None for one in rule.conditions.paths or (None,))

    def _side(self, weight: int) -> WeightedGroup:
        rule = compile_route(replace(self.route, candidate=self.shadow.candidate, weight=weight), self.proxy)
        assert isinstance(rule.action, Forward)
        return rule.action.groups[0]


def to_way(shadow: Shadow, compiled: CompiledProxy) -> Way | None:
    """None while its route is not in force."""
    found = compiled.rules.get(shadow.route)
    if found is None:
        return None
    proxy, route = compiled.proxy, found[0]
    pools = {pool_of(proxy.name, route, side).name for side in (route.legacy, route.candidate)}
    heads = _heads(found[1])
    near = [rule for rule in compiled.listener.rules if any(_agree(one, two) for one in heads for two in _heads(rule))]
    beginnings = tuple(f"/{'/'.join(head)}" for head in heads)
    return Way(shadow, proxy, route, tuple(ordered(near, proxy.order)), frozenset(pools), beginnings)


def _heads(rule: Rule) -> list[tuple[str, ...]]:
    return [literal_head(path) for path in rule.conditions.paths or (None,)]


def _agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether a path can begin with both."""
    return all(ours == theirs for ours, theirs in zip(one, other, strict=False))


def _upstream(taken: Taken, weighted: WeightedGroup, base_path: str) -> str:
    return upstream_target(taken.alternative.path, weighted, base_path, taken.target)
