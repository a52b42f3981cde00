"""Rules and servers change while clients ask: at once, for every connection, and with no reload."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from stranglerfig.core.observed import ServerHealth
from stranglerfig.core.routing.rules import Conditions, Forward, PathPrefix, Rule, Sticky, StickyBy, WeightedGroup
from stranglerfig.core.topology import Group
from stranglerfig.dataplane.locate import HaproxyBinary
from tests.core.routing_builders import a_rule, to
from tests.dataplane.facade import Facade, a_facade, a_group, everything_to, group_of, split_rule, until, upstreams
from tests.dataplane.haproxy_rig import Client, Upstream, haproxy_binaries


@pytest.fixture(params=haproxy_binaries(), ids=lambda binary: binary.version_text)
async def facade(request: pytest.FixtureRequest) -> AsyncIterator[Facade]:
    binary: HaproxyBinary = request.param
    async with a_facade(binary) as facade:
        yield facade


@dataclass
class Load:
    """Clients that ask all the while. ``wanted`` is who must answer a request sent from now on."""

    facade: Facade
    wanted: str | None
    asked: int = 0
    wrong: list[str] = field(default_factory=list)
    _stopped: bool = False

    async def _client(self, *, keep_alive: bool) -> None:
        client = self.facade.client()
        while not self._stopped:
            wanted = self.wanted
            answer = await client.ask("/api/x")
            self.asked += 1
            if answer.status != 200 or (wanted is not None and wanted == self.wanted and answer.upstream != wanted):
                self.wrong.append(f"{answer.status} {answer.body.decode()[:60]}, wanted {wanted}")
            if not keep_alive:
                client.close()
        client.close()

    async def more(self, count: int = 30) -> None:
        goal = self.asked + count
        await until(lambda: self._reached(goal))

    async def _reached(self, goal: int) -> bool:
        return self.asked >= goal

    @asynccontextmanager
    async def running(self, keep_alive: int = 6, fresh: int = 2) -> AsyncIterator[Load]:
        async with asyncio.TaskGroup() as clients:
            for number in range(keep_alive + fresh):
                clients.create_task(self._client(keep_alive=number < keep_alive))
            try:
                yield self
            finally:
                self._stopped = True


async def test_no_request_after_a_switch_gets_the_answer_from_before(facade: Facade) -> None:
    async with upstreams("old", "new") as ups:
        await facade.hold(everything_to("old"), groups=tuple(map(group_of, ups)))
        reloads = await facade.reloads()
        async with Load(facade, "old").running() as load:
            for name in ("new", "old") * 15:
                load.wanted = None
                await facade.hold(everything_to(name))
                load.wanted = name
                await load.more()
        assert (load.wrong, await facade.reloads()) == ([], reloads)


async def test_paths_methods_weights_and_states_change_without_a_reload(facade: Facade) -> None:
    async with upstreams("old", "new") as ups:
        await facade.hold(everything_to("old"), groups=tuple(map(group_of, ups)))
        reloads = await facade.reloads()
        default, client = everything_to("old"), facade.client()
        post_only = a_rule("r", action=to("new"), conditions=Conditions((PathPrefix("/api"),), methods=("POST",)))
        for rules, get, post in (
            ((a_rule("r", "/api/…", action=to("new")), default), "new", "new"),
            ((post_only, default), "old", "new"),
            ((default,), "old", "old"),
            ((split_rule(10_000, "new", "old", path="/api"), default), "new", "new"),
            ((split_rule(0, "new", "old", path="/api"), default), "old", "old"),
            ((a_rule("r", "/{any}/x", action=to("new")), default), "new", "new"),
        ):
            await facade.hold(*rules)
            answered = [(await client.ask("/api/x", method)).upstream for method in ("GET", "POST")]
            assert answered == [get, post]
        client.close()
        assert await facade.reloads() == reloads


async def test_idle_clients_of_an_old_worker_follow_every_change_that_comes_after_the_reload(facade: Facade) -> None:
    async with upstreams("old", "new", "newest") as (old, new, newest):
        await facade.hold(everything_to("old"), groups=(group_of(old), group_of(new)))
        idle = [facade.client() for _ in range(10)]
        for client in idle:
            await client.ask("/api/x")
        asked = (await facade.processes()).current
        await facade.hold(everything_to("old"), groups=(group_of(newest, base_path="/v2"),))
        assert asked in [worker.pid for worker in (await facade.processes()).workers if not worker.is_current]
        for name, client in (("new", idle[0]), ("newest", idle[1]), ("old", idle[2]), ("newest", idle[3])):
            await facade.hold(everything_to(name))
            assert (await client.ask("/api/x")).upstream == name
        answer = await idle[4].ask("/api/x", headers=(("X-Forwarded-For", "10.1.1.1"),))
        assert (answer.upstream, answer.target) == ("newest", "/v2/api/x")
        assert answer.received("x-forwarded-for") == ["10.1.1.1", "127.0.0.1"]
        assert len(answer.received("x-request-id")) == 1
        for client in idle:
            client.close()


@pytest.mark.parametrize(
    "sticky", [Sticky(StickyBy.SOURCE), Sticky(StickyBy.HEADER, "X-User")], ids=["source", "header"]
)
async def test_a_handed_over_client_stays_on_its_side(facade: Facade, sticky: Sticky) -> None:
    async with upstreams("old", "new") as (old, new):
        await facade.hold(everything_to("old"), groups=(group_of(old),))
        sources = [f"127.0.2.{number}" for number in range(1, 31)]
        idle = {source: Client(facade.port, source) for source in sources}
        for client in idle.values():
            await client.ask("/")
        # target group and, for the header, what reads it are both unknown to the old worker
        await facade.hold(split_rule(5_000, "new", "old", sticky), groups=(group_of(new),))
        sides = set()
        for source, client in idle.items():
            fresh = Client(facade.port, source)
            user = (("X-User", source),)
            through_old = (await client.ask("/", headers=user)).upstream
            assert through_old == (await fresh.ask("/", headers=user)).upstream
            sides.add(through_old)
            client.close()
            fresh.close()
        assert sides == {"old", "new"}


async def test_many_groups_that_come_together_are_one_reload(facade: Facade) -> None:
    async with upstreams("up") as (up,):
        await facade.hold(everything_to("up"), groups=(group_of(up),))
        reloads = await facade.reloads()
        await facade.hold(everything_to("g7"), groups=tuple(a_group(f"g{number}", up.port) for number in range(40)))
        assert await facade.reloads() == reloads + 1
        client = facade.client()
        assert (await client.ask("/")).status == 200
        client.close()


async def test_a_group_and_its_rule_leave_while_clients_ask(facade: Facade) -> None:
    async with upstreams("old", "new") as ups:
        await facade.hold(everything_to("old"), groups=tuple(map(group_of, ups)))
        async with Load(facade, None).running() as load:
            for _ in range(3):
                await facade.hold(everything_to("new"), groups=tuple(map(group_of, ups)))
                await load.more()
                del facade.groups["old"]
                await facade.hold(everything_to("new"))
                await load.more()
                await facade.hold(everything_to("old"), groups=tuple(map(group_of, ups)))
                await load.more()
        assert load.wrong == []


async def test_servers_are_rolled_under_load_without_reload_or_failure(facade: Facade) -> None:
    async with upstreams("up") as (first,):
        await facade.hold(everything_to("up"), groups=(group_of(first),))
        reloads = await facade.reloads()
        async with Load(facade, "up").running() as load:
            running: list[Upstream] = [first]
            for _ in range(4):
                running.append(await Upstream("up").start())
                await facade.hold(everything_to("up"), groups=(a_group("up", *(one.port for one in running)),))
                await load.more()
                leaving = running.pop(0)
                group = a_group("up", leaving.port, running[0].port)
                await facade.hold(everything_to("up"), groups=(draining(group, leaving),))
                leaving.stop()
                leaving.hang_up()
                await facade.hold(everything_to("up"), groups=(group_of(running[0]),))
                await load.more()
        running[0].stop()
        assert (load.wrong, await facade.reloads()) == ([], reloads)
        (group_seen,) = (await facade.router.observe()).groups
        assert [server.id for server in group_seen.servers] == [f"s{running[0].port}"]


def draining(group: Group, leaving: Upstream) -> Group:
    servers = (replace(one, draining=one.port == leaving.port) for one in group.servers)
    return replace(group, servers=tuple(servers))


async def test_draining_waits_for_a_slow_request_and_gives_the_server_no_other(facade: Facade) -> None:
    async with upstreams("up", "slow") as (up, slow):
        await facade.hold(everything_to("up"), groups=(a_group("up", slow.port),))
        slow.delay_s = 1.0
        client = facade.client()
        async with asyncio.TaskGroup() as tasks:
            asked = tasks.create_task(client.ask("/slow"))
            await until(lambda: _in_flight(facade, 1))
            group = a_group("up", slow.port, up.port)
            changing = tasks.create_task(facade.hold(everything_to("up"), groups=(draining(group, slow),)))
            await until(lambda: _drains(facade, slow))
            other = facade.client()
            assert {(await other.ask("/")).upstream for _ in range(10)} == {"up"}
            assert not asked.done()
            await changing
            assert asked.done(), "the change returned before the request was answered"
        assert (asked.result().upstream, slow.seen) == ("slow", 1)
        client.close()
        other.close()


async def _drains(facade: Facade, upstream: Upstream) -> bool:
    (group,) = (await facade.router.observe()).groups
    return any(one.id == f"s{upstream.port}" and one.health is ServerHealth.DRAINING for one in group.servers)


async def _in_flight(facade: Facade, count: int) -> bool:
    return (await facade.counters("up")).in_flight == count


async def test_a_removed_server_that_hangs_delays_nobody(facade: Facade) -> None:
    async with upstreams("up", "hung") as (up, hung):
        await facade.hold(everything_to("up"), groups=(a_group("up", hung.port),))
        hung.delay_s = 60
        _, writer = await asyncio.open_connection("127.0.0.1", facade.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await until(lambda: _in_flight(facade, 1))
        async with asyncio.timeout(25):
            await facade.hold(everything_to("up"), groups=(a_group("up", up.port),))
            client = facade.client()
            assert {(await client.ask("/")).upstream for _ in range(5)} == {"up"}
        client.close()
        writer.close()
        hung.hang_up()
        # HAProxy 2.6 tries on for a client that has gone, and would not end before it is done.
        await until(lambda: _in_flight(facade, 0))


async def test_a_rewrite_that_no_listener_had_takes_one_reload_and_then_none(facade: Facade) -> None:
    async with upstreams("up") as (up,):
        await facade.hold(everything_to("up"), groups=(group_of(up),))
        reloads = await facade.reloads()
        client = facade.client()
        for strip in (1, 2, 0, 3):
            action = Forward((WeightedGroup("up", strip=strip),))
            await facade.hold(Rule("strip", Conditions((PathPrefix("/"),)), action))
            assert (await client.ask("/a/b/c/d?q")).target == "/" + "/".join("abcd"[strip:]) + "?q"
        client.close()
        assert await facade.reloads() == reloads
