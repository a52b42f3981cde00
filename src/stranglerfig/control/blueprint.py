"""What HAProxy is to hold, compiled from the books and the tasks; what did not change is compiled once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from stranglerfig.core.compile import CompiledProxy, Pool, compile_group, compile_proxy
from stranglerfig.core.desired import Balancer, Desired, Proxy, TargetGroup, UrlTargets
from stranglerfig.core.ingress import (
    Claim,
    RotatingTask,
    Rotation,
    compile_balancer,
    listens,
    to_rotation,
    to_rotations,
    to_servers,
)
from stranglerfig.core.topology import Group, Listener, Topology

#: the tasks of a target group that serve or finish what they have
Rotating = Callable[[str], tuple[RotatingTask, ...]]
#: an earlier revision of a target group
Revision = Callable[[str, int], TargetGroup | None]


@dataclass(slots=True)
class _CompiledGroup:
    sources: tuple[TargetGroup, TargetGroup | None]
    pools: tuple[Pool, ...]
    tasks: tuple[RotatingTask, ...]
    groups: tuple[Group, ...]

    def is_of(
        self, sources: tuple[TargetGroup, TargetGroup | None], pools: tuple[Pool, ...], tasks: tuple[RotatingTask, ...]
    ) -> bool:
        is_same = all(one is other for one, other in zip(self.sources, sources, strict=True))
        return is_same and (self.pools, self.tasks) == (pools, tasks)


@dataclass(slots=True)
class _CompiledBalancer:
    sources: tuple[Balancer, tuple[Claim, ...]]
    listener: Listener


@dataclass(slots=True)
class Blueprint:
    revision: Revision
    _proxies: dict[str, CompiledProxy] = field(default_factory=dict)
    _balancers: dict[str, _CompiledBalancer] = field(default_factory=dict)
    _groups: dict[str, _CompiledGroup] = field(default_factory=dict)

    def proxy(self, proxy: Proxy) -> CompiledProxy:
        """Compiled once as long as the proxy stays the same; only changed routes are compiled anew."""
        compiled = compile_proxy(proxy, self._proxies.get(proxy.name))
        self._proxies[proxy.name] = compiled
        return compiled

    def balancer(self, desired: Desired, balancer: Balancer, claims: Iterable[Claim] | None = None) -> Listener:
        """``claims`` None: those that are in force."""
        sources = (balancer, tuple(to_claims(desired).get(balancer.name, ()) if claims is None else claims))
        kept = self._balancers.get(balancer.name)
        if kept is None or kept.sources != sources:
            kept = _CompiledBalancer(sources, compile_balancer(*sources))
            self._balancers[balancer.name] = kept
        return kept.listener

    def topology(self, desired: Desired, rotating: Rotating) -> Topology:
        self._forget_all_but(desired)
        claims = to_claims(desired)
        proxies = [self.proxy(proxy) for proxy in desired.proxies.values()]
        listeners = [proxy.listener for proxy in proxies]
        pools = _by_group(frozenset().union(*(proxy.pools for proxy in proxies)))
        listeners += [self.balancer(desired, one, claims.get(one.name, ())) for one in desired.balancers.values()]
        groups = [
            compiled
            for group in desired.groups.values()
            for compiled in self._compile(desired, group, rotating(group.name), pools.get(group.name, ()))
        ]
        return Topology(tuple(listeners), tuple(groups))

    def _compile(
        self, desired: Desired, group: TargetGroup, tasks: tuple[RotatingTask, ...], pools: tuple[Pool, ...]
    ) -> tuple[Group, ...]:
        """``pools`` are those of its that proxies send to."""
        sources = (group, desired.serving.get(group.name))
        kept = self._groups.get(group.name)
        if kept is None or not kept.is_of(sources, pools, tasks):
            groups = tuple(self._compile_anew(desired, group, tasks, pools))
            kept = self._groups[group.name] = _CompiledGroup(sources, pools, tasks, groups)
        return kept.groups

    def _compile_anew(
        self, desired: Desired, group: TargetGroup, tasks: tuple[RotatingTask, ...], pools: tuple[Pool, ...]
    ) -> Iterable[Group]:
        serving = in_force(desired, group.name) or group
        health = serving.health
        for pool in pools if _is_of_balancers(group) else sorted({*pools, Pool(group.name, "")}):
            plain = compile_group(group, to_servers(tasks, None, health.port), health)
            yield replace(plain, name=pool.name, base_path=pool.base_path or plain.base_path)
        revisions = {task.revision: self._find(desired, group.name, task.revision) for task in tasks}
        own = {number: to_rotations(one, _is_tcp(desired)) for number, one in revisions.items() if one is not None}
        wanted: dict[str, Rotation] = to_rotations(serving, _is_tcp(desired))
        for rotations in own.values():
            wanted |= rotations
        for name, rotation in wanted.items():
            members = [task for task in tasks if name in own.get(task.revision, {})]
            yield rotation.to_group(to_servers(members, rotation.port, rotation.health.port))

    def _find(self, desired: Desired, name: str, revision: int) -> TargetGroup | None:
        for known in (desired.groups.get(name), desired.serving.get(name)):
            if known is not None and known.revision == revision:
                return known
        return self.revision(name, revision)

    def _forget_all_but(self, desired: Desired) -> None:
        for held, wanted in (
            (self._proxies, desired.proxies),
            (self._balancers, desired.balancers),
            (self._groups, desired.groups),
        ):
            for gone in held.keys() - wanted.keys():
                del held[gone]


def in_force(desired: Desired, name: str) -> TargetGroup | None:
    """The revision whose health check and ingress hold. Fixed URLs need no proof."""
    group = desired.groups.get(name)
    return group if group is not None and isinstance(group.targets, UrlTargets) else desired.serving.get(name)


def to_claims(desired: Desired) -> dict[str, tuple[Claim, ...]]:
    """What is in force, by balancer."""
    found: dict[str, list[Claim]] = {}
    for name, group in desired.groups.items():
        serving = in_force(desired, name)
        is_paused = not isinstance(group.targets, UrlTargets) and group.targets.replicas == 0
        for ingress in serving.ingress if serving is not None else ():
            balancer = desired.balancers.get(ingress.balancer)
            if serving is not None and balancer is not None:
                rotation = to_rotation(serving, ingress, tcp=balancer.tcp)
                found.setdefault(balancer.name, []).append(Claim(serving, ingress, rotation, is_paused))
    return {name: tuple(claims) for name, claims in found.items()}


def _is_tcp(desired: Desired) -> Callable[[str], bool]:
    def is_tcp(name: str) -> bool:
        balancer = desired.balancers.get(name)
        return balancer is not None and balancer.tcp

    return is_tcp


def _is_of_balancers(group: TargetGroup) -> bool:
    """Whether nobody asks it but balancers, unless a proxy names it."""
    return bool(group.ingress) or not listens(group)


def _by_group(pools: frozenset[Pool]) -> dict[str, tuple[Pool, ...]]:
    found: dict[str, tuple[Pool, ...]] = {}
    for pool in sorted(pools):
        found[pool.group] = (*found.get(pool.group, ()), pool)
    return found
