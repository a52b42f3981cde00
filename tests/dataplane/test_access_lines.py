"""HAProxy tells of the requests that it answered, over reloads and deaths of either side, and no user waits for it."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stranglerfig.core.routing.rules import Conditions, FixedResponse, PathPrefix, Rule, WeightedGroup
from stranglerfig.core.traffic.lines import AccessLine
from stranglerfig.dataplane.config_file import write_file
from stranglerfig.dataplane.keeper_client import CONFIGURATION, MASTER_SOCKET
from stranglerfig.dataplane.lines.format import FLOOD, LINES_SOCKET, LONGEST_BODY, ONE_IN, RINGS_SINCE
from stranglerfig.dataplane.lines.receiver import receiving
from stranglerfig.dataplane.locate import HaproxyBinary
from stranglerfig.dataplane.master_socket import MasterSocket
from tests.core.routing_builders import a_rule, asks, to
from tests.dataplane.facade import (
    PATIENCE_S,
    Facade,
    a_facade,
    a_group,
    everything_to,
    group_of,
    split_rule,
    until,
    upstreams,
)
from tests.dataplane.fast_load import a_get, ask_all, letter_upstreams
from tests.dataplane.haproxy_rig import haproxy_binaries, read_answer

FEW, MANY = 60, 10_000
STRIPPED = WeightedGroup("up", 1, strip=1)


@dataclass
class Told:
    facade: Facade
    lines: list[AccessLine] = field(default_factory=list)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        async with receiving(self.facade.run_dir, self.lines.append):
            yield

    async def ask(self, *targets: str) -> None:
        client = self.facade.client()
        for target in targets:
            assert (await client.ask(target)).status < 500
        client.close()

    async def post(self, target: str, body: bytes) -> None:
        """With a pause in the body, as on a slow line."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.facade.port)
        writer.write(f"POST {target} HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body[:3])
        await writer.drain()
        await asyncio.sleep(0.2)
        writer.write(body[3:])
        assert (await read_answer(reader, "POST")).status == 200
        writer.close()

    async def send_rubbish(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.facade.port)
        writer.write(b"RUBBISH\r\n\r\n")
        assert (await read_answer(reader, "GET")).status == 400
        writer.close()

    async def wait_for(self, *targets: str) -> None:
        async def are_there() -> bool:
            return {line.target for line in self.lines} >= set(targets)

        await until(are_there)


@pytest.fixture(params=haproxy_binaries(), ids=lambda binary: binary.version_text)
async def told(request: pytest.FixtureRequest) -> AsyncIterator[Told]:
    binary: HaproxyBinary = request.param
    async with a_facade(binary) as facade, upstreams("up") as (up,):
        await facade.hold(everything_to("up"), groups=(group_of(up),))
        yield Told(facade)


def targets(name: str, count: int = FEW) -> list[str]:
    return [f"/{name}/{number}" for number in range(count)]


async def test_each_request_is_told_once_with_who_answered_it(told: Told) -> None:
    gone = Rule("gone", Conditions(paths=(PathPrefix("/gone"),)), FixedResponse(410, "text/plain", "gone"))
    rules = (
        a_rule("users", "/api/users/…", action=to(STRIPPED)),
        a_rule("posts", action=to("up"), conditions=asks("/posts/…", methods="POST")),
        split_rule(5_000, "up", "other", path="/half"),
        gone,
        everything_to("up"),
    )
    port = told.facade.groups["up"].servers[0].port
    await told.facade.hold(*rules, groups=(a_group("other", port),))
    client = told.facade.client()
    async with told.listening():
        await client.ask("/api/users/3?x=%20", headers=(("User-Agent", 'a "b" | \xe9'), ("Cookie", "sid=7")))
        await client.ask("/posts/1", "POST")
        for number in range(20):
            await client.ask(f"/half/{number}")
        await client.ask("/gone/x")
        await client.ask("/a//b")
        await client.ask("/a/%2e%2e/%2Fb")
        await told.send_rubbish()
        await client.ask("/last")
        await told.wait_for("/last")
    client.close()

    found = {line.target: line for line in told.lines}
    assert len(told.lines) == len(found) == 26
    users = found["/api/users/3?x=%20"]
    assert (users.pool, users.server, users.method, users.status) == ("up", f"s{port}", "GET", 200)
    assert (users.listener, users.host, users.client, users.stands_for) == ("front", "localhost", "127.0.0.1", 1)
    assert users.user_agent.encode(errors="surrogateescape") == b'a "b" | \xe9'
    assert users.session
    assert users.copy is not None
    assert ("cookie", "sid=7") in users.copy.headers
    assert abs(users.at - time.time()) < PATIENCE_S
    assert 0 < users.total_ms < PATIENCE_S * 1000
    assert users.answer_ms is not None
    assert {found[f"/half/{number}"].pool for number in range(20)} == {"up", "other"}
    assert (found["/gone/x"].pool, found["/gone/x"].status) == ("", 410)
    assert (found["/a//b"].pool, found["/a//b"].status) == ("up", 200)
    assert (found["/a/%2e%2e/%2Fb"].pool, found["/a/%2e%2e/%2Fb"].status) == ("", 400)


async def test_the_request_id_is_what_the_target_was_told(told: Told) -> None:
    client = told.facade.client()
    async with told.listening():
        (made,) = (await client.ask("/one")).received("x-request-id")
        await told.wait_for("/one")
    client.close()

    assert told.lines[0].request_id == made


async def test_lines_wait_while_nobody_listens(told: Told) -> None:
    if told.facade.binary.version < RINGS_SINCE:
        pytest.skip("without rings they are dropped")
    await told.ask(*targets("before"))
    async with told.listening():
        await told.wait_for(*targets("before"))
    # HAProxy sees that nobody listens any more by what it writes next, which is lost.
    await told.ask("/lost", "/lost", *targets("between"))
    async with told.listening():
        await told.wait_for(*targets("between"))

    known = [line.target for line in told.lines if line.target != "/lost"]
    assert len(known) == len(set(known))


async def test_lines_go_on_after_a_reload_and_a_crash(told: Told) -> None:
    async with told.listening():
        await told.facade.reload()
        await told.ask(*targets("reloaded"))
        await told.wait_for(*targets("reloaded"))
        await told.facade.crash()
        await told.ask(*targets("crashed"))
        await told.wait_for(*targets("crashed"))

    assert len(told.lines) == 2 * FEW


async def test_a_worker_that_a_reload_replaced_tells_of_its_last_requests(told: Told) -> None:
    early = told.facade.client()
    async with told.listening():
        await early.ask("/early")
        await told.wait_for("/early")
        await told.facade.reload()
        await early.ask("/late")
        await told.wait_for("/late")
    early.close()

    assert len(told.lines) == 2


async def test_a_daemon_that_is_away_costs_next_to_no_processor_time(told: Told) -> None:
    """HAProxy must not try to reach it all the time."""
    worker = (await told.facade.processes()).current
    assert worker is not None
    before = processor_seconds(worker)
    await asyncio.sleep(0.5)

    assert processor_seconds(worker) - before < 0.1


async def test_a_receiver_that_hangs_costs_users_nothing(told: Told) -> None:
    """It takes connections and reads none; there is more to tell than all buffers between hold. If each request waited
    for it as long as HAProxy would, they took minutes.
    """
    hanging = socket.socket(socket.AF_UNIX)
    hanging.bind(str(told.facade.run_dir / LINES_SOCKET))
    hanging.listen(8)
    long = tuple((f"X-Long-{number}", "x" * 2_000) for number in range(5))
    client = told.facade.client()
    for number in range(400):
        assert (await client.ask(f"/{number}", headers=long)).status == 200
    client.close()
    hanging.close()
    (told.facade.run_dir / LINES_SOCKET).unlink()

    async with told.listening():
        await until(lambda: tells_of(told, "/after"))


async def test_headers_that_are_too_long_for_a_line_are_left_out_of_it_as_a_whole(told: Told) -> None:
    client = told.facade.client()
    async with told.listening():
        for size in (10_000, 14_000):
            assert (await client.ask(f"/{size}", headers=(("User-Agent", "u" * size),))).status == 200
        await client.ask(f"/{'p' * 14_000}")
        await client.ask("/last")
        await told.wait_for("/last")
    client.close()

    assert [(line.target, len(line.user_agent)) for line in told.lines] == [
        ("/10000", 10_000),
        ("/14000", 0),
        ("/last", 0),
    ]


async def test_short_bodies_are_told_where_they_are_wanted_and_no_upload_is_hurried(told: Told) -> None:
    told.facade.bodies = ("/api",)
    await told.facade.hold(a_rule("users", "/api/users/…", action=to(STRIPPED)), everything_to("up"))
    bodies = {
        "/api/1": b'{"a": "\xff\0"}',
        "/api/users/2": b"special",
        "/api/long": b"x" * (LONGEST_BODY + 1),
        "/other": b"not wanted",
    }
    async with told.listening():
        for target, body in bodies.items():
            await told.post(target, body)
        await told.wait_for(*bodies)

    assert [line.copy.body for line in told.lines if line.copy] == [bodies["/api/1"], b"special", None, None]


async def test_where_requests_are_many_a_sample_is_told_that_stands_for_all(told: Told) -> None:
    rules = (a_rule("special", "/special/…", action=to(STRIPPED)), everything_to("up"))
    async with letter_upstreams(told.facade.run_dir, told.facade.binary, "U") as ports, told.listening():
        await told.facade.hold(*rules, groups=(a_group("up", ports["U"]),))
        assert await ask_all(told.facade.port, [a_get("/calm")] * MANY) == "U" * MANY
        # before the reload, which ends the ring
        await until(lambda: tells_of(told, "/after-calm"))
        await expect_flood(told.facade)
        for path in ("/plain", "/special/x"):
            assert await ask_all(told.facade.port, [a_get(path)] * MANY) == "U" * MANY
        await until(lambda: tells_of(told, "/after-flood"))

    assert len(told.lines) < MANY
    for path in ("/calm", "/plain", "/special/x"):
        stood_for = sum(line.stands_for for line in told.lines if line.target == path)
        # five standard deviations of a binomial distribution; the calm draws more
        assert abs(stood_for - MANY) < 5 * (MANY * ONE_IN) ** 0.5


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def expect_flood(facade: Facade) -> None:
    """Any rate is one: not every machine can be made to see more."""
    configuration = facade.run_dir / CONFIGURATION
    text = configuration.read_text()
    assert f"fe_req_rate lt {FLOOD}" in text
    write_file(configuration, text.replace(f"fe_req_rate lt {FLOOD}", "fe_req_rate lt 1"))
    assert (await MasterSocket(facade.run_dir / MASTER_SOCKET).reload()).ok


async def tells_of(told: Told, target: str) -> bool:
    """By then also of all before it. Asked so often that it is drawn, too."""
    await told.ask(*[target] * ONE_IN)
    return any(line.target == target for line in told.lines)
