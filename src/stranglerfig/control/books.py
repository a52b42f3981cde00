"""The desired state in memory, always what the store holds: every change is committed there first.

Each change hands back what takes it back. Undone newest first, changes restore exactly what was before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

from stranglerfig.control.blueprint import Blueprint, Rotating, in_force
from stranglerfig.control.ports import Store
from stranglerfig.core.claims import refuse_conflicts, refuse_taken
from stranglerfig.core.compile import CompiledProxy
from stranglerfig.core.desired import Balancer, Desired, Proxy, Route, TargetGroup
from stranglerfig.core.topology import Listener, Topology
from stranglerfig.errors import NotFound

T = TypeVar("T")
Undo = Callable[[], None]


@dataclass(slots=True)
class Books:
    store: Store
    desired: Desired = field(default_factory=Desired)
    _blueprint: Blueprint = field(init=False)

    def __post_init__(self) -> None:
        self._blueprint = Blueprint(self.store.group_revision)

    def read(self) -> None:
        self.desired = self.store.desired()

    @contextmanager
    def together(self) -> Iterator[None]:
        """As the store's: should its transaction fail, at its very end too, memory is as before, as the file is."""
        before = self.desired
        try:
            with self.store.together():
                yield
        except BaseException:
            self.desired = before
            raise

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
        self._set_group(group)
        return lambda: self._restore_group(group.name, before, f"taken back: {reason}")

    def delete_group(self, name: str, reason: str) -> Undo:
        before, serving = self.group(name), self.desired.serving.get(name)
        self.store.delete_group(name, reason)
        desired = self.desired
        self.desired = replace(desired, groups=_without(desired.groups, name), serving=_without(desired.serving, name))

        def undo() -> None:
            for revision in (serving, before):
                self._restore_group(name, revision, f"taken back: {reason}")
            if serving is not None:
                self.put_in_force(serving, f"taken back: {reason}")

        return undo

    def in_force(self, name: str) -> TargetGroup | None:
        """The revision whose health check and ingress hold: the last complete one. None before there was one."""
        return in_force(self.desired, name)

    def put_in_force(self, group: TargetGroup, reason: str) -> Undo:
        """Its tasks are complete."""
        before = self.desired.serving.get(group.name)
        self._set_serving(group.name, group, reason)
        return lambda: self._set_serving(group.name, before, f"taken back: {reason}")

    def balancer(self, name: str) -> Balancer:
        balancer = self.desired.balancers.get(name)
        if balancer is None:
            raise NotFound(f"no balancer {name!r}", hint="`fig env ls` lists the environments, each with its own.")
        return balancer

    def save_balancer(self, balancer: Balancer, reason: str) -> Undo:
        """Raises ``Conflict`` when another one has the address: whoever claims it is not told, for it is fig's own."""
        refuse_taken(self.desired, balancer.name, balancer.host, balancer.port)
        before = self.desired.balancers.get(balancer.name)
        self.store.save_balancer(balancer, reason)
        self.desired = replace(self.desired, balancers={**self.desired.balancers, balancer.name: balancer})
        return lambda: self._restore_balancer(balancer.name, before, f"taken back: {reason}")

    def delete_balancer(self, name: str, reason: str) -> Undo:
        before = self.balancer(name)
        self.store.delete_balancer(name, reason)
        self.desired = replace(self.desired, balancers=_without(self.desired.balancers, name))
        return lambda: self._restore_balancer(name, before, f"taken back: {reason}")

    def save_deployment(self, group: TargetGroup, balancers: tuple[Balancer, ...], reason: str) -> Undo:
        """All in one transaction. Raises ``Conflict`` when another service takes the same requests."""
        with self.together():
            undos = [self.save_balancer(balancer, reason) for balancer in balancers]
            refuse_conflicts(self.desired, group)
            undos.append(self.save_group(group, reason))

        def undo() -> None:
            for step in reversed(undos):
                step()

        return undo

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
            if proxy.default is not None:
                users.setdefault(proxy.default, []).append(proxy.name)
            for route in proxy.routes:
                for group in dict.fromkeys((route.candidate.group, route.legacy.group)):
                    users.setdefault(group, []).append(f"{proxy.name}/{route.id}")
        return users

    def compiled(self, proxy: Proxy) -> CompiledProxy:
        return self._blueprint.proxy(proxy)

    def listener(self, name: str) -> Listener:
        """What the proxy or balancer of that name holds."""
        balancer = self.desired.balancers.get(name)
        return self.compiled(self.proxy(name)).listener if balancer is None else self._listener_of(balancer)

    def topology(self, rotating: Rotating) -> Topology:
        """What HAProxy is to hold now."""
        return self._blueprint.topology(self.desired, rotating)

    def _listener_of(self, balancer: Balancer) -> Listener:
        return self._blueprint.balancer(self.desired, balancer)

    def _set_group(self, group: TargetGroup) -> None:
        """A revision may change its size, the serving one too."""
        desired, serving = self.desired, self.desired.serving
        if group.name in serving and serving[group.name].revision == group.revision:
            serving = {**serving, group.name: group}
        self.desired = replace(desired, groups={**desired.groups, group.name: group}, serving=serving)

    def _set_serving(self, name: str, group: TargetGroup | None, reason: str) -> None:
        self.store.save_serving(name, None if group is None else group.revision, reason)
        others = _without(self.desired.serving, name)
        self.desired = replace(self.desired, serving=others if group is None else {**others, name: group})

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

    def _restore_balancer(self, name: str, before: Balancer | None, reason: str) -> None:
        if before is not None:
            self.save_balancer(before, reason)
        elif name in self.desired.balancers:
            self.delete_balancer(name, reason)


def _without(items: dict[str, T], name: str) -> dict[str, T]:
    return {key: item for key, item in items.items() if key != name}
