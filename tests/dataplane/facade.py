"""One listener over a real HAProxy, whose rules and target groups a test states and restates."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stranglerfig.core.observed import GroupCounters
from stranglerfig.core.routing.rules import Conditions, Forward, Order, PathPrefix, Rule, Sticky, WeightedGroup
from stranglerfig.core.topology import Group, Listener, Server, Topology
from stranglerfig.dataplane.keeper_client import MASTER_SOCKET, Keeper
from stranglerfig.dataplane.locate import HaproxyBinary
from stranglerfig.dataplane.machine import read_machine
from stranglerfig.dataplane.master_socket import MasterSocket
from stranglerfig.dataplane.replies import Processes
from stranglerfig.dataplane.router import HaproxyRouter
from stranglerfig.errors import Unavailable
from tests.core.routing_builders import to
from tests.dataplane.haproxy_rig import Client, Upstream, haproxy_binaries

PATIENCE_S = 60.0
#: for requests that a test has left behind
FAREWELL_S = 0.3
NOT_STICKY = Sticky()


@dataclass
class Facade:
    router: HaproxyRouter
    binary: HaproxyBinary
    run_dir: Path
    port: int
    order: Order = Order.SPECIFIC
    http2: bool = False
    bodies: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    groups: dict[str, Group] = field(default_factory=dict)
    #: further control planes over the same run folder
    successors: list[HaproxyRouter] = field(default_factory=list)

    def topology(self) -> Topology:
        listener = Listener("front", "127.0.0.1", self.port, self.rules, self.order, self.http2, bodies=self.bodies)
        return Topology((listener,), tuple(self.groups.values()))

    async def hold(self, *rules: Rule, groups: tuple[Group, ...] = ()) -> None:
        """These rules from now on, and these target groups besides the ones there are."""
        self.rules = rules
        self.groups.update((group.name, group) for group in groups)
        await self.router.apply(self.topology())

    async def processes(self) -> Processes:
        return await MasterSocket(self.run_dir / MASTER_SOCKET).processes()

    async def reloads(self) -> int:
        return (await self.processes()).reloads

    async def reload(self) -> None:
        """By a new target group that nobody uses."""
        name = f"spare{await self.reloads()}"
        await self.hold(*self.rules, groups=(Group(name),))

    async def crash(self) -> None:
        """Kill master and worker outright, and wait until the keeper has HAProxy back."""
        before = await self.processes()
        os.kill(before.master, signal.SIGKILL)
        # A worker sees only after a while that its master is gone, and answers until then.
        for worker in before.workers:
            with suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)
        await until(self._is_back_after(before.master))

    def _is_back_after(self, master: int) -> Callable[[], Awaitable[bool]]:
        async def is_back() -> bool:
            try:
                now = await self.processes()
            except Unavailable:
                return False
            return now.master != master and now.current is not None

        return is_back

    async def counters(self, group: str) -> GroupCounters:
        return next(one.counters for one in (await self.router.observe()).groups if one.name == group)

    def succeed(self) -> HaproxyRouter:
        """A new control plane over the same run folder; of the former one only open files end, as in a crash."""
        self.router.close()
        self.successors.append(HaproxyRouter(self.run_dir, self.binary, read_machine(self.binary, {})))
        return self.successors[-1]

    def client(self) -> Client:
        return Client(self.port)


@asynccontextmanager
async def a_facade(
    binary: HaproxyBinary | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    name_servers: tuple[str, ...] = (),
    order: Order = Order.SPECIFIC,
    http2: bool = False,
) -> AsyncIterator[Facade]:
    """``binary`` None: the HAProxy that fig would take."""
    used = binary or haproxy_binaries()[0]
    run_dir = Path(tempfile.mkdtemp(prefix="fig-", dir="/tmp"))
    machine = read_machine(used, {**os.environ, **(environ or {})}, name_servers)
    router = HaproxyRouter(run_dir, used, machine)
    try:
        await router.start()
        facade = Facade(router, used, run_dir, await router.claim("127.0.0.1", 0), order, http2)
        try:
            yield facade
        finally:
            for successor in facade.successors:
                successor.close()
            router.close()
            # Not by the router, which leaves ten seconds to requests that nobody waits for any more.
            await Keeper(run_dir).stop(FAREWELL_S)
    finally:
        shutil.rmtree(run_dir)


@asynccontextmanager
async def upstreams(*names: str) -> AsyncIterator[list[Upstream]]:
    started = [await Upstream(name).start() for name in names]
    try:
        yield started
    finally:
        for upstream in started:
            upstream.stop()


def a_group(name: str, *ports: int, **others: Any) -> Group:
    """Servers are called by their ports: a server is one address for all its life."""
    servers = tuple(Server(f"s{port}", "127.0.0.1", port) for port in ports)
    return Group(name, servers, **others)


def group_of(upstream: Upstream, **others: Any) -> Group:
    return a_group(upstream.name, upstream.port, **others)


def everything_to(group: str) -> Rule:
    return Rule("default", Conditions(paths=(PathPrefix("/"),)), to(group))


def split_rule(weight: int, candidate: str, legacy: str, sticky: Sticky = NOT_STICKY, path: str = "/") -> Rule:
    """``weight`` hundredths of a percent to the candidate."""
    sides = (WeightedGroup(candidate, weight), WeightedGroup(legacy, 10_000 - weight))
    return Rule("moved", Conditions(paths=(PathPrefix(path),)), Forward(sides, sticky))


async def until(holds: Callable[[], Awaitable[object]]) -> None:
    """Wait for a condition; fail when it does not come true in time."""
    deadline = time.monotonic() + PATIENCE_S
    while not await holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(0.02)
