"""The desired state in memory, always what the store holds: every change is committed there first.

Each change hands back what takes it back. Undone newest first, changes restore exactly what was before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from stranglerfig.control.ports import Store
from stranglerfig.core.compile import CompiledProxy, compile_group, compile_proxy
from stranglerfig.core.desired import Desired, Proxy, Route, TargetGroup
from stranglerfig.core.topology import Group, Server, Topology
from stranglerfig.errors import NotFound

T = TypeVar("T")
Undo = Callable[[], None]
TaskServers = Callable[[str], tuple[Server, ...]]


@dataclass(slots=True)
class _CompiledGroup:
    source: TargetGroup
    servers: tuple[Server, ...]
    group: Group


@dataclass(slots=True)
class Books:
    store: Store
    desired: Desired = field(default_factory=Desired)
    _proxies: dict[str, CompiledProxy] = field(default_factory=dict)
    _groups: dict[str, _CompiledGroup] = field(default_factory=dict)

    def read(self) -> None:
        self.desired = self.store.desired()

    def proxy(self, name: str) -> Proxy:
        proxy = self.desired.proxies.get(name)
        if proxy is None:
            raise NotFound(f"no proxy {name!r}", hint="`fig proxy ls` lists the proxies.")
        return proxy

    def group(self, name: str) -> TargetGroup:
        group = self.desired.groups.get(name)
        if group is None:
            raise NotFound(f"no target {name!r}", hint="`fig target ls` lists the targets.")
        return group

    def save_proxy(self, proxy: Proxy, reason: str) -> Undo:
        before = self.desired.proxies.get(proxy.name)
        self.store.save_proxy(proxy, reason)
        self.desired = replace(self.desired, proxies={**self.desired.proxies, proxy.name: proxy})
        return lambda: self._restore_proxy(proxy.name, before, f"taken back: {reason}")

    def delete_proxy(self, name: str, reason: str) -> Undo:
        before = self.proxy(name)
        self.store.delete_proxy(name, reason)
        self.desired = replace(self.desired, proxies=_without(self.desired.proxies, name))
        return lambda: self._restore_proxy(name, before, f"taken back: {reason}")

    def save_route(self, proxy: str, route: Route, reason: str) -> Undo:
        """Replace in its place, or add as the last."""
        before = self.proxy(proxy)
        self.store.save_route(proxy, route, reason)
        places = [place for place, known in enumerate(before.routes) if known.id == route.id]
        at = places[0] if places else len(before.routes)
        self._set_routes(before, (*before.routes[:at], route, *before.routes[at + 1 :]))
        return lambda: self._restore_proxy(proxy, before, f"taken back: {reason}")

    def delete_route(self, proxy: str, route_id: str, reason: str) -> Undo:
        before = self.proxy(proxy)
        self.store.delete_route(proxy, route_id, reason)
        self._set_routes(before, tuple(route for route in before.routes if route.id != route_id))
        return lambda: self._restore_proxy(proxy, before, f"taken back: {reason}")

    def save_group(self, group: TargetGroup, reason: str) -> Undo:
        before = self.desired.groups.get(group.name)
        self.store.save_group(group, reason)
        self.desired = replace(self.desired, groups={**self.desired.groups, group.name: group})
        return lambda: self._restore_group(group.name, before, f"taken back: {reason}")

    def delete_group(self, name: str, reason: str) -> Undo:
        before = self.group(name)
        self.store.delete_group(name, reason)
        self.desired = replace(self.desired, groups=_without(self.desired.groups, name))
        return lambda: self._restore_group(name, before, f"taken back: {reason}")

    def set_running(self, *, running: bool, reason: str) -> None:
        self.store.set_running(running=running, reason=reason)
        self.desired = replace(self.desired, running=running)

    def purge(self) -> None:
        """The store is as new, which is to run; this control plane is down, and stays so to its end."""
        self.store.purge()
        self.desired = Desired(running=False)

    def users_of(self, group: str) -> tuple[str, ...]:
        """Who sends requests to it, or would: ``PROXY`` for a default, ``PROXY/ROUTE`` for a route."""
        users: list[str] = []
        for proxy in self.desired.proxies.values():
            if proxy.default == group:
                users.append(proxy.name)
            users += [f"{proxy.name}/{r.id}" for r in proxy.routes if group in (r.candidate.group, r.legacy.group)]
        return tuple(users)

    def all_users(self) -> dict[str, list[str]]:
        """``users_of`` of every target group, in one pass."""
        users: dict[str, list[str]] = {name: [] for name in self.desired.groups}
        for proxy in self.desired.proxies.values():
            users.setdefault(proxy.default, []).append(proxy.name)
            for route in proxy.routes:
                for group in dict.fromkeys((route.candidate.group, route.legacy.group)):
                    users.setdefault(group, []).append(f"{proxy.name}/{route.id}")
        return users

    def compiled(self, proxy: Proxy) -> CompiledProxy:
        """Compiled once as long as the proxy stays the same; only changed routes are compiled anew."""
        compiled = compile_proxy(proxy, self._proxies.get(proxy.name))
        self._proxies[proxy.name] = compiled
        return compiled

    def topology(self, task_servers: TaskServers) -> Topology:
        """What HAProxy is to hold now."""
        desired = self.desired
        for gone in self._proxies.keys() - desired.proxies.keys():
            del self._proxies[gone]
        for gone in self._groups.keys() - desired.groups.keys():
            del self._groups[gone]
        return Topology(
            listeners=tuple(self.compiled(proxy).listener for proxy in desired.proxies.values()),
            groups=tuple(self._compile_group(group, task_servers(group.name)) for group in desired.groups.values()),
        )

    def _compile_group(self, group: TargetGroup, servers: tuple[Server, ...]) -> Group:
        kept = self._groups.get(group.name)
        if kept is None or kept.source is not group or kept.servers != servers:
            kept = _CompiledGroup(group, servers, compile_group(group, servers))
            self._groups[group.name] = kept
        return kept.group

    def _set_routes(self, proxy: Proxy, routes: tuple[Route, ...]) -> None:
        changed = replace(proxy, routes=routes)
        self.desired = replace(self.desired, proxies={**self.desired.proxies, proxy.name: changed})

    def _restore_proxy(self, name: str, before: Proxy | None, reason: str) -> None:
        if before is not None:
            self.save_proxy(before, reason)
        elif name in self.desired.proxies:
            self.delete_proxy(name, reason)

    def _restore_group(self, name: str, before: TargetGroup | None, reason: str) -> None:
        if before is not None:
            self.save_group(before, reason)
        elif name in self.desired.groups:
            self.delete_group(name, reason)


def _without(items: dict[str, T], name: str) -> dict[str, T]:
    return {key: item for key, item in items.items() if key != name}
