"""Targets that are URLs: https with its proofs, names that move, a lone address that is gone for a while."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme

from stranglerfig.core.topology import Group, HealthCheck, Server, Tls
from stranglerfig.dataplane.locate import HaproxyBinary
from stranglerfig.errors import Unavailable
from tests.dataplane.dns_server import NameServer, a_name_server
from tests.dataplane.facade import Facade, a_facade, everything_to, until, upstreams
from tests.dataplane.haproxy_rig import Answer, Upstream, haproxy_binaries
from tests.dataplane.upstreams import Head, an_answer, scripted

NAME = "svc.example.test"
CLIENTS = 4
#: as groups of fixed URLs have it
LONE = HealthCheck(interval_s=0.2, fall=1)


@dataclass
class Secure:
    """An https server; ``seen`` are the names that clients asked for in the handshake, ``asked`` what came after it."""

    port: int
    authority: str
    seen: list[str | None] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def group(self, host: str = NAME, *, tls: Tls | None = None, base_path: str = "") -> Group:
        wanted = tls or Tls(ca_file=self.authority)
        server = Server("u1", host, self.port)
        return Group("secure", (server,), LONE, base_path, f"{host}:{self.port}", wanted, retry_empty=False)


@asynccontextmanager
async def a_secure_server(folder: Path, certified: str = NAME) -> AsyncIterator[Secure]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(certified).configure_cert(context)
    authority.cert_pem.write_to_path(folder / "ca.pem")
    seen: list[str | None] = []
    asked: list[str] = []
    context.sni_callback = lambda _socket, name, _context: seen.append(name)

    async def tell(head: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(head.target)
        writer.write(an_answer(f"{head.target} {head.values('host')[0]}".encode()))

    async with scripted(tell, tls=context) as port:
        yield Secure(port, str(folder / "ca.pem"), seen, asked)


@asynccontextmanager
async def a_named_facade(binary: HaproxyBinary) -> AsyncIterator[Facade]:
    """``NAME`` and ``other.example.test`` are names of this machine."""
    async with (
        a_name_server({NAME: "127.0.0.1", "other.example.test": "127.0.0.1"}) as names,
        a_facade(binary, name_servers=(f"127.0.0.1:{names.port}",)) as facade,
    ):
        yield facade


@pytest.fixture
async def named() -> AsyncIterator[Facade]:
    async with a_named_facade(haproxy_binaries()[0]) as facade:
        yield facade


@pytest.fixture(params=haproxy_binaries(), ids=lambda binary: binary.version_text)
async def named_by_each(request: pytest.FixtureRequest) -> AsyncIterator[Facade]:
    async with a_named_facade(request.param) as facade:
        yield facade


async def until_status(facade: Facade, status: int) -> Answer:
    """Ask until it comes; a name takes a moment to be resolved."""
    answers: list[Answer] = []

    async def has_status() -> bool:
        client = facade.client()
        answers.append(await client.ask("/x?q"))
        client.close()
        return answers[-1].status == status

    await until(has_status)
    return answers[-1]


@pytest.mark.parametrize("verify", [True, False], ids=["verified", "unverified"])
async def test_an_https_target_is_spoken_to_by_its_name(named_by_each: Facade, tmp_path: Path, verify: bool) -> None:
    async with a_secure_server(tmp_path) as secure:
        tls = Tls(secure.authority) if verify else Tls(verify=False)
        await named_by_each.hold(everything_to("secure"), groups=(secure.group(tls=tls, base_path="/base"),))
        answer = await until_status(named_by_each, 200)
        assert answer.body.decode() == f"/base/x?q {NAME}:{secure.port}"
        assert set(secure.seen) == {NAME}


async def test_an_https_target_of_an_unknown_authority_gets_nothing(named: Facade, tmp_path: Path) -> None:
    trustme.CA().cert_pem.write_to_path(tmp_path / "other-ca.pem")
    async with a_secure_server(tmp_path) as secure:
        await named.hold(everything_to("secure"), groups=(secure.group(),))
        await until_status(named, 200)
        distrusting = secure.group(tls=Tls(str(tmp_path / "other-ca.pem")))
        await named.hold(everything_to("secure"), groups=(distrusting,))
        await gets_nothing(named, secure)


async def gets_nothing(facade: Facade, secure: Secure) -> None:
    """HAProxy tries ten times, a second apart; some of them tell as much as all."""
    client, before = facade.client(), len(secure.seen)
    request = asyncio.create_task(client.ask("/not/for/you"))
    # checks of its health among them
    await until(lambda: _reached(secure.seen, before + 8))
    assert not request.done()
    assert "/not/for/you" not in secure.asked
    request.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await request
    client.close()


async def test_an_https_target_with_another_ones_certificate_gets_nothing(named: Facade, tmp_path: Path) -> None:
    async with a_secure_server(tmp_path) as secure:
        await named.hold(everything_to("secure"), groups=(secure.group(),))
        await until_status(named, 200)
        await named.hold(everything_to("secure"), groups=(secure.group("other.example.test"),))
        assert (await until_status(named, 503)).status == 503


async def test_an_https_target_by_its_address_gets_nothing_unless_unverified(named: Facade, tmp_path: Path) -> None:
    """HAProxy compares certificates with names only; it must not pass what it cannot prove."""
    async with a_secure_server(tmp_path, "127.0.0.1") as secure:
        await named.hold(everything_to("secure"), groups=(secure.group("127.0.0.1"),))
        await gets_nothing(named, secure)
        await named.hold(everything_to("secure"), groups=(secure.group("127.0.0.1", tls=Tls(verify=False)),))
        assert (await until_status(named, 200)).status == 200


async def test_a_missing_authority_file_is_refused_and_what_was_goes_on(named: Facade, tmp_path: Path) -> None:
    async with upstreams("up") as (up,):
        good = Group("up", (Server("u1", "127.0.0.1", up.port),))
        await named.hold(everything_to("up"), groups=(good,))
        broken = Group("bad", (Server("u1", "127.0.0.1", up.port),), tls=Tls(str(tmp_path / "none.pem")))
        for _ in range(2):
            with pytest.raises(Unavailable, match="haproxy refused the new configuration"):
                await named.hold(everything_to("bad"), groups=(broken,))
            assert (await until_status(named, 200)).upstream == "up"
        await named.crash()
        assert (await until_status(named, 200)).upstream == "up"
        del named.groups["bad"]
        await named.hold(everything_to("up"))
        assert (await until_status(named, 200)).upstream == "up"


async def test_a_name_is_resolved_again_and_outlives_its_name_server() -> None:
    async with (
        a_name_server({NAME: "127.0.0.1"}) as names,
        upstreams("old") as (old,),
        _at("127.0.0.2", old.port, "new"),
        a_facade(name_servers=(f"127.0.0.1:{names.port}",)) as facade,
    ):
        group = Group("named", (Server("u1", NAME, old.port),), LONE, retry_empty=False)
        await facade.hold(everything_to("named"), groups=(group,))
        assert (await until_status(facade, 200)).upstream == "old"
        names.addresses[NAME] = "127.0.0.2"
        await until(lambda: _is_answered_by(facade, "new"))
        names.answering = False
        await _stays_while_asked(facade, names)
        names.addresses.clear()
        names.answering = True
        await _stays_while_asked(facade, names)


async def _stays_while_asked(facade: Facade, names: NameServer) -> None:
    """The name server is asked some times more, and the target answers all the while."""
    asked = names.asked
    while names.asked < asked + 4:
        assert await _is_answered_by(facade, "new")
        await asyncio.sleep(0.02)


@asynccontextmanager
async def _at(host: str, port: int, name: str) -> AsyncIterator[Upstream]:
    upstream = await Upstream(name, port, host=host).start()
    try:
        yield upstream
    finally:
        upstream.stop()


async def _is_answered_by(facade: Facade, name: str) -> bool:
    client = facade.client()
    answer = await client.ask("/")
    client.close()
    assert answer.status == 200, "the target was taken away"
    return answer.upstream == name


async def test_a_lone_url_that_restarts_loses_no_request(named_by_each: Facade) -> None:
    async with upstreams("lone") as (lone,):
        group = Group("lone", (Server("u1", "127.0.0.1", lone.port),), LONE, retry_empty=False)
        await named_by_each.hold(everything_to("lone"), groups=(group,))
        statuses: list[int] = []
        stop, turns = asyncio.Event(), asyncio.Semaphore(CLIENTS)
        async with asyncio.TaskGroup() as clients:
            for _ in range(CLIENTS):
                clients.create_task(_ask_until(named_by_each, stop, turns, statuses))
            await until(lambda: _reached(statuses, 50))
            async with _between_requests(turns):
                lone.stop()
                lone.hang_up()
                # By the time it answers, HAProxy has seen its connections end.
                await named_by_each.counters("lone")
            await asyncio.sleep(1.2)
            await lone.start()
            seen = len(statuses)
            await until(lambda: _reached(statuses, seen + 50))
            stop.set()
        assert set(statuses) == {200}


async def _reached(found: Sequence[object], count: int) -> bool:
    return len(found) >= count


@asynccontextmanager
async def _between_requests(turns: asyncio.Semaphore) -> AsyncIterator[None]:
    """A request that is sent as its target hangs up is lost with it, and may not be repeated."""
    for _ in range(CLIENTS):
        await turns.acquire()
    yield
    for _ in range(CLIENTS):
        turns.release()


async def _ask_until(facade: Facade, stop: asyncio.Event, turns: asyncio.Semaphore, statuses: list[int]) -> None:
    client = facade.client()
    while not stop.is_set():
        async with turns:
            statuses.append((await client.ask("/")).status)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.01)
    client.close()


async def test_of_two_urls_the_dead_one_costs_nothing(named_by_each: Facade) -> None:
    async with upstreams("live", "dead") as (live, dead):
        dead.stop()
        servers = (Server("u1", "127.0.0.1", dead.port), Server("u2", "127.0.0.1", live.port))
        await named_by_each.hold(everything_to("pair"), groups=(Group("pair", servers, LONE, retry_empty=False),))
        client = named_by_each.client()
        assert {(await client.ask("/")).upstream for _ in range(60)} == {"live"}
        client.close()


async def test_other_urls_in_the_place_of_the_former_ones_get_the_requests(named_by_each: Facade) -> None:
    async with upstreams("a", "b", "c", "d") as found:
        for pair in (found[:2], found[2:], found[1:3]):
            servers = tuple(Server(f"u{number}", "127.0.0.1", one.port) for number, one in enumerate(pair, start=1))
            await named_by_each.hold(everything_to("pair"), groups=(Group("pair", servers, LONE),))
            client = named_by_each.client()
            assert {(await client.ask("/")).upstream for _ in range(4)} == {one.name for one in pair}
            client.close()
