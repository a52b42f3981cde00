"""How balancers reach tasks: bytes as they are, one server a client, HTTP/2, TLS, and checks on another port."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial

import pytest
import trustme
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived

from stranglerfig.core.observed import ServerHealth
from stranglerfig.core.topology import Group, HealthCheck, Listener, Server, Tls, Topology
from stranglerfig.dataplane.locate import HaproxyBinary
from tests.dataplane.facade import Facade, a_facade, a_group, everything_to, until, upstreams
from tests.dataplane.haproxy_rig import Answer, haproxy_binaries
from tests.dataplane.upstreams import Head, Respond, an_answer, scripted

QUICK = HealthCheck(interval_s=0.05, timeout_s=1.0, rise=1, fall=1)


@pytest.fixture(params=haproxy_binaries(), ids=lambda binary: binary.version_text)
async def facade(request: pytest.FixtureRequest) -> AsyncIterator[Facade]:
    binary: HaproxyBinary = request.param
    async with a_facade(binary) as facade:
        yield facade


@asynccontextmanager
async def an_echo(prefix: bytes) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(prefix + line)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def pass_to(facade: Facade, passes_to: str | None, *groups: Group) -> None:
    listener = Listener("front", "127.0.0.1", facade.port, (), tcp=True, passes_to=passes_to)
    facade.groups.update((group.name, group) for group in groups)
    await facade.router.apply(Topology((listener,), tuple(facade.groups.values())))


async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: bytes) -> bytes:
    writer.write(line)
    async with asyncio.timeout(60):
        return await reader.readline()


async def test_a_tcp_listener_passes_bytes_and_open_connections_outlive_a_switch(facade: Facade) -> None:
    async with an_echo(b"one ") as one, an_echo(b"two ") as two:
        await pass_to(facade, "svc:1", a_group("svc:1", one, tcp=True, health=QUICK))
        held = await asyncio.open_connection("127.0.0.1", facade.port)
        assert await say(*held, b"\x00\xffhello\n") == b"one \x00\xffhello\n"
        await pass_to(facade, "svc:2", a_group("svc:2", two, tcp=True))
        fresh = await asyncio.open_connection("127.0.0.1", facade.port)
        assert await say(*fresh, b"hello\n") == b"two hello\n"
        assert await say(*held, b"again\n") == b"one again\n"
        seen = await facade.router.observe()
        assert dict(seen.listener_requests)["front"] == 2
        assert (await facade.counters("svc:2")).requests == 1
        for _, writer in (held, fresh):
            writer.close()


async def test_a_tcp_server_that_comes_at_run_time_is_used_and_one_that_leaves_is_not(facade: Facade) -> None:
    async with an_echo(b"one ") as one, an_echo(b"two ") as two:
        await pass_to(facade, "svc", a_group("svc", one, tcp=True))
        before = await facade.reloads()
        await pass_to(facade, "svc", a_group("svc", two, tcp=True))
        assert await facade.reloads() == before
        for _ in range(4):
            connection = await asyncio.open_connection("127.0.0.1", facade.port)
            assert await say(*connection, b"x\n") == b"two x\n"
            connection[1].close()


async def test_a_tcp_listener_without_group_closes_and_a_listener_of_rules_may_follow_it(facade: Facade) -> None:
    async with upstreams("up") as (up,):
        await pass_to(facade, None)
        assert await ends_at_once(facade.port)
        await facade.hold(everything_to("up"), groups=(a_group("up", up.port),))
        client = facade.client()
        assert (await client.ask("/")).upstream == "up"
        client.close()


async def ends_at_once(port: int) -> bool:
    try:
        async with asyncio.timeout(60):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return await reader.read() == b""
    except ConnectionError:
        return True


def cookie_of(answer: Answer) -> str:
    return answer.headers["set-cookie"].partition(";")[0]


async def test_a_client_stays_on_its_server_by_a_cookie_also_over_reloads(facade: Facade) -> None:
    async with upstreams("a", "b", "c") as tasks:
        ports = [task.port for task in tasks]
        await facade.hold(everything_to("svc:1"), groups=(a_group("svc:1", *ports[:2], sticky=True),))
        client = facade.client()
        first = await client.ask("/")
        mine = (("Cookie", cookie_of(first)),)
        await facade.hold(everything_to("svc:1"), groups=(a_group("svc:1", *ports, sticky=True),))
        for number in range(9):
            answer = await client.ask(f"/{number}", headers=mine)
            assert (answer.upstream, answer.headers.get("set-cookie")) == (first.upstream, None)
            assert answer.received("cookie") == []
            if number == 4:
                await facade.reload()
        strangers = {(await client.ask("/")).upstream for _ in range(6)}
        assert strangers == {"a", "b", "c"}
        client.close()


async def test_a_client_of_a_leaving_server_is_given_another_one_and_its_last_answer(facade: Facade) -> None:
    async with upstreams("a", "b") as tasks:
        ports = [task.port for task in tasks]
        await facade.hold(everything_to("svc:1"), groups=(a_group("svc:1", *ports, sticky=True),))
        client, other = facade.client(), facade.client()
        first = await client.ask("/")
        mine = (("Cookie", cookie_of(first)),)
        leaving = next(task for task in tasks if task.name == first.upstream)
        leaving.delay_s = 1.0
        last = asyncio.create_task(client.ask("/last", headers=mine))
        await until(lambda: has_sessions(facade, f"s{leaving.port}"))
        servers = tuple(Server(f"s{port}", "127.0.0.1", port, draining=port == leaving.port) for port in ports)
        await facade.hold(everything_to("svc:1"), groups=(Group("svc:1", servers, sticky=True),))
        assert await has_sessions(facade, f"s{leaving.port}")
        moved = await other.ask("/", headers=mine)
        assert moved.upstream != leaving.name
        assert cookie_of(moved) != mine[0][1]
        assert (await last).upstream == leaving.name
        client.close()
        other.close()


async def has_sessions(facade: Facade, server: str) -> bool:
    seen = await facade.router.observe()
    return any(one.sessions for group in seen.groups for one in group.servers if one.id == server)


@asynccontextmanager
async def an_http2_server() -> AsyncIterator[int]:
    """Answers 200 with what the client asked for; whoever greets in another way is hung up on."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = H2Connection(H2Configuration(client_side=False))
        connection.initiate_connection()
        writer.write(connection.data_to_send())
        while data := await reader.read(65_536):
            for event in connection.receive_data(data):
                if isinstance(event, RequestReceived) and event.stream_id is not None:
                    path = dict(event.headers or [])[b":path"]
                    connection.send_headers(event.stream_id, [(":status", "200"), ("content-length", str(len(path)))])
                    connection.send_data(event.stream_id, path, end_stream=True)
            writer.write(connection.data_to_send())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize("path", [None, "/healthz"])
async def test_servers_are_spoken_to_in_http_2_where_asked_for(facade: Facade, path: str | None) -> None:
    health = replace(QUICK, path=path)
    async with an_http2_server() as one, an_http2_server() as two:
        for ports in ((one,), (one, two)):
            await facade.hold(everything_to("grpc"), groups=(a_group("grpc", *ports, http2=True, health=health),))
            client = facade.client()
            answers = [await client.ask(f"/{number}") for number in range(4)]
            assert [(answer.status, answer.body) for answer in answers] == [(200, b"/%d" % n) for n in range(4)]
            client.close()
        for port in (one, two):
            await until(partial(is_up, facade, f"s{port}"))


async def test_a_task_with_a_certificate_of_its_own_making_is_taken_as_it_is(facade: Facade) -> None:
    async def answer(head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(an_answer(head.target.encode()))

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("elsewhere.example").configure_cert(context)
    async with scripted(answer, tls=context) as port, scripted(answer, tls=context) as later:
        for ports in ((port,), (later,)):
            group = a_group("secure", *ports, tls=Tls(verify=False), health=HealthCheck("/ok", interval_s=0.05))
            await facade.hold(everything_to("secure"), groups=(group,))
            client = facade.client()
            assert (await client.ask("/hello")).body == b"/hello"
            client.close()
        await until(lambda: is_up(facade, f"s{later}"))


async def is_up(facade: Facade, server: str) -> bool:
    seen = await facade.router.observe()
    servers = {one.id: one for group in seen.groups for one in group.servers}
    return servers[server].health is ServerHealth.UP and servers[server].detail.startswith("L")


async def test_checks_go_to_the_port_that_answers_them(facade: Facade) -> None:
    sick = False

    async def tell(head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(an_answer(b"", "503 Unavailable" if sick else "200 OK"))

    health = HealthCheck("/healthz", interval_s=0.05, rise=1, fall=1)
    async with upstreams("up") as (up,), scripted(tell) as checked:
        server = Server("s1", "127.0.0.1", up.port, check_port=checked)
        await facade.hold(everything_to("svc"), groups=(Group("svc", (server,), health),))
        client = facade.client()
        assert (await client.ask("/")).upstream == "up"
        assert up.seen == 1
        sick = True
        await until(lambda: has_status(facade, 503))
        client.close()


async def has_status(facade: Facade, status: int) -> bool:
    client = facade.client()
    try:
        return (await client.ask("/")).status == status
    finally:
        client.close()


@dataclass
class Checked:
    """For each health check, whether the server could still send when it came to the body."""

    heard: list[bool] = field(default_factory=list)

    def server(self, body: bytes, length: int | None) -> Respond:
        async def respond(head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            said = "" if length is None else f"Content-Length: {length}\r\n"
            writer.write(f"HTTP/1.1 200 OK\r\n{said}Connection: close\r\n\r\n".encode())
            await writer.drain()
            # as most servers do: the head with one call, the body with another
            await asyncio.sleep(0.02)
            self.heard.append(reader.exception() is None and not writer.is_closing())
            writer.write(body)
            writer.close()

        return respond


@pytest.mark.parametrize(
    ("body", "length"),
    [(b"fine", 4), (b"x" * 200, None), (b"x" * 100_000, 100_000)],
    ids=["short", "without length", "long"],
)
async def test_a_health_check_does_not_reset_an_answer_under_way(
    facade: Facade, body: bytes, length: int | None
) -> None:
    checked = Checked()
    health = HealthCheck("/healthz", interval_s=0.05)
    async with scripted(checked.server(body, length)) as port:
        await facade.hold(everything_to("svc"), groups=(a_group("svc", port, health=health),))
        await until(lambda: _checks(checked, 5))
        assert all(checked.heard)
        await until(lambda: is_up(facade, f"s{port}"))


async def _checks(checked: Checked, count: int) -> bool:
    return len(checked.heard) >= count
