"""HTTP in its forms through the proxy: connections, bodies, streams that must not be held back."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, ResponseReceived, StreamEnded
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from stranglerfig.dataplane.locate import HaproxyBinary
from tests.dataplane.facade import Facade, a_facade, a_group, everything_to, group_of, upstreams
from tests.dataplane.haproxy_rig import Answer, haproxy_binaries
from tests.dataplane.upstreams import Head, Respond, an_answer, read_body, read_chunks, scripted

BIG = bytes(range(256)) * 40_000


@pytest.fixture(params=haproxy_binaries(), ids=lambda binary: binary.version_text)
async def facade(request: pytest.FixtureRequest) -> AsyncIterator[Facade]:
    binary: HaproxyBinary = request.param
    async with a_facade(binary) as facade:
        yield facade


async def front(facade: Facade, port: int) -> None:
    await facade.hold(everything_to("up"), groups=(a_group("up", port),))


async def exchange(port: int, data: bytes) -> bytes:
    """Send, and read until the proxy closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    async with asyncio.timeout(60):
        said = await reader.read()
    writer.close()
    return said


async def test_many_requests_use_one_connection_and_http_1_0_gets_its_answer(facade: Facade) -> None:
    async with upstreams("up") as (up,):
        await facade.hold(everything_to("up"), groups=(group_of(up),))
        client = facade.client()
        for number in range(20):
            assert (await client.ask(f"/{number}")).target == f"/{number}"
            assert client.is_open
        client.close()
        said = await exchange(facade.port, b"GET /old HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert b"200 OK" in said.split(b"\r\n")[0]
        assert b'"target": "/old"' in said


async def test_large_bodies_arrive_whole_both_ways(facade: Facade) -> None:
    async def echo(head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(an_answer(await read_body(head, reader)))

    async with scripted(echo) as port:
        await front(facade, port)
        answer = await send_body(facade, BIG, chunked=False)
        assert hashlib.sha256(answer.body).digest() == hashlib.sha256(BIG).digest()


async def test_chunked_bodies_arrive_whole_both_ways(facade: Facade) -> None:
    async def echo(head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert head.values("transfer-encoding") == ["chunked"]
        body = await read_body(head, reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for start in range(0, len(body), 50_000):
            part = body[start : start + 50_000]
            writer.write(b"%x\r\n%b\r\n" % (len(part), part))
        writer.write(b"0\r\n\r\n")

    async with scripted(echo) as port:
        await front(facade, port)
        answer = await send_body(facade, BIG[:2_000_000], chunked=True)
        assert answer.headers["transfer-encoding"] == "chunked"
        assert answer.body == BIG[:2_000_000]


async def send_body(facade: Facade, body: bytes, *, chunked: bool) -> Answer:
    reader, writer = await asyncio.open_connection("127.0.0.1", facade.port, limit=1 << 24)
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {len(body)}"
    writer.write(f"POST /up HTTP/1.1\r\nHost: localhost\r\n{framing}\r\n\r\n".encode())
    for start in range(0, len(body), 70_000):
        part = body[start : start + 70_000]
        writer.write(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
        await writer.drain()
    writer.write(b"0\r\n\r\n" if chunked else b"")
    async with asyncio.timeout(20):
        status_line, _, rest = (await reader.readuntil(b"\r\n\r\n")).decode().partition("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in rest.split("\r\n") if line)
        received = await (read_chunks(reader) if chunked else reader.readexactly(int(headers["content-length"])))
    writer.close()
    return Answer(int(status_line.split(" ")[1]), headers, received)


async def test_a_client_that_expects_100_continue_is_told_to_go_on(facade: Facade) -> None:
    async def invite(head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert head.values("expect") == ["100-continue"]
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        writer.write(an_answer(await read_body(head, reader)))

    async with scripted(invite) as port:
        await front(facade, port)
        reader, writer = await asyncio.open_connection("127.0.0.1", facade.port)
        writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        async with asyncio.timeout(60):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
            writer.write(b"body")
            assert (await reader.readuntil(b"body")).startswith(b"HTTP/1.1 200 ")
        writer.close()


@pytest.mark.parametrize(
    ("method", "status"), [("HEAD", "200 OK"), ("GET", "204 No Content"), ("GET", "304 Not Modified")]
)
async def test_an_answer_without_body_leaves_the_connection_usable(facade: Facade, method: str, status: str) -> None:
    async def bare(head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        length = "" if status.startswith("204") else "Content-Length: 99\r\n"
        writer.write(f"HTTP/1.1 {status}\r\n{length}ETag: x\r\n\r\n".encode())

    async with scripted(bare) as port:
        await front(facade, port)
        client = facade.client()
        for _ in range(3):
            answer = await client.ask("/", method)
            assert (answer.status, answer.headers["etag"]) == (int(status[:3]), "x")
            assert client.is_open
        client.close()


def events(pushed: asyncio.Queue[bytes]) -> Respond:
    async def stream(head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n\r\n")
        while event := await pushed.get():
            writer.write(b"data: " + event + b"\n\n")
            await writer.drain()
        writer.close()

    return stream


async def test_server_sent_events_arrive_one_by_one_also_over_a_reload(facade: Facade) -> None:
    pushed: asyncio.Queue[bytes] = asyncio.Queue()
    async with scripted(events(pushed)) as port:
        await front(facade, port)
        reader, writer = await asyncio.open_connection("127.0.0.1", facade.port)
        writer.write(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        async with asyncio.timeout(60):
            assert b"text/event-stream" in await reader.readuntil(b"\r\n\r\n")
            for number in range(6):
                if number == 3:
                    await facade.reload()
                pushed.put_nowait(b"event-%d" % number)
                await reader.readuntil(b"data: event-%d\n\n" % number)
            pushed.put_nowait(b"")
        writer.close()
        assert (await facade.processes()).reloads > 1


async def test_a_websocket_echoes_and_survives_a_reload(facade: Facade) -> None:
    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    async with serve(echo, "127.0.0.1", 0) as server:
        await front(facade, next(iter(server.sockets)).getsockname()[1])
        async with asyncio.timeout(60), connect(f"ws://127.0.0.1:{facade.port}/chat", proxy=None) as socket:
            for number in range(6):
                if number == 3:
                    await facade.reload()
                message = f"hello {number}" if number % 2 else BIG[:100_000]
                await socket.send(message)
                assert await socket.recv() == message


async def test_http_2_with_prior_knowledge_is_spoken_when_asked_for() -> None:
    async with a_facade(http2=True) as facade, upstreams("up") as (up,):
        await facade.hold(everything_to("up"), groups=(group_of(up),))
        assert await http2_statuses(facade.port, ["/one", "/two", "/a%2fb"]) == {1: 200, 3: 200, 5: 400}
        assert up.seen == 2
        client = facade.client()
        assert (await client.ask("/still-http-1")).status == 200
        client.close()


async def test_http_2_is_refused_when_not_asked_for(facade: Facade) -> None:
    async with upstreams("up") as (up,):
        await facade.hold(everything_to("up"), groups=(group_of(up),))
        with pytest.raises(ConnectionError):
            await http2_statuses(facade.port, ["/one"])
        assert up.seen == 0


async def http2_statuses(port: int, targets: list[str]) -> dict[int, int]:
    """Status by stream of requests that are all open at once."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    connection = H2Connection(H2Configuration())
    connection.initiate_connection()
    for number, target in enumerate(targets):
        request = [(":method", "GET"), (":path", target), (":authority", "localhost"), (":scheme", "http")]
        connection.send_headers(1 + 2 * number, request, end_stream=True)
    statuses: dict[int, int] = {}
    ended = 0
    try:
        async with asyncio.timeout(60):
            while ended < len(targets):
                writer.write(connection.data_to_send())
                data = await reader.read(65_536)
                if not data or data.startswith(b"HTTP/1.1 "):
                    raise ConnectionError("the proxy does not speak HTTP/2")
                for event in connection.receive_data(data):
                    if isinstance(event, ResponseReceived):
                        statuses[event.stream_id] = int(dict(event.headers)[b":status"])
                    elif isinstance(event, DataReceived):
                        connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    ended += isinstance(event, StreamEnded)
    finally:
        writer.close()
    return statuses


async def test_a_response_starts_before_the_request_has_ended(facade: Facade) -> None:
    async def early(head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n")
        await writer.drain()
        await read_body(head, reader)
        writer.write(b"0\r\n\r\n")

    async with scripted(early) as port:
        await front(facade, port)
        reader, writer = await asyncio.open_connection("127.0.0.1", facade.port)
        writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        async with asyncio.timeout(60):
            await reader.readuntil(b"early")
            writer.write(b"0\r\n\r\n")
            await reader.readuntil(b"0\r\n\r\n")
        writer.close()
