"""What target groups take from balancers, turned into rules and the pools of servers behind them. Pure.

A *rotation* is one pool: the tasks of a target group as one way of asking them needs it. Ingresses that ask alike share
one, and so do revisions; a task is in a rotation only if its own revision has that very one, so that no revision is
ever asked in another one's way. Its name is the target group's, a colon and a digest of the way.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from stranglerfig.core.containers import ContainerTargets
from stranglerfig.core.desired import Balancer, Ingress, TargetGroup, UrlTargets
from stranglerfig.core.routing.rules import Conditions, FixedResponse, Forward, PathPrefix, Rule, WeightedGroup
from stranglerfig.core.topology import Group, HealthCheck, Listener, Server, Tls

EVERYTHING = Conditions(paths=(PathPrefix("/"),))
#: as the load balancer answers when no service takes a request
NOBODY = Rule("default", EVERYTHING, FixedResponse(404, "application/json", '{"message":"no service takes this path"}'))


@dataclass(frozen=True, slots=True)
class RotatingTask:
    """A task that serves, or finishes what it has. ``ports`` as in ``ObservedTask``."""

    id: str
    revision: int
    port: int
    ports: tuple[tuple[int, int], ...] = ()
    draining: bool = False

    def to_server(self, port: int | None = None, check_port: int | None = None) -> Server | None:
        """None if it does not publish ``port``."""
        at, checked_at = self._find(port), self._find(check_port) if check_port is not None else None
        if not at:
            return None
        return Server(self.id, "127.0.0.1", at, self.draining, checked_at if checked_at != at else None)

    def _find(self, port: int | None) -> int | None:
        # A process has one port, whatever number its container would use.
        return self.port if port is None or not self.ports else dict(self.ports).get(port)


@dataclass(frozen=True, slots=True)
class Rotation:
    """``port`` None: the tasks' main one."""

    name: str
    port: int | None
    health: HealthCheck
    sticky: bool
    http2: bool
    tls: bool
    tcp: bool

    def to_group(self, servers: tuple[Server, ...]) -> Group:
        return Group(
            self.name,
            servers,
            self.health,
            tls=Tls(verify=False) if self.tls else None,
            sticky=self.sticky,
            http2=self.http2,
            tcp=self.tcp,
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """An ingress that is in force, and the pool that it goes to. ``is_paused``: there is nobody, and that is meant."""

    group: TargetGroup
    ingress: Ingress
    rotation: Rotation
    is_paused: bool = False


def to_rotation(group: TargetGroup, ingress: Ingress, *, tcp: bool) -> Rotation:
    port = None if ingress.port == _main_port(group) else ingress.port
    way = (port, ingress.health or group.health, ingress.sticky and not tcp, ingress.http2, ingress.tls, tcp)
    digest = hashlib.blake2s(repr(way).encode(), digest_size=4).hexdigest()
    return Rotation(f"{group.name}:{digest}", *way)


def pool_name(group: str, base_path: str, user: str = "") -> str:
    """Of the pool whose paths get ``base_path`` in front, and that only ``user`` sends to; the target group's own
    without either."""
    if user:
        return f"{group}:r{hashlib.blake2s(f'{user} {base_path}'.encode(), digest_size=6).hexdigest()}"
    return f"{group}:b{hashlib.blake2s(base_path.encode(), digest_size=4).hexdigest()}" if base_path else group


def to_group_name(rotation: str) -> str:
    """The target group that a pool belongs to; its own name if it is one."""
    return rotation.partition(":")[0]


def to_rotations(group: TargetGroup, is_tcp: Callable[[str], bool]) -> dict[str, Rotation]:
    """All of a revision's, by name. ``is_tcp`` tells of a balancer whether it passes bytes."""
    found = (to_rotation(group, ingress, tcp=is_tcp(ingress.balancer)) for ingress in group.ingress)
    return {rotation.name: rotation for rotation in found}


def compile_balancer(balancer: Balancer, claims: Sequence[Claim]) -> Listener:
    if balancer.tcp:
        passes_to = next((claim.rotation.name for claim in claims if not claim.is_paused), None)
        return Listener(balancer.name, balancer.host, balancer.port, (), tcp=True, passes_to=passes_to, may_wait=True)
    rules = to_rules(claims)
    if not any(rule.conditions == EVERYTHING for rule in rules):
        rules = (*rules, NOBODY)
    # Another program may have its port by now, or its network be away: no reason to serve nothing else.
    return Listener(balancer.name, balancer.host, balancer.port, rules, http2=balancer.http2, may_wait=True)


def to_rules(claims: Sequence[Claim]) -> tuple[Rule, ...]:
    """Called ``SERVICE.INGRESS``, by the last part of the target group's name where that is enough."""
    shorts = Counter(_short(claim) for claim in claims)
    return tuple(
        Rule(
            _short(claim) if shorts[_short(claim)] == 1 else f"{claim.group.name}.{claim.ingress.id}",
            to_conditions(claim.ingress),
            to_paused(claim.group) if claim.is_paused else Forward((WeightedGroup(claim.rotation.name, as_sent=True),)),
        )
        for claim in claims
    )


def to_conditions(ingress: Ingress) -> Conditions:
    # Any path is written as the root and all below it: that is an entry in a map, where no path would be a pattern.
    return ingress.conditions if ingress.conditions.paths else replace(ingress.conditions, paths=EVERYTHING.paths)


def to_paused(group: TargetGroup) -> FixedResponse:
    """A 404 would let clients believe that what they ask for is gone for good."""
    service = group.name.rpartition(".")[2]
    return FixedResponse(503, "application/json", json.dumps({"message": f"{service} is paused"}))


def to_task_health(group: TargetGroup) -> HealthCheck:
    """How a task proves to us that it may enter the rotation.

    We ask in plain HTTP/1.1. Where its main port is spoken to in another way, a connection must do; HAProxy then checks
    as the ingress says.
    """
    main = [ingress for ingress in group.ingress if ingress.port in (None, _main_port(group))]
    is_foreign = group.health.port is None and any(ingress.http2 or ingress.tls for ingress in main)
    return replace(group.health, path=None) if is_foreign else group.health


def listens(group: TargetGroup) -> bool:
    return isinstance(group.targets, UrlTargets) or group.targets.listens


def to_servers(tasks: Iterable[RotatingTask], port: int | None, check_port: int | None) -> tuple[Server, ...]:
    servers = (task.to_server(port, check_port) for task in tasks)
    return tuple(server for server in servers if server is not None)


def _main_port(group: TargetGroup) -> int | None:
    return group.targets.port if isinstance(group.targets, ContainerTargets) else None


def _short(claim: Claim) -> str:
    return f"{claim.group.name.rpartition('.')[2]}.{claim.ingress.id}"
