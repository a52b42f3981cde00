"""What an upstream is told about its client, and what is kept from it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from stranglerfig.dataplane.locate import HaproxyBinary
from tests.dataplane.facade import Facade, a_facade, a_group, everything_to, group_of, upstreams
from tests.dataplane.haproxy_rig import Answer, Client, Upstream, haproxy_binaries

CONNECTIONS, REQUESTS = 8, 10_000
A_TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@dataclass
class Told:
    facade: Facade
    up: Upstream

    async def ask(self, *headers: tuple[str, str], target: str = "/", host: str = "localhost") -> Answer:
        client = self.facade.client()
        answer = await client.ask(target, headers=headers, host=host)
        client.close()
        return answer


@pytest.fixture(params=haproxy_binaries(), ids=lambda binary: binary.version_text)
async def told(request: pytest.FixtureRequest) -> AsyncIterator[Told]:
    binary: HaproxyBinary = request.param
    async with a_facade(binary) as facade, upstreams("up") as (up,):
        await facade.hold(everything_to("up"), groups=(group_of(up),))
        yield Told(facade, up)


async def test_the_client_address_is_appended_to_x_forwarded_for(told: Told) -> None:
    assert (await told.ask()).received("x-forwarded-for") == ["127.0.0.1"]
    # two header lines are one list, in order
    assert (await told.ask(("X-Forwarded-For", "10.9.8.7"))).received("x-forwarded-for") == ["10.9.8.7", "127.0.0.1"]


async def test_scheme_and_host_are_told_whatever_the_client_claims(told: Told) -> None:
    claims = (("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil.test"))
    answer = await told.ask(*claims, host="shop.test:8080")
    assert answer.received("x-forwarded-proto") == ["http"]
    assert answer.received("x-forwarded-host") == ["shop.test:8080"]


async def test_a_request_id_is_kept_or_made(told: Told) -> None:
    assert (await told.ask(("X-Request-ID", "mine"))).received("x-request-id") == ["mine"]
    (made,) = (await told.ask()).received("x-request-id")
    assert re.fullmatch(r"[0-9a-f-]{10,}", made)


async def test_made_request_ids_are_unique_also_over_reloads_and_restarts(told: Told) -> None:
    ids = await some_ids(told, REQUESTS)
    await told.facade.reload()
    ids += await some_ids(told, 200)
    await told.facade.crash()
    ids += await some_ids(told, 200)
    assert len(set(ids)) == len(ids) == REQUESTS + 400


async def some_ids(told: Told, count: int) -> list[str]:
    async def over_one_connection() -> list[str]:
        client: Client = told.facade.client()
        found = [(await client.ask("/")).received("x-request-id")[0] for _ in range(count // CONNECTIONS)]
        client.close()
        return found

    return [
        one for found in await asyncio.gather(*(over_one_connection() for _ in range(CONNECTIONS))) for one in found
    ]


async def test_traces_and_other_headers_pass_and_hop_by_hop_ones_do_not(told: Told) -> None:
    trace = (("traceparent", A_TRACE), ("tracestate", "a=b"), ("X-Own", "ü".encode().decode("latin-1")))
    answer = await told.ask(*trace, ("Connection", "keep-alive"), ("TE", "gzip"))
    for name, value in trace:
        assert answer.received(name.lower()) == [value]
    assert answer.received("connection") == []
    assert answer.received("te") == []


async def test_the_host_is_the_clients_own_or_the_targets(told: Told) -> None:
    assert (await told.ask(host="Shop.test:81")).received("host") == ["Shop.test:81"]
    named = a_group("named", told.up.port, host_header="inner.test:8443")
    await told.facade.hold(everything_to("named"), groups=(named,))
    answer = await told.ask(host="shop.test")
    assert answer.received("host") == ["inner.test:8443"]
    assert answer.received("x-forwarded-host") == ["shop.test"]


async def test_a_host_header_with_a_percent_sign_is_no_format(told: Told) -> None:
    odd = a_group("odd", told.up.port, host_header='a%[src]b"$HOME')
    await told.facade.hold(everything_to("odd"), groups=(odd,))
    assert (await told.ask()).received("host") == ['a%[src]b"$HOME']


@pytest.mark.parametrize(
    ("base", "asked", "wanted"),
    [("/app", "/x/y?z=%20", "/app/x/y?z=%20"), ("/app", "/", "/app/"), ("/a%20b", "/x", "/a%20b/x")],
)
async def test_a_base_path_goes_in_front(told: Told, base: str, asked: str, wanted: str) -> None:
    await told.facade.hold(everything_to("based"), groups=(a_group("based", told.up.port, base_path=base),))
    assert (await told.ask(target=asked)).target == wanted
