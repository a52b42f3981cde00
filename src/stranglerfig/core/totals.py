"""What was seen of a target group in all the pools that it has in the data plane, as one. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from stranglerfig.core.ingress import to_group_name
from stranglerfig.core.observed import GroupCounters, ObservedDataplane, ObservedGroup, ObservedServer, ServerHealth

#: the first that holds anywhere is what is told
_TELLING = (ServerHealth.DRAINING, ServerHealth.DOWN, ServerHealth.CHECKING, ServerHealth.UP)


def to_target_groups(seen: ObservedDataplane) -> ObservedDataplane:
    """``groups`` by target group instead of by pool."""
    pools: dict[str, list[ObservedGroup]] = {}
    for group in seen.groups:
        pools.setdefault(to_group_name(group.name), []).append(group)
    return replace(seen, groups=tuple(_merge(name, found) for name, found in pools.items()))


def _merge(name: str, pools: list[ObservedGroup]) -> ObservedGroup:
    if len(pools) == 1:
        return replace(pools[0], name=name)
    servers: dict[str, ObservedServer] = {}
    for pool in pools:
        for server in pool.servers:
            known = servers.get(server.id)
            servers[server.id] = server if known is None else _merge_servers(known, server)
    return ObservedGroup(name, tuple(servers.values()), _add_up([pool.counters for pool in pools]))


def _merge_servers(one: ObservedServer, other: ObservedServer) -> ObservedServer:
    first, second = sorted((one, other), key=lambda server: _TELLING.index(server.health))
    return replace(first, sessions=first.sessions + second.sessions)


def _add_up(parts: list[GroupCounters]) -> GroupCounters:
    requests = sum(part.requests for part in parts)
    classes = dict.fromkeys(name for part in parts for name, _ in part.responses)

    def mean(of: Callable[[GroupCounters], float]) -> float:
        return sum(of(part) * part.requests for part in parts) / requests if requests else 0.0

    return GroupCounters(
        requests=requests,
        responses=tuple((name, sum(dict(part.responses).get(name, 0) for part in parts)) for name in classes),
        in_flight=sum(part.in_flight for part in parts),
        bytes_in=sum(part.bytes_in for part in parts),
        bytes_out=sum(part.bytes_out for part in parts),
        connect_errors=sum(part.connect_errors for part in parts),
        response_errors=sum(part.response_errors for part in parts),
        retries=sum(part.retries for part in parts),
        broken_off=sum(part.broken_off for part in parts),
        response_ms=mean(lambda part: part.response_ms),
        total_ms=mean(lambda part: part.total_ms),
    )
