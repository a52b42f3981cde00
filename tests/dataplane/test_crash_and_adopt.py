"""What a crash of HAProxy, or a new control plane over a running one, finds: the newest rules, and nothing reloaded."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from stranglerfig.core.routing.rules import (
    FixedResponse,
    Forward,
    Redirect,
    Rule,
    Sticky,
    StickyBy,
    UrlRewrite,
    WeightedGroup,
)
from stranglerfig.core.topology import Listener, Topology
from stranglerfig.dataplane.config_file import PENDING
from stranglerfig.dataplane.frontend import map_path
from stranglerfig.dataplane.keeper_client import MASTER_SOCKET, Keeper
from stranglerfig.dataplane.locate import HaproxyBinary
from stranglerfig.dataplane.maps import TABLES, parse_map
from stranglerfig.dataplane.master_socket import MasterSocket
from stranglerfig.errors import Conflict
from tests.core.routing_builders import a_rule, asks, to
from tests.dataplane.facade import Facade, a_facade, everything_to, group_of, split_rule, until, upstreams
from tests.dataplane.haproxy_rig import Upstream, haproxy_binaries

BY_USER = Sticky(StickyBy.HEADER, "X-User")


@pytest.fixture(params=haproxy_binaries(), ids=lambda binary: binary.version_text)
async def facade(request: pytest.FixtureRequest) -> AsyncIterator[Facade]:
    binary: HaproxyBinary = request.param
    async with a_facade(binary) as facade:
        yield facade


@pytest.fixture
async def pair() -> AsyncIterator[list[Upstream]]:
    async with upstreams("old", "new") as pair:
        yield pair


async def asked(facade: Facade, target: str = "/", **headers: str) -> str:
    """The upstream's name, over a connection of its own."""
    client = facade.client()
    answer = await client.ask(target, headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()))
    client.close()
    return answer.upstream if answer.status == 200 else str(answer.status)


def successor(facade: Facade) -> Facade:
    return replace(facade, router=facade.succeed(), groups=dict(facade.groups))


MANY_RULES = (
    a_rule("a", "/a/…", action=to("new")),
    a_rule("b", "/b", action=to(WeightedGroup("new", strip=1))),
    a_rule("c", "/users/{id}", action=to("new")),
    a_rule("d", conditions=asks("/d/…", methods="POST PUT"), action=to("new")),
    a_rule("e", conditions=asks("/e/…", host="*.shop.test"), action=to("new")),
    a_rule("f", "/f", action=Redirect(301, path="/g")),
    a_rule("g", "/g", action=FixedResponse(418, "text/plain", "teapot\n")),
    a_rule("h", "/h/…", action=Forward((WeightedGroup("new"),), url_rewrite=UrlRewrite("^/h(.*)$", "/$1"))),
    split_rule(2_500, "new", "old", BY_USER, path="/s"),
)


async def held_tables(facade: Facade) -> dict[str, dict[str, str]]:
    master = MasterSocket(facade.run_dir / MASTER_SOCKET)
    pid = (await master.processes()).current
    assert pid is not None
    found = {}
    for table in TABLES:
        text = await master.worker(pid, f"show map {map_path('front', table)}")
        found[table] = parse_map("\n".join(line.partition(" ")[2] for line in text.splitlines()))
    return found


def written_tables(facade: Facade) -> dict[str, dict[str, str]]:
    return {table: parse_map((facade.run_dir / map_path("front", table)).read_text()) for table in TABLES}


async def test_the_maps_on_disk_are_those_that_haproxy_holds_after_every_change(
    facade: Facade, pair: list[Upstream]
) -> None:
    await facade.hold(everything_to("old"), groups=tuple(map(group_of, pair)))
    for count in (*range(len(MANY_RULES) + 1), 3, 1, 7):
        await facade.hold(*MANY_RULES[:count], everything_to("old"))
        assert await held_tables(facade) == written_tables(facade)
    await facade.hold(split_rule(7_500, "new", "old", BY_USER, path="/s"), everything_to("old"))
    assert await held_tables(facade) == written_tables(facade)


async def test_a_haproxy_killed_right_after_a_change_comes_back_with_it(facade: Facade, pair: list[Upstream]) -> None:
    await facade.hold(everything_to("old"), groups=tuple(map(group_of, pair)))
    for name in ("new", "old", "new"):
        await facade.hold(everything_to(name))
        await facade.crash()
        assert await asked(facade) == name
    await facade.hold(everything_to("old"))
    assert await asked(facade) == "old"


async def test_servers_added_at_run_time_are_there_after_a_crash(facade: Facade, pair: list[Upstream]) -> None:
    old, new = pair
    await facade.hold(everything_to("old"), groups=(group_of(old),))
    moved = replace(group_of(new), name="old")
    await facade.hold(everything_to("old"), groups=(moved,))
    await facade.crash()
    assert await asked(facade) == "new"


async def test_a_change_that_was_cancelled_half_way_is_made_in_full_by_the_next(
    facade: Facade, pair: list[Upstream]
) -> None:
    await facade.hold(everything_to("old"), groups=tuple(map(group_of, pair)))
    for turns in range(1, 8):
        change = asyncio.create_task(facade.hold(everything_to("new")))
        for _ in range(turns):
            await asyncio.sleep(0)
        change.cancel()
        await asyncio.wait({change})
        await facade.hold(everything_to("new"))
        assert await asked(facade) == "new"
        await facade.hold(everything_to("old"))


async def test_servers_are_in_the_configuration_before_haproxy_is_told_of_them(
    facade: Facade, pair: list[Upstream]
) -> None:
    old, new = pair
    await facade.hold(everything_to("old"), groups=(group_of(old),))
    os.kill((await facade.processes()).master, signal.SIGSTOP)
    change = asyncio.create_task(facade.hold(everything_to("old"), groups=(replace(group_of(new), name="old"),)))
    await until(lambda: _holds(facade.run_dir / "haproxy.cfg", f":{new.port}"))
    # it dies before it hears of the change
    os.kill((await Keeper(facade.run_dir).status()).haproxy or 0, signal.SIGKILL)
    await asyncio.wait({change})
    await until(lambda: _answers(facade, "new"))


async def _holds(path: Path, text: str) -> bool:
    return text in path.read_text()


async def _answers(facade: Facade, name: str) -> bool:
    try:
        return await asked(facade) == name
    except OSError:
        return False


async def test_a_sticky_weight_still_changes_after_a_crash(facade: Facade, pair: list[Upstream]) -> None:
    await facade.hold(split_rule(0, "new", "old", BY_USER), groups=tuple(map(group_of, pair)))
    await facade.crash()
    await facade.hold(split_rule(10_000, "new", "old", BY_USER))
    assert await asked(facade, X_User="me") == "new"
    await facade.hold(split_rule(5_000, "new", "old", BY_USER))
    assert {await asked(facade, X_User=f"u{number}") for number in range(40)} == {"old", "new"}


async def test_a_new_control_plane_takes_the_same_topology_without_a_reload(
    facade: Facade, pair: list[Upstream]
) -> None:
    rules = (*MANY_RULES, everything_to("old"))
    await facade.hold(*rules, groups=tuple(map(group_of, pair)))
    before = await facade.processes()
    heir = successor(facade)
    await heir.router.start()
    await heir.hold(*rules)
    after = await heir.processes()
    assert (after.master, after.reloads, after.current) == (before.master, before.reloads, before.current)
    assert [await asked(heir, path) for path in ("/a/1", "/users/3", "/g", "/x")] == ["new", "new", "418", "old"]


async def test_a_new_control_plane_changes_what_the_former_one_left(facade: Facade, pair: list[Upstream]) -> None:
    await facade.hold(split_rule(0, "new", "old", BY_USER), groups=tuple(map(group_of, pair)))
    reloads = await facade.reloads()
    heir = successor(facade)
    await heir.router.start()
    # the same structure, other rules: first with what it was compared with, then with what was held already
    await heir.hold(split_rule(10_000, "new", "old", BY_USER))
    assert await asked(heir, X_User="me") == "new"
    await heir.hold(split_rule(0, "new", "old", BY_USER))
    assert await asked(heir, X_User="me") == "old"
    assert await heir.reloads() == reloads
    async with upstreams("third") as (third,):
        del heir.groups["old"]
        await heir.hold(everything_to("third"), groups=(group_of(third),))
        assert await asked(heir) == "third"
    assert await held_tables(heir) == written_tables(heir)


async def test_a_control_plane_that_ended_before_haproxy_took_its_configuration_up_is_made_good(
    facade: Facade, pair: list[Upstream]
) -> None:
    old, new = pair
    await facade.hold(everything_to("old"), groups=(group_of(old),))
    earlier = (facade.run_dir / "haproxy.cfg").read_text()
    await facade.hold(everything_to("new"), groups=(group_of(new),))
    later = (facade.run_dir / "haproxy.cfg").read_text()
    # HAProxy runs with the earlier one, on disk is the later one
    (facade.run_dir / "haproxy.cfg").write_text(earlier)
    assert (await MasterSocket(facade.run_dir / MASTER_SOCKET).reload()).ok
    (facade.run_dir / "haproxy.cfg").write_text(later)
    (facade.run_dir / PENDING).touch()
    heir = successor(facade)
    await heir.router.start()
    await heir.hold(everything_to("new"))
    assert await asked(heir) == "new"
    assert not (facade.run_dir / PENDING).exists()


async def test_listeners_come_and_go_and_a_taken_port_is_a_conflict(facade: Facade, pair: list[Upstream]) -> None:
    await facade.hold(everything_to("old"), groups=tuple(map(group_of, pair)))
    second = replace(facade, port=await facade.router.claim("127.0.0.1", 0))
    first, other = facade.topology(), second.topology()
    named = replace(other.listeners[0], name="back", rules=(everything_to("new"),))
    await facade.router.apply(Topology((*first.listeners, named), first.groups))
    assert (await asked(facade), await asked(second)) == ("old", "new")
    await facade.router.apply(first)
    with pytest.raises(ConnectionRefusedError):
        await asked(second)
    assert await asked(facade) == "old"
    with pytest.raises(Conflict, match="is taken"):
        await facade.router.claim("127.0.0.1", pair[0].port)


async def test_a_listener_that_is_gone_leaves_no_file_behind(facade: Facade, pair: list[Upstream]) -> None:
    await facade.hold(everything_to("old"), groups=tuple(map(group_of, pair)))
    second = replace(facade, port=await facade.router.claim("127.0.0.1", 0))
    first, other = facade.topology(), second.topology()
    named = replace(other.listeners[0], name="shop.test")
    both = Topology((*first.listeners, named), first.groups)
    before = files_of(facade)
    await facade.router.apply(both)
    await asked(second)
    assert len(files_of(facade)) > len(before)
    await facade.router.apply(first)
    assert files_of(facade) == before
    await facade.router.apply(both)
    assert (await asked(facade), await asked(second)) == ("old", "old")
    # A control plane that ended before it could clear them away.
    heir = successor(facade)
    await heir.router.start()
    await heir.router.apply(first)
    assert files_of(facade) == before
    await facade.crash()
    assert await asked(facade) == "old"


def files_of(facade: Facade) -> set[str]:
    """Of listeners, in HAProxy's folder."""
    return {path.name for pattern in ("maps/*", "next.*") for path in facade.run_dir.glob(pattern)}


async def test_an_address_in_an_unusual_spelling_stays_open_under_a_new_control_plane(
    facade: Facade, pair: list[Upstream]
) -> None:
    host = "0:0:0:0:0:0:0:1"
    listener = Listener("six", host, await facade.router.claim(host, 0), (everything_to("old"),))
    topology = Topology((listener,), tuple(map(group_of, pair)))
    await facade.router.apply(topology)
    heir = successor(facade)
    await heir.router.start()
    await heir.router.apply(topology)
    open_slots = (await Keeper(facade.run_dir).status()).open_slots
    assert ("::1", listener.port) in {(slot.host, slot.port) for slot in open_slots}


async def test_an_unused_rule_table_answers_that_no_rule_matches(facade: Facade) -> None:
    rules: tuple[Rule, ...] = ()
    await facade.hold(*rules)

    async def answers() -> bool:
        return await asked(facade) == "403"

    await until(answers)
