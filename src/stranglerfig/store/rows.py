"""Rows of the books and the core's values, both ways. Pure.

Names, keys and flat values are columns; what nests is JSON (see ``json_values``).
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from stranglerfig.core.desired import Balancer, Proxy, Route, TargetGroup
from stranglerfig.core.json_values import UnreadableValue, decoder, from_json, to_json
from stranglerfig.core.observed import ContainerIdentity, ObservedTask, TaskIdentity, TaskState
from stranglerfig.core.routing.rules import Order

#: a row, in the order of the columns that ``sqlite`` names; what SQLite gives back has no better type
Row = tuple[Any, ...]
Placed = tuple[int, Route]
Identity = TaskIdentity | ContainerIdentity
Ports = tuple[tuple[int, int], ...]
T = TypeVar("T")

_IDENTITY = decoder(Identity)
_PORTS = decoder(Ports)


@dataclass(frozen=True, slots=True)
class RouteChanges:
    """What turns the stored routes of a proxy into the wanted ones; ``written`` holds new and changed rows by id."""

    written: dict[str, Placed]
    gone: frozenset[str]


def plan_routes(stored: Mapping[str, Placed], wanted: Iterable[Route]) -> RouteChanges:
    """Routes keep their position where the order allows it, so that changing one of ten thousand writes one row."""
    placed: dict[str, Placed] = {}
    last = 0
    for route in wanted:
        before = stored.get(route.id)
        last = before[0] if before is not None and before[0] > last else last + 1
        if route.id in placed:
            raise ValueError(f"two routes called {route.id}")
        placed[route.id] = (last, route)
    written = {route_id: place for route_id, place in placed.items() if stored.get(route_id) != place}
    return RouteChanges(written, frozenset(stored.keys() - placed.keys()))


def to_text(value: object) -> str:
    return json.dumps(to_json(value), separators=(",", ":"))


def from_text(kind: type[T], text: str) -> T:
    """Raises ``UnreadableValue``."""
    return from_json(kind, load(kind.__name__, text))


def check_columns(row: Row, *kinds: type | types.UnionType) -> None:
    """SQLite keeps any type in any column, and a damaged record can claim another one."""
    for value, kind in zip(row, kinds, strict=True):
        if not isinstance(value, kind):
            raise UnreadableValue(f"a row holds {value!r} where {kind} belongs")


def proxy_to_row(proxy: Proxy) -> Row:
    flags = (proxy.order.value, proxy.http2, proxy.stage, proxy.base_path, proxy.declared_by)
    return (proxy.name, proxy.host, proxy.port, proxy.default or "", *flags)


def proxy_from_row(row: Row, routes: tuple[Route, ...]) -> Proxy:
    check_columns(row, str, str, int, str, str, int, str, str, str)
    name, host, port, default, order, http2, stage, base_path, declared_by = row
    if order not in {member.value for member in Order}:
        raise UnreadableValue(f"{order!r} is no Order")
    return Proxy(name, host, port, default or None, Order(order), bool(http2), routes, stage, base_path, declared_by)


def balancer_to_row(balancer: Balancer) -> Row:
    return (balancer.name, balancer.host, balancer.port, balancer.tcp, balancer.http2)


def balancer_from_row(row: Row) -> Balancer:
    check_columns(row, str, str, int, int, int)
    name, host, port, tcp, http2 = row
    return Balancer(name, host, port, bool(tcp), bool(http2))


def route_from_row(row: Row) -> Placed:
    """Of ``(id, position, value)``."""
    check_columns(row, str, int, str)
    route_id, position, value = row
    route = from_text(Route, value)
    if route.id != route_id:
        raise UnreadableValue(f"route {route_id!r} calls itself {route.id!r}")
    return position, route


def group_from_row(row: Row) -> TargetGroup:
    """Of ``(name, revision, value)``."""
    check_columns(row, str, int, str)
    name, revision, value = row
    group = from_text(TargetGroup, value)
    if (group.name, group.revision) != (name, revision):
        raise UnreadableValue(f"target group {name!r} revision {revision} calls itself {group.name!r} {group.revision}")
    return group


def task_to_row(task: ObservedTask) -> Row:
    identity = None if task.identity is None else to_text(task.identity)
    state, ports = task.state.value, to_text(task.ports)
    return (task.id, task.group, task.revision, task.port, state, identity, task.exit_status, ports)


def task_from_row(row: Row) -> ObservedTask:
    check_columns(row, str, str, int, int, str, str | None, int | None, str)
    task_id, group, revision, port, state, identity, exit_status, ports = row
    if state not in {member.value for member in TaskState}:
        raise UnreadableValue(f"{state!r} is no TaskState")
    return ObservedTask(
        task_id,
        group,
        revision,
        port,
        TaskState(state),
        None if identity is None else cast(Identity, _IDENTITY(load("identity", identity))),
        exit_status,
        cast(Ports, _PORTS(load("ports", ports))),
    )


def load(what: str, text: str) -> object:
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise UnreadableValue(f"{what} is not JSON: {error}") from error
