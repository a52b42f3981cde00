"""Totals by target group: exact, and growing on over reloads and crashes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from stranglerfig.core.observed import GroupCounters, ServerHealth
from stranglerfig.dataplane.locate import HaproxyBinary
from tests.core.routing_builders import a_rule, to
from tests.dataplane.facade import Facade, a_facade, a_group, everything_to, until
from tests.dataplane.haproxy_rig import haproxy_binaries
from tests.dataplane.upstreams import Head, an_answer, scripted

STATUSES = {"200 OK": 7, "302 Found": 3, "404 Not Found": 5, "500 Oops": 2}


@dataclass
class Gates:
    """``/wait/longer/…`` is answered once ``late`` is open, the rest of ``/wait/…`` once ``soon`` is."""

    soon: asyncio.Event = field(default_factory=asyncio.Event)
    late: asyncio.Event = field(default_factory=asyncio.Event)


@pytest.fixture
def gates() -> Gates:
    return Gates()


@pytest.fixture(params=haproxy_binaries(), ids=lambda binary: binary.version_text)
async def facade(request: pytest.FixtureRequest, gates: Gates) -> AsyncIterator[Facade]:
    """Answers with the status that the path names, after ``/pause/…`` or ``/wait/…`` not at once."""
    binary: HaproxyBinary = request.param

    async def respond(head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if head.target.startswith("/pause"):
            await asyncio.sleep(0.2)
        if "/wait" in head.target:
            await (gates.late if "longer" in head.target else gates.soon).wait()
        if head.target.startswith("/broken"):
            writer.write(an_answer(b"x" * 100, "200 OK")[:-50])
            writer.close()
            return
        if head.target.startswith("/until-the-end"):
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall")
            writer.close()
            return
        writer.write(an_answer(b"x" * 100, head.target.rpartition("/")[2].replace("_", " ")))

    async with a_facade(binary) as facade, scripted(respond) as port:
        rules = (everything_to("up"), a_rule("other", "/other/…", action=to("other")))
        await facade.hold(*rules, groups=(a_group("up", port), a_group("other", port)))
        yield facade


async def ask_each(facade: Facade) -> int:
    client = facade.client()
    for status, count in STATUSES.items():
        for _ in range(count):
            assert (await client.ask(f"/{status.replace(' ', '_')}")).status == int(status[:3])
    client.close()
    return sum(STATUSES.values())


def by_class(counters: GroupCounters, rounds: int) -> None:
    wanted = {"1xx": 0, "2xx": 7, "3xx": 3, "4xx": 5, "5xx": 2, "other": 0}
    assert dict(counters.responses) == {name: count * rounds for name, count in wanted.items()}
    assert counters.requests == rounds * sum(STATUSES.values())


async def test_counters_are_exact_by_status_class(facade: Facade) -> None:
    assert (await facade.counters("up")).requests == 0
    count = await ask_each(facade)
    counters = await facade.counters("up")
    by_class(counters, 1)
    assert counters.bytes_out >= 100 * count
    assert (counters.connect_errors, counters.retries, counters.in_flight) == (0, 0, 0)
    assert (await facade.counters("other")).requests == 0
    assert dict((await facade.router.observe()).listener_requests) == {"front": count}


async def test_answers_that_end_in_their_middle_are_counted_whatever_their_status(facade: Facade) -> None:
    for _ in range(3):
        client = facade.client()
        with pytest.raises(asyncio.IncompleteReadError):
            await client.ask("/broken")
        client.close()
    client = facade.client()
    await client.ask("/until-the-end")
    client.close()
    counters = await facade.counters("up")
    assert (counters.broken_off, dict(counters.responses)["2xx"]) == (3, 4)


async def test_counters_are_exact_over_a_reload_to_the_last_answer_of_the_old_worker(
    facade: Facade, gates: Gates
) -> None:
    await ask_each(facade)
    slow, slower = facade.client(), facade.client()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(slower.ask("/wait/longer/200_OK"))
        asked = tasks.create_task(slow.ask("/wait/201_Created"))
        await until(lambda: _in_flight(facade, 2))
        await facade.reload()
        assert (await facade.router.observe()).workers == 2
        assert (await facade.counters("up")).in_flight == 2
        await ask_each(facade)
        gates.soon.set()
        await asked
        counters = await facade.counters("up")
        assert (counters.requests, counters.in_flight) == (2 * sum(STATUSES.values()) + 1, 1)
        assert dict(counters.responses)["2xx"] == 15
        gates.late.set()
    slow.close()
    slower.close()
    # nobody looks while it gives its last answer
    await until(lambda: _one_worker(facade))
    counters = await facade.counters("up")
    assert (counters.requests, counters.in_flight) == (2 * sum(STATUSES.values()) + 2, 0)


async def _one_worker(facade: Facade) -> bool:
    await asyncio.sleep(0.3)
    return (await facade.router.observe()).workers == 1


async def test_a_new_control_plane_counts_on_from_what_the_former_one_saw(facade: Facade) -> None:
    await ask_each(facade)
    await facade.counters("up")
    successor = facade.succeed()
    await facade.crash()
    facade.router = successor
    await facade.router.start()
    await facade.hold(*facade.rules)
    await ask_each(facade)
    by_class(await facade.counters("up"), 2)


async def test_reloads_go_on_while_many_old_workers_have_clients(facade: Facade) -> None:
    """HAProxy's master has a file for each: the keeper's pool of sockets leaves it room."""
    clients = []
    for _ in range(25):
        client = facade.client()
        assert (await client.ask("/200_OK")).status == 200
        clients.append(client)
        await facade.reload()
    assert (await facade.router.observe()).workers > 25
    assert (await facade.counters("up")).requests == 25
    for client in clients:
        client.close()


async def _in_flight(facade: Facade, count: int, group: str = "up") -> bool:
    return (await facade.counters(group)).in_flight == count


async def test_what_was_seen_before_a_crash_still_counts_after_it(facade: Facade) -> None:
    await ask_each(facade)
    by_class(await facade.counters("up"), 1)
    await facade.crash()
    by_class(await facade.counters("up"), 1)
    await ask_each(facade)
    by_class(await facade.counters("up"), 2)


async def test_what_was_seen_just_before_a_stop_still_counts_after_it(facade: Facade) -> None:
    await ask_each(facade)
    by_class(await facade.counters("up"), 1)
    await ask_each(facade)
    by_class(await facade.counters("up"), 2)
    await facade.router.stop()
    facade.router = facade.succeed()
    await facade.router.start()
    await facade.hold(*facade.rules)

    by_class(await facade.counters("up"), 2)


async def answers_of(facade: Facade) -> tuple[int, dict[str, int]]:
    """What the listener has answered, and each pool, gone ones too."""
    seen = await facade.router.observe()
    pools = {pool.name: pool.counters.requests for pool in (*seen.groups, *seen.gone)}
    return dict(seen.listener_answers)["front"], pools


async def test_a_listener_counts_its_answers_when_a_pool_does(facade: Facade, gates: Gates) -> None:
    client = facade.client()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(client.ask("/wait/200_OK"))
        await until(lambda: _in_flight(facade, 1))
        assert (await answers_of(facade))[0] == 0
        assert dict((await facade.router.observe()).listener_requests) == {"front": 1}
        gates.soon.set()
    assert (await client.ask("/a%2Fb")).status == 400
    client.close()

    assert await answers_of(facade) == (2, {"up": 1, "other": 0})


async def test_a_pool_that_is_gone_is_told_of_with_its_last_answer(facade: Facade, gates: Gates) -> None:
    client = facade.client()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(client.ask("/other/wait/200_OK"))
        await until(lambda: _in_flight(facade, 1, "other"))
        del facade.groups["other"]
        await facade.hold(everything_to("up"))
        gates.soon.set()
    client.close()
    await until(lambda: _one_worker(facade))

    assert await answers_of(facade) == (1, {"up": 0, "other": 1})
    assert [group.name for group in (await facade.router.observe()).groups] == ["up"]


async def test_what_an_old_worker_hands_over_counts_once(facade: Facade) -> None:
    client = facade.client()
    assert (await client.ask("/200_OK")).status == 200
    port = facade.groups["up"].servers[0].port
    await facade.hold(*facade.rules, a_rule("new", "/new/…", action=to("new")), groups=(a_group("new", port),))
    assert (await client.ask("/new/200_OK")).status == 200
    client.close()

    assert await answers_of(facade) == (2, {"up": 1, "other": 0, "new": 1})
    assert dict((await facade.router.observe()).listener_requests) == {"front": 2}


async def test_latency_is_the_time_that_the_target_took(facade: Facade) -> None:
    client = facade.client()
    await client.ask("/pause/200_OK")
    client.close()
    counters = await facade.counters("up")
    # a mean over the last 1,024 requests, which HAProxy fills up slowly
    assert 0 < counters.response_ms <= counters.total_ms


async def test_a_target_that_is_gone_is_seen_as_down_and_its_refusals_counted(facade: Facade) -> None:
    async def up() -> bool:
        return (await _health(facade, "up")) is ServerHealth.UP

    await until(up)
    dead = next(iter(facade.groups["up"].servers)).port
    async with scripted(_never) as spare:
        pass
    assert dead != spare
    await facade.hold(everything_to("gone"), groups=(a_group("gone", spare),))
    client = facade.client()
    assert (await client.ask("/")).status == 503
    client.close()

    async def down() -> bool:
        return (await _health(facade, "gone")) is ServerHealth.DOWN

    await until(down)
    counters = await facade.counters("gone")
    assert dict(counters.responses)["5xx"] == 1


async def _never(head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    raise ConnectionError


async def _health(facade: Facade, group: str) -> ServerHealth:
    found = next(one for one in (await facade.router.observe()).groups if one.name == group)
    return found.servers[0].health
