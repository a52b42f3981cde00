"""The whole HAProxy configuration (pure; equal input gives equal text)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stranglerfig.core.routing.explain import NO_MATCH
from stranglerfig.core.routing.rules import FixedResponse, Forward, Redirect, UrlRewrite
from stranglerfig.core.topology import Group, Listener
from stranglerfig.dataplane.actions import backend_of_answer
from stranglerfig.dataplane.backend import is_name, render_answer, render_group
from stranglerfig.dataplane.frontend import render_frontend, render_tcp_frontend
from stranglerfig.dataplane.lines.format import render_ring

Answer = Redirect | FixedResponse

#: where each worker takes commands while it is the current one
WORKER_SOCKET = "worker.sock"
#: with fewer HAProxy would refuse the numbers of the keeper's sockets; see ``sockets``
FEWEST_CONNECTIONS = 400


@dataclass(frozen=True, slots=True)
class Machine:
    """What the configuration must know of this machine. ``name_servers`` are ``address:port``.

    ``max_connections`` is what the limit of open files leaves room for when there are no servers.
    """

    haproxy: tuple[int, ...]
    max_connections: int
    authorities: str
    name_servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Structure:
    """All that only a reload can change. ``sockets`` and ``features`` are by listener name."""

    listeners: Mapping[str, Listener]
    groups: Mapping[str, Group]
    sockets: Mapping[str, int]
    features: Mapping[str, frozenset[str | UrlRewrite]]
    answers: frozenset[Answer]


def answers(listener: Listener) -> frozenset[Answer]:
    """The answers that HAProxy gives itself for this listener, the one for no match included."""
    if listener.tcp:
        return frozenset()
    own = {rule.action for rule in listener.rules if not isinstance(rule.action, Forward)}
    return frozenset(own | {NO_MATCH[listener.order]})


def render_config(structure: Structure, machine: Machine) -> str:
    """Relative paths are relative to the folder that HAProxy runs in."""
    lines = [*_global(machine, _connections(structure, machine)), *_defaults(), *_resolvers(structure, machine)]
    lines += render_ring(machine.haproxy)
    for name in sorted(structure.listeners):
        listener = structure.listeners[name]
        if listener.tcp:
            lines += render_tcp_frontend(listener, structure.sockets[name])
            continue
        no_match = backend_of_answer(NO_MATCH[listener.order])
        wanted = structure.features[name]
        lines += render_frontend(listener, structure.sockets[name], wanted, no_match, machine.haproxy)
    for answer in sorted(structure.answers, key=backend_of_answer):
        lines += render_answer(answer, for_no_match=answer in NO_MATCH.values())
    for name in sorted(structure.groups):
        lines += render_group(structure.groups[name], machine.authorities)
    return "\n".join(lines) + "\n"


def _connections(structure: Structure, machine: Machine) -> int:
    """Each server takes files for its health checks. In steps, so that a task more or less changes nothing."""
    servers = sum(len(group.servers) for group in structure.groups.values())
    return max(FEWEST_CONNECTIONS, machine.max_connections - 100 * -(-servers // 100))


def _global(machine: Machine, connections: int) -> list[str]:
    return [
        "global",
        # normalize-uri is called experimental up to 2.8
        "  expose-experimental-directives",
        f"  maxconn {connections}",
        f"  stats socket unix@{WORKER_SOCKET} mode 600 level admin expose-fd listeners",
        "  stats timeout 1m",
        # the longest that a stream (server-sent events, WebSocket) lives on in the old worker after a reload
        "  hard-stop-after 1h",
        "  mworker-max-reloads 150",
        # free buffers stay with their thread instead of being given back after each request: +2 % requests/s
        *(["  tune.memory.hot-size 2097152"] if machine.haproxy >= (2, 8) else []),
    ]


def _defaults() -> list[str]:
    return [
        "defaults",
        "  mode http",
        # without it a reload fails the next request of idle keep-alive clients
        "  option idle-close-on-response",
        "  http-reuse aggressive",
        "  timeout http-request 10s",
        "  timeout http-keep-alive 75s",
        "  timeout client 5m",
        "  timeout connect 1s",
        "  timeout server 5m",
        "  timeout queue 10s",
        "  timeout tunnel 24h",
        "  timeout check 1s",
        # a target that restarts has ten seconds; another one is tried at once
        "  retries 10",
        "  option redispatch 1",
    ]


def _resolvers(structure: Structure, machine: Machine) -> list[str]:
    if not any(is_name(server.host) for group in structure.groups.values() for server in group.servers):
        return []
    return [
        "resolvers system",
        *(f"  nameserver ns{number} {address}" for number, address in enumerate(machine.name_servers)),
        "  resolve_retries 2",
        "  timeout resolve 1s",
        "  timeout retry 1s",
        "  hold valid 1s",
        # an outage of the name service must not take away addresses that still answer
        *(f"  hold {state} 24h" for state in ("nx", "timeout", "refused", "other")),
        # an address that an answer no longer has is given up; until then no server would take the new one
        "  hold obsolete 1s",
        "  accepted_payload_size 8192",
    ]
