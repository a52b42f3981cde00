"""Servers come and go at run time: which commands that takes (pure).

A new server gets traffic at once: the caller has seen it healthy. One that leaves is drained first; ``drain`` before
``maint`` also makes HAProxy give up its idle connections, without which ``del server`` is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from stranglerfig.core.topology import Group, Server
from stranglerfig.dataplane.actions import backend_of_group
from stranglerfig.dataplane.backend import is_name, server_arguments


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to the servers of one group. A draining one is waited for, a removed one is not."""

    group: Group
    added: tuple[Server, ...]
    drained: tuple[Server, ...]
    removed: tuple[Server, ...]


def is_dynamic(group: Group) -> bool:
    """Whether servers can come and go without a reload: addresses only, and no twins for when every check fails.

    Nor with stickiness: 2.6 gives no cookie to a server that was added while it ran, and both 2.6 and 2.8 send a client
    who has the cookie of a draining server there all the same.
    """
    return group.retry_empty and not group.sticky and not any(is_name(server.host) for server in group.servers)


def in_rotation(group: Group) -> Group:
    """As the configuration has it: without what is leaving. Sticky groups keep it, out of order for new requests."""
    if group.sticky or not any(server.draining for server in group.servers):
        return group
    return replace(group, servers=tuple(server for server in group.servers if not server.draining))


def without_servers(group: Group) -> Group:
    """What needs a reload when it changes."""
    return replace(group, servers=()) if is_dynamic(group) else in_rotation(group)


def has_moved(old: Group, new: Group) -> bool:
    """Whether a server has another address than before. URLs are numbered, so a new one may have a former one's id."""
    if old.servers == new.servers:
        return False
    held = {server.id: (server.host, server.port) for server in old.servers}
    return any(held.get(server.id, (server.host, server.port)) != (server.host, server.port) for server in new.servers)


def changes(held: Iterable[Group], wanted: Iterable[Group]) -> list[Change]:
    """Between groups of one name and structure; ``held`` has no draining servers."""
    before = {group.name: group for group in held}
    found = []
    for group in wanted:
        old = before.get(group.name)
        if old is None or not is_dynamic(group):
            continue
        change = _change(old, group)
        if change.added or change.drained or change.removed:
            found.append(change)
    return found


def _change(old: Group, new: Group) -> Change:
    held = {server.id: server for server in old.servers}
    wanted = {server.id: server for server in new.servers}
    return Change(
        new,
        added=tuple(server for server in new.servers if server.id not in held and not server.draining),
        drained=tuple(server for server in new.servers if server.draining and server.id in held),
        removed=tuple(server for server in old.servers if server.id not in wanted),
    )


def add_commands(change: Change, authorities: str) -> list[str]:
    commands = []
    for server in change.added:
        name = server_name(change.group, server)
        commands += [
            f"add server {name} {server_arguments(change.group, server, authorities)}",
            f"enable health {name}",
            f"enable server {name}",
        ]
    return commands


def drain_commands(change: Change) -> list[str]:
    return [
        f"set server {server_name(change.group, server)} state drain" for server in (*change.drained, *change.removed)
    ]


def delete_commands(group: Group, server: Server) -> list[str]:
    name = server_name(group, server)
    return [f"set server {name} state maint", f"del server {name}"]


def server_name(group: Group, server: Server) -> str:
    return f"{backend_of_group(group.name)}/{server.id}"
